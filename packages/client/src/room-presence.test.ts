import { expect, test } from 'bun:test'
import { newId, type Occupants, type RoomId, type SignalOf, type User, type UserId } from '@parley/protocol'
import { FakeClock, settled } from '../testing/fake-clock.ts'
import { RoomPresence } from './room-presence.ts'

const roomId = newId<RoomId>()
const ann: User = { id: newId<UserId>(), handle: 'ann', displayName: 'Ann', kind: 'guest', version: 1 }

function heard(version: number, count: number, more: { people?: User[]; since?: number } = { people: [] }) {
  return { name: 'occupants', roomId, version, count, ...more } satisfies SignalOf<'occupants'>
}

function presence(answer?: Occupants) {
  const clock = new FakeClock()
  let asked = 0
  const room = new RoomPresence({
    clock,
    me: () => newId<UserId>(),
    isBlocked: () => false,
    refetch: async () => {
      asked += 1
      if (!answer) throw new Error('Nothing is answered here.')
      return answer
    },
    changed: () => undefined,
  })
  return { room, clock, asked: () => asked }
}

test('[E5] an older state of who is here never replaces a newer one', () => {
  const { room } = presence()
  room.heardOccupants(heard(10, 3))
  room.heardOccupants(heard(9, 2))
  expect(room.occupants?.count).toBe(3)
  room.heardOccupants(heard(11, 4))
  expect(room.occupants?.count).toBe(4)
})

test('[G7] after a cut, the first state counts whatever its version: it may be another instance’s', () => {
  const { room } = presence()
  room.heardOccupants(heard(1_000, 3))
  room.pause()
  room.heardOccupants(heard(10, 2))
  expect(room.occupants).toMatchObject({ version: 10, count: 2 })
  room.heardOccupants(heard(9, 1))
  expect(room.occupants).toMatchObject({ version: 10, count: 2 })
})

test('[G3] who is not named again was named before', async () => {
  const { room, asked } = presence()
  room.heardOccupants(heard(10, 60, { people: [ann] }))
  room.heardOccupants(heard(11, 61, { since: 10 }))
  expect(room.occupants).toEqual({ roomId, version: 11, count: 61, people: [ann] })
  expect(asked()).toBe(0)
})

test('[G3] whoever has missed the naming, or comes back after a cut, asks', async () => {
  const answer = { roomId, version: 13, count: 62, people: [ann] }
  for (const isCut of [false, true]) {
    const { room, asked } = presence(answer)
    room.heardOccupants(heard(10, 60, { people: [] }))
    if (isCut) room.pause()
    room.heardOccupants(heard(12, 61, { since: isCut ? 9 : 11 }))
    expect(asked()).toBe(1)
    expect(room.occupants?.people).toEqual([])
    await settled()
    expect(room.occupants).toEqual(answer)
  }
})

test('[E7] a heartbeat that knows a newer state makes the client ask, and an older one does not', async () => {
  const { room, clock, asked } = presence()
  room.heardOccupants(heard(10, 3))
  room.compareVersion(10)
  room.compareVersion(9)
  await clock.advance(5_000)
  expect(asked()).toBe(0)
  room.compareVersion(11)
  await clock.advance(5_000)
  expect(asked()).toBe(1)
})
