import { expect, test } from 'bun:test'
import { newId, type Occupants, type RoomId, type UserId } from '@parley/protocol'
import { FakeClock } from '../testing/fake-clock.ts'
import { RoomPresence } from './room-presence.ts'

const roomId = newId<RoomId>()
const occupants = (version: number, count: number): Occupants => ({ roomId, version, count, people: [] })

function presence() {
  return new RoomPresence({
    clock: new FakeClock(),
    me: () => newId<UserId>(),
    isBlocked: () => false,
    refetch: () => Promise.reject(new Error('Nothing is asked for here.')),
    changed: () => undefined,
  })
}

test('[E5] an older state of who is here never replaces a newer one', () => {
  const room = presence()
  room.setOccupants(occupants(10, 3), false)
  room.setOccupants(occupants(9, 2), false)
  expect(room.occupants?.count).toBe(3)
  room.setOccupants(occupants(11, 4), false)
  expect(room.occupants?.count).toBe(4)
})

test('[G7] after a cut, the first state counts whatever its version: it may be another instance’s', () => {
  const room = presence()
  room.setOccupants(occupants(1_000, 3), false)
  room.pause()
  room.setOccupants(occupants(10, 2), false)
  expect(room.occupants).toMatchObject({ version: 10, count: 2 })
  room.setOccupants(occupants(9, 1), false)
  expect(room.occupants).toMatchObject({ version: 10, count: 2 })
})
