import { expect, test } from 'bun:test'
import { newId, type RoomId, roomStream } from '@parley/protocol'
import { FakeClock } from '../testing/fake-clock.ts'
import { Followed } from './followed.ts'

test('while Redis is away, streams that are followed and given up leave nothing behind', async () => {
  const clock = new FakeClock()
  const followed = new Followed({
    clock,
    subscribe: async () => undefined,
    unsubscribe: async () => undefined,
    caughtUp: () => undefined,
  })
  await followed.begin()
  followed.end()
  const stream = roomStream(newId<RoomId>())
  expect(followed.follow([stream])).toBeUndefined()
  followed.unfollow([stream])
  clock.advance(60_000)
  expect(clock.pending).toBe(0)
})
