import { afterEach, beforeEach, expect, test } from 'bun:test'
import type { RoomId } from '@parley/protocol'
import { Actor } from './actor.ts'
import { askerOf } from './same-as-fresh.ts'
import { World } from './world.ts'

// `disconnect()` withdraws what is unanswered; what the client shows must come true all the same once it is connected again.

let world: World
let ann: Actor
let bob: Actor
let roomId: RoomId

beforeEach(async () => {
  world = await World.begins({ seed: 1, loss: 0 })
  ann = await Actor.arrives(world, 'Ann')
  bob = await Actor.arrives(world, 'Bob')
  await world.scheduler.run({ isDone: () => ann.isSettled && bob.isSettled, forMs: 10_000 })
  const made = ann.client.createRoom({ name: 'Designers' })
  await world.scheduler.run({ forMs: 1_000 })
  roomId = (await made).roomId
  ann.goesTo(roomId)
  ann.client.room(roomId).postMessage({ body: 'hello' })
  await world.scheduler.run({ forMs: 1_000 })
})
afterEach(() => world.end())

test('[E1] a room that was being entered is entered after all', async () => {
  bob.goesTo(roomId)
  bob.client.disconnect()
  await world.scheduler.run({ forMs: 1_000 })
  expect(bob.client.room(roomId).view.value?.phase).toBe('loading')
  bob.client.connect()
  await world.scheduler.run({ forMs: 5_000 })
  expect(bob.client.room(roomId).view.value?.phase).toBe('live')
})

test('[E8] a read marker that was on its way reaches the server after all', async () => {
  bob.goesTo(roomId)
  await world.scheduler.run({ forMs: 1_000 })
  ann.client.room(roomId).postMessage({ body: 'read this' })
  await world.scheduler.run({ forMs: 1_000 })
  bob.losesLine()
  await world.scheduler.run({ forMs: 1_000 })
  bob.client.room(roomId).markRead(2)
  bob.client.disconnect()
  await world.scheduler.run({ forMs: 3_000 })
  bob.goesTo('lobby')
  bob.hasLineAgain()
  bob.client.connect()
  await world.scheduler.run({ forMs: 5_000 })
  expect((await world.server.state.unread(askerOf(bob), roomId)).marker).toBe(2)
})
