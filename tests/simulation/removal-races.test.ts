import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { newId, type RoomId, roomStream, type ServerFrame, type UserId, userStream } from '@parley/protocol'
import { castOf, leaksTo, type RemovalOutcome, raceRemoval } from './removal-race.ts'
import { WatchedRooms } from './watched-room.ts'

// More of them: `npm run prove -- removals`.
const RACES = 500
/** Statement by statement in an order that the seed decides; the rest at once. Waiting for locks takes its time on PostgreSQL. */
const STEPPED = { sqlite: RACES, postgres: 5 }
const AT_ONCE = { sqlite: 1, postgres: 5 }

for (const databaseName of ['sqlite', 'postgres'] as const) {
  describe(databaseName, () => {
    const rooms = new WatchedRooms(databaseName)
    beforeAll(() => rooms.open(), 60_000)
    afterAll(() => rooms.close(), 60_000)

    test(`[O1] ${RACES} removals against posts: nothing after them is stored of or reaches the removed person`, async () => {
      const totals = { stored: 0, refused: 0, delivered: 0 }
      const note = (seed: number, { problems, stored, refused, delivered }: RemovalOutcome) => {
        expect({ seed, problems }).toEqual({ seed, problems: [] })
        totals.stored += stored
        totals.refused += refused
        totals.delivered += delivered
      }
      const [cast, ...others] = await Promise.all(Array.from({ length: AT_ONCE[databaseName] }, () => castOf(rooms)))
      if (!cast) throw new Error('nobody came')
      for (let seed = 1; seed <= STEPPED[databaseName]; seed++)
        note(seed, await raceRemoval(rooms, cast, { seed, stepped: true }))
      // Where the database decides, several rooms are raced at once.
      for (let seed = STEPPED[databaseName] + 1; seed <= RACES; seed += AT_ONCE[databaseName]) {
        const races = [cast, ...others].map((people, index) =>
          raceRemoval(rooms, people, { seed: seed + index, stepped: false }),
        )
        for (const outcome of await Promise.all(races)) note(seed, outcome)
      }
      expect(rooms.faults).toEqual([])
      // Both orders came about, many times; else nothing was raced.
      expect(Math.min(totals.stored, totals.refused)).toBeGreaterThan(RACES / 5)
      expect(totals.delivered).toBeGreaterThan(RACES)
    }, 240_000)
  })
}

// Who checks the checker: what must not have come is noticed when it comes.
test('[O1] a server that delivers after the removal is caught', () => {
  const roomId = newId<RoomId>()
  const own = { seq: 9, at: 1, actorId: newId<UserId>(), type: 'room-left', roomId }
  const end = { type: 'events', stream: userStream(newId<UserId>()), events: [own], users: [] }
  const late = { type: 'events', stream: roomStream(roomId), events: [{ seq: 6, type: 'member-joined' }], users: [] }
  const activity = { type: 'signals', signals: [{ name: 'activity', roomId, lastNumber: 3, unread: 1, mentions: 0 }] }
  const leaks = (frames: readonly object[]) => {
    const sent = frames as readonly ServerFrame[] // as: written out above
    const seqs = sent.flatMap((frame) => (frame.type === 'events' && frame.stream === late.stream ? [6] : []))
    return leaksTo({ frames: [...sent], seqsOf: () => seqs }, roomId, 5)
  }
  expect(leaks([end])).toEqual([])
  expect(leaks([late, end])).toHaveLength(1)
  expect(leaks([end, late])).toHaveLength(2)
  expect(leaks([activity, end])).toEqual([])
  expect(leaks([end, activity])).toHaveLength(1)
})
