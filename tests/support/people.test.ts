import { afterAll, expect, test } from 'bun:test'
import { startServer, stopServers } from './harness.ts'
import { people } from './people.ts'
import { refusalOf } from './person.ts'

afterAll(stopServers)

test('a member who was away sees posts, edits, deletions and reactions in order', async () => {
  await using server = await startServer()
  using present = people(server)
  const { alice, bob } = await present.room('designers').with('alice', 'bob')
  const hello = await alice.posts('hello')
  await bob.sees(['hello'])
  bob.goesOffline()
  await alice.edits(hello, 'hello there')
  const second = await alice.posts('second')
  await alice.deletes(hello)
  await alice.reacts(second, '👍')
  await bob.comesBack()
  await bob.sees(['(deleted)', 'second'])
  expect(bob.view?.rows.at(-1)?.reactions).toMatchObject([{ emoji: '👍', count: 1, isMine: false }])
}, 30_000)

test('closing a room takes everybody out of it and refuses what comes later', async () => {
  await using server = await startServer()
  using present = people(server)
  const { alice, bob, roomId } = await present.room('short-lived').with('alice', 'bob')
  await alice.closesRoom()
  expect((await bob.seesRoomEnd()).code).toBe('room-closed')
  expect(await refusalOf(bob.client.enterRoom(roomId))).toBe('room-closed')
}, 30_000)

test('another device of a person sees the same', async () => {
  await using server = await startServer()
  using present = people(server)
  const { alice, roomId } = await present.room('two devices').with('alice')
  const phone = await alice.onAnotherDevice('phone')
  await phone.opensRoom(roomId)
  await alice.posts('from the desk')
  await phone.sees(['from the desk'])
  phone.goesOffline()
}, 30_000)
