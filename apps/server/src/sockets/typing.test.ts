import { expect, test } from 'bun:test'
import { newId, type RoomId, type User, type UserId } from '@parley/protocol'
import { FakeClock } from '../testing/fake-clock.ts'
import { Typing } from './typing.ts'

function person(name: string): User {
  return { id: newId<UserId>(), handle: name, displayName: name, kind: 'guest', version: 1 }
}

function setting() {
  const clock = new FakeClock()
  let changes = 0
  const typing = new Typing({ roomId: newId<RoomId>(), clock, changed: () => void changes++ })
  return { clock, typing, names: () => typing.signal().people.map((user) => user.handle), changes: () => changes }
}

test('who typed last stands last, and is forgotten after five seconds of silence', () => {
  const { clock, typing, names } = setting()
  const ann = person('ann')
  typing.starts(ann)
  typing.starts(person('ben'))
  clock.advance(3_000)
  typing.starts(ann)
  expect(names()).toEqual(['ben', 'ann'])
  clock.advance(2_000)
  expect(names()).toEqual(['ann'])
  clock.advance(3_000)
  expect(typing.isQuiet).toBe(true)
})

test('five are named, the others counted', () => {
  const { typing, names } = setting()
  for (const name of ['a', 'b', 'c', 'd', 'e', 'f', 'g']) typing.starts(person(name))
  expect(names()).toEqual(['c', 'd', 'e', 'f', 'g'])
  expect(typing.signal().more).toBe(2)
})

test('stopping twice is told once', () => {
  const { typing, changes } = setting()
  const ann = person('ann')
  typing.starts(ann)
  typing.stops(ann.id)
  typing.stops(ann.id)
  expect(changes()).toBe(2)
})
