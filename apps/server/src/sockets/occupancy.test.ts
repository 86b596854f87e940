import { expect, test } from 'bun:test'
import { newId, type RoomId, type User, type UserId } from '@parley/protocol'
import { FakeClock } from '../testing/fake-clock.ts'
import { Occupancy } from './occupancy.ts'

const listed = { isListed: true }

function person(name: string): User {
  return { id: newId<UserId>(), handle: name, displayName: name, kind: 'guest', version: 1 }
}

function setting() {
  const clock = new FakeClock()
  const occupancy = new Occupancy(clock)
  const roomId = newId<RoomId>()
  const changes: RoomId[] = []
  occupancy.onChange((room) => changes.push(room))
  return {
    clock,
    occupancy,
    roomId,
    changes,
    names: () => occupancy.occupants(roomId).people.map((user) => user.handle),
  }
}

test('[G3] a person counts once over all tabs, until the last one leaves', () => {
  const { occupancy, roomId, changes, names } = setting()
  const ann = person('ann')
  const first = occupancy.enter(roomId, ann, listed)
  const second = occupancy.enter(roomId, ann, listed)
  expect(occupancy.occupants(roomId).count).toBe(1)
  first.leave('left')
  expect(names()).toEqual(['ann'])
  second.leave('left')
  expect(names()).toEqual([])
  expect(changes).toHaveLength(2)
})

test('[G3] a vanished socket keeps its place for five seconds; a reload takes it up again', () => {
  const { clock, occupancy, roomId, changes, names } = setting()
  const ann = person('ann')
  occupancy.enter(roomId, ann, listed).leave('vanished')
  clock.advance(4_999)
  expect(names()).toEqual(['ann'])
  const again = occupancy.enter(roomId, ann, listed)
  clock.advance(10_000)
  expect(names()).toEqual(['ann'])
  expect(changes).toHaveLength(1)
  again.leave('vanished')
  clock.advance(5_000)
  expect(names()).toEqual([])
})

test('whoever is expelled is gone at once, and a seat of before counts for nothing', () => {
  const { occupancy, roomId, names } = setting()
  const ann = person('ann')
  const before = occupancy.enter(roomId, ann, listed)
  occupancy.expel(roomId, ann.id)
  expect(names()).toEqual([])
  occupancy.enter(roomId, ann, listed)
  before.leave('left')
  expect(names()).toEqual(['ann'])
})

test('versions grow with every change and over empty times', () => {
  const { clock, occupancy, roomId } = setting()
  const seat = occupancy.enter(roomId, person('ann'), listed)
  const first = occupancy.occupants(roomId).version
  const other = occupancy.enter(roomId, person('ben'), listed)
  const second = occupancy.occupants(roomId).version
  seat.leave('left')
  other.leave('left')
  clock.advance(1_000)
  occupancy.enter(roomId, person('cat'), listed)
  expect(second).toBeGreaterThan(first)
  expect(occupancy.occupants(roomId).version).toBeGreaterThan(second)
})

test('at most fifty people and five faces are named, all are counted', () => {
  const { occupancy, roomId } = setting()
  for (let index = 0; index < 60; index++) occupancy.enter(roomId, person(`p${index}`), listed)
  expect(occupancy.occupants(roomId).people).toHaveLength(50)
  expect(occupancy.occupants(roomId).count).toBe(60)
  expect(occupancy.activeRooms().get(roomId)).toMatchObject({ occupants: 60 })
  expect(occupancy.activeRooms().get(roomId)?.faces).toHaveLength(5)
})

test('unlisted and closed rooms are not among the active ones', () => {
  const { occupancy, roomId } = setting()
  const hidden = newId<RoomId>()
  occupancy.enter(hidden, person('ann'), { isListed: false })
  occupancy.enter(roomId, person('ann'), listed)
  expect([...occupancy.activeRooms().keys()]).toEqual([roomId])
  occupancy.close(roomId)
  expect(occupancy.activeRooms().size).toBe(0)
})
