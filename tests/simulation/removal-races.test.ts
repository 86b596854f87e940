import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { castOf, raceRemoval } from './removal-race.ts'
import { WatchedRooms } from './watched-room.ts'

// More of them: `npm run prove -- removals`.
const RACES = 500

for (const databaseName of ['sqlite', 'postgres'] as const) {
  describe(databaseName, () => {
    const rooms = new WatchedRooms(databaseName)
    beforeAll(() => rooms.open(), 60_000)
    afterAll(() => rooms.close(), 60_000)

    test(`[O1] ${RACES} removals against posts: nothing after them is stored of or reaches the removed person`, async () => {
      const cast = await castOf(rooms)
      const totals = { stored: 0, refused: 0, delivered: 0 }
      for (let seed = 1; seed <= RACES; seed++) {
        const { problems, stored, refused, delivered } = await raceRemoval(rooms, cast, seed)
        expect({ seed, problems }).toEqual({ seed, problems: [] })
        totals.stored += stored
        totals.refused += refused
        totals.delivered += delivered
      }
      expect(rooms.faults).toEqual([])
      // Both orders came about, many times; else nothing was raced.
      expect(Math.min(totals.stored, totals.refused)).toBeGreaterThan(RACES / 5)
      expect(totals.delivered).toBeGreaterThan(RACES)
    }, 240_000)
  })
}
