import { afterAll, beforeAll, expect, test } from 'bun:test'
import { newId, type RoomId, type ServerFrame, type Signal, type SignalName, type User } from '@parley/protocol'
import { inRoom, type Peer, startTestServer, type TestServer } from '../testing/test-server.contract.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer({ settings: { PARLEY_LIMITS: 'posts=10000/s,queries=10000/s,guests=10000/s' } })
})
afterAll(() => server.stop())

type Guest = Peer & { user: User; token: string }

let count = 0
const guest = (name: string): Promise<Guest> => server.guest(`${name} ${++count}`)

function signalsOf<Name extends SignalName>(frames: readonly ServerFrame[], name: Name) {
  const all = frames.flatMap((frame): readonly Signal[] => (frame.type === 'signals' ? frame.signals : []))
  return all.filter((signal): signal is Extract<Signal, { name: Name }> => signal.name === name)
}

/** The first signal of this name that fits. */
async function hears<Name extends SignalName>(
  peer: Peer,
  name: Name,
  fits: (signal: Extract<Signal, { name: Name }>) => boolean = () => true,
) {
  const frame = await peer.sees('signals', (it) => signalsOf([it], name).some(fits))
  return signalsOf([frame], name).find(fits)
}

/** Everything that was said to the peer before now has come. */
async function settles(peer: Peer): Promise<void> {
  await peer.asks({ type: 'query', id: newId(), name: 'list-my-rooms', input: {} })
}

test('[V1] who is written to sees the room appear, with the other person, and its unread count', async () => {
  const [ann, bob, eve] = [await guest('Ann'), await guest('Bob'), await guest('Eve')]
  const roomId = (await ann.does('start-direct', { userId: bob.user.id })).roomId as RoomId
  await bob.sees(
    'events',
    ({ stream, events }) => stream === `user:${bob.user.id}` && events[0]?.type === 'room-entered',
  )
  expect(await hears(bob, 'room')).toMatchObject({ room: { id: roomId, kind: 'direct' }, peer: { id: ann.user.id } })
  expect(await hears(bob, 'standing')).toEqual({ name: 'standing', roomId, role: 'guest' })
  await ann.does('post-message', { roomId, body: 'hello' })
  expect(await hears(bob, 'activity', ({ unread }) => unread === 1)).toMatchObject({ roomId, lastNumber: 1 })

  // Occupancy and typing are as in every room.
  await ann.opens(inRoom(roomId))
  await bob.opens(inRoom(roomId))
  const { snapshot } = await bob.sees('reset')
  expect(snapshot).toMatchObject({ peer: { id: ann.user.id }, occupants: { count: 2 } })
  bob.send({ type: 'signal', name: 'typing', input: { roomId, isTyping: true } })
  await hears(ann, 'typing', ({ people }) => people[0]?.id === bob.user.id)

  const { rooms } = await (await server.connect(bob.token)).sees('welcome')
  expect(rooms).toMatchObject([
    { room: { id: roomId, kind: 'direct', name: '' }, peer: { id: ann.user.id }, role: 'guest' },
  ])

  eve.send({ type: 'open', place: inRoom(roomId) })
  expect(await eve.sees('closed')).toMatchObject({ code: 'room-not-found' })
})

test('[V6] blocking is told to every device of the blocker, in welcome and by signal, and to nobody else', async () => {
  const [ann, bob] = [await guest('Ann'), await guest('Bob')]
  const tab = await server.connect(ann.token)
  await bob.does('start-direct', { userId: ann.user.id })
  await settles(bob)
  bob.clear()
  await ann.does('block-person', { userId: bob.user.id })
  for (const peer of [ann, tab]) expect((await hears(peer, 'blocks'))?.blocked).toEqual([bob.user.id])
  expect((await (await server.connect(ann.token)).sees('welcome')).blocked).toEqual([bob.user.id])
  await ann.does('unblock-person', { userId: bob.user.id })
  for (const peer of [ann, tab]) await hears(peer, 'blocks', ({ blocked }) => blocked.length === 0)
  await settles(bob)
  expect(bob.frames.filter(({ type }) => type !== 'reply' && type !== 'heartbeat')).toEqual([])
})

test('[E8] unread counts in memory leave out whom one blocks, from the blocking on and back again', async () => {
  const [ann, bob, eve] = [await guest('Ann'), await guest('Bob'), await guest('Eve')]
  const roomId = await ann.createsRoom(`Loud ${++count}`)
  for (const peer of [bob, eve]) await peer.does('enter-room', { roomId })
  await bob.does('post-message', { roomId, body: 'one' })
  await eve.does('post-message', { roomId, body: 'two' })
  await hears(ann, 'activity', ({ lastNumber, unread }) => lastNumber === 2 && unread === 2)
  ann.clear()
  await ann.does('block-person', { userId: bob.user.id })
  await hears(ann, 'activity', ({ lastNumber, unread }) => lastNumber === 2 && unread === 1)
  await bob.does('post-message', { roomId, body: 'three' })
  await hears(ann, 'activity', ({ lastNumber, unread }) => lastNumber === 3 && unread === 1)
  await eve.does('post-message', { roomId, body: 'four' })
  await hears(ann, 'activity', ({ lastNumber, unread }) => lastNumber === 4 && unread === 2)
  ann.clear()
  await ann.does('unblock-person', { userId: bob.user.id })
  await hears(ann, 'activity', ({ lastNumber, unread }) => lastNumber === 4 && unread === 4)
})

test('[V6] the blocked types, is seen and is answered as before', async () => {
  const [ann, bob] = [await guest('Ann'), await guest('Bob')]
  const roomId = (await ann.does('start-direct', { userId: bob.user.id })).roomId as RoomId
  await ann.does('block-person', { userId: bob.user.id })
  await ann.opens(inRoom(roomId))
  await bob.opens(inRoom(roomId))
  expect((await bob.sees('reset')).snapshot).toMatchObject({ occupants: { count: 2 } })
  await hears(ann, 'occupants', ({ count: people }) => people === 2)
  ann.send({ type: 'signal', name: 'typing', input: { roomId, isTyping: true } })
  await hears(bob, 'typing', ({ people }) => people[0]?.id === ann.user.id)
  expect(await bob.does('post-message', { roomId, body: 'hello' })).toMatchObject({ number: 1 })
})

test('[G2] a new name reaches all own devices, rooms where the person is seen, and who talks with them in private', async () => {
  const [ann, bob, eve, dan] = [await guest('Ann'), await guest('Bob'), await guest('Eve'), await guest('Dan')]
  const tab = await server.connect(ann.token)
  await bob.does('start-direct', { userId: ann.user.id })
  const roomId = await ann.createsRoom(`Seen ${++count}`)
  await eve.does('enter-room', { roomId })
  await ann.opens(inRoom(roomId))
  await eve.opens(inRoom(roomId))
  await settles(bob)
  const name = `Renata ${++count}`
  const { user } = (await ann.does('change-name', { name })) as { user: User }
  for (const peer of [ann, tab, bob, eve]) expect((await hears(peer, 'profile'))?.user).toEqual(user)
  await hears(eve, 'occupants', ({ people = [] }) => people.some(({ displayName }) => displayName === name))
  await settles(dan)
  expect(signalsOf(dan.frames, 'profile')).toEqual([])

  // What the same connection does next is signed with the new name.
  await ann.does('post-message', { roomId, body: 'signed' })
  const frame = await eve.sees('events', ({ events }) => events.some(({ type }) => type === 'message-posted'))
  expect(frame.users).toContainEqual(user)
  tab.send({ type: 'open', place: inRoom(roomId) })
  await tab.sees('opened')
  tab.send({ type: 'signal', name: 'typing', input: { roomId, isTyping: true } })
  expect((await hears(eve, 'typing'))?.people).toEqual([user])
  expect((await (await server.connect(ann.token)).sees('welcome')).user).toEqual(user)
})

test('[O2] standing: whoever is muted or made a moderator is told so, and nobody else', async () => {
  const [ann, bob, eve] = [await guest('Ann'), await guest('Bob'), await guest('Eve')]
  const roomId = await ann.createsRoom(`Strict ${++count}`)
  for (const peer of [bob, eve]) await peer.does('enter-room', { roomId })
  const until = Date.now() + 60_000
  await ann.does('mute-member', { roomId, userId: bob.user.id, until })
  expect(await hears(bob, 'standing')).toEqual({ name: 'standing', roomId, role: 'guest', mutedUntil: until })
  await ann.does('unmute-member', { roomId, userId: bob.user.id })
  await hears(bob, 'standing', ({ mutedUntil }) => mutedUntil === undefined)
  await ann.does('set-member-role', { roomId, userId: bob.user.id, role: 'moderator' })
  await hears(bob, 'standing', ({ role }) => role === 'moderator')
  await settles(eve)
  expect(signalsOf(eve.frames, 'standing')).toEqual([])
})

test('[V3] a private room never shows in the lobby: not when made, opened, resumed or talked in', async () => {
  const [ann, eve] = [await guest('Ann'), await guest('Eve')]
  await eve.opens({ kind: 'lobby' })
  const { snapshot: before } = await eve.sees('reset')
  const roomId = (await ann.does('create-room', { name: 'Council', kind: 'private' })).roomId as RoomId
  await ann.opens(inRoom(roomId))
  await ann.does('post-message', { roomId, body: 'secret' })
  await ann.does('rename-room', { roomId, name: 'Conclave' })
  // A connection that comes back with a cursor reads no snapshot, which would say what kind of room it is.
  const tab = await server.connect(ann.token)
  await tab.opens(inRoom(roomId), 1)
  ann.hangUp()
  await settles(tab)
  const open = (await tab.asks({ type: 'query', id: newId(), name: 'list-occupants', input: { roomId } })) as {
    output: { count: number }
  }
  expect(open.output.count).toBe(1)

  // Something that the lobby does tell comes after all that.
  const listed = await tab.createsRoom(`Listed ${++count}`)
  const { rooms, totals } = (await hears(eve, 'lobby', (it) => it.rooms.some(({ id }) => id === listed))) ?? {}
  expect(rooms?.map(({ id }) => id)).toEqual([listed])
  if (!('totals' in before)) throw new Error('Not the lobby.')
  expect(totals).toEqual({ ...before.totals, existing: before.totals.existing + 1 })
  expect(JSON.stringify(eve.frames)).not.toContain(roomId)
  const lists = ['active', 'existing'].map(async (list) => {
    return JSON.stringify(await eve.asks({ type: 'query', id: newId(), name: 'list-rooms', input: { list } }))
  })
  for (const list of await Promise.all(lists)) expect(list).not.toContain(roomId)
})
