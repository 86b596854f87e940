import { afterAll, beforeAll, expect, test } from 'bun:test'
import type { RoomId } from '@parley/protocol'
import { systemClock } from '../clock.ts'
import { inRoom, startTestServer, type TestServer } from '../testing/test-server.contract.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer({ settings: { PARLEY_LIMITS: 'posts=10000/s,queries=10000/s' } })
})
afterAll(() => server.stop())

let count = 0
function fresh(name: string): string {
  count += 1
  return `${name} ${count}`
}

async function roomOf(...names: string[]) {
  const people = await Promise.all(names.map((name) => server.guest(fresh(name))))
  const [first, ...others] = people
  if (!first) throw new Error('A room needs somebody.')
  const roomId = await first.createsRoom(fresh('Room'))
  for (const other of others) await other.does('enter-room', { roomId })
  return { roomId, people: people as [typeof first, typeof first, ...(typeof first)[]] }
}

test('a message reaches everybody who has the room open, once and in order', async () => {
  const { roomId, people } = await roomOf('Ann', 'Ben', 'Cat')
  for (const person of people) await person.opens(inRoom(roomId))
  const [ann, ben, cat] = people
  await Promise.all([...Array(20)].map((_, index) => ann.does('post-message', { roomId, body: `hello ${index}` })))
  for (const person of [ann, ben, cat]) {
    await person?.sees('events', ({ events }) =>
      events.some((event) => 'message' in event && event.message?.body === 'hello 19'),
    )
    const seqs = person?.eventsOf(roomId).map(({ seq }) => seq) ?? []
    expect(seqs).toEqual(seqs.map((_, index) => (seqs[0] ?? 0) + index))
    expect(person?.eventsOf(roomId).filter(({ type }) => type === 'message-posted')).toHaveLength(20)
  }
})

test('[E3] resuming from a cursor brings exactly what was missed', async () => {
  const { roomId, people } = await roomOf('Ann', 'Ben')
  const [ann, ben] = people
  const { seq } = await ben.opens(inRoom(roomId))
  ben.send({ type: 'open', place: { kind: 'lobby' } })
  await ben.sees('reset', ({ place }) => place.kind === 'lobby')
  for (const body of ['one', 'two', 'three']) await ann.does('post-message', { roomId, body })
  ben.clear()
  const opened = await ben.opens(inRoom(roomId), seq)
  expect(opened.seq).toBe(seq + 3)
  expect(ben.eventsOf(roomId).map((event) => event.seq)).toEqual([seq + 1, seq + 2, seq + 3])
  expect(ben.frames.some(({ type }) => type === 'reset')).toBe(false)
})

test('[E3] a cursor ahead of the head, or of another epoch, gets a reset', async () => {
  const { roomId, people } = await roomOf('Ann')
  const [ann] = people
  await ann.opens(inRoom(roomId), 9_999)
  await ann.sees('reset')
  ann.clear()
  ann.send({ type: 'open', place: inRoom(roomId), cursor: 1, epoch: 'another' })
  await ann.sees('reset')
})

test('[G8] nothing reaches a person after they left; their other tab is told', async () => {
  const { roomId, people } = await roomOf('Ann', 'Ben')
  const [ann, ben] = people
  const tab = await server.connect(ben.token)
  for (const peer of [ann, ben, tab]) await peer.opens(inRoom(roomId))
  await Promise.all([
    ann.does('post-message', { roomId, body: 'before' }),
    ben.does('leave-room', { roomId }),
    ann.does('post-message', { roomId, body: 'after' }),
  ])
  await tab.sees('closed', ({ code }) => code === 'not-a-member')
  await ann.does('post-message', { roomId, body: 'later' })
  await ann.sees('events', ({ events }) =>
    events.some((event) => 'message' in event && event.message?.body === 'later'),
  )
  const last = tab.eventsOf(roomId).at(-1)
  expect(last?.type).toBe('member-left')
  expect(ben.eventsOf(roomId).at(-1)?.type).toBe('member-left')
  const answer = await ben.asks({ type: 'query', id: 'q', name: 'list-messages', input: { roomId } })
  expect(answer).toMatchObject({ type: 'refusal', code: 'not-a-member' })
})

test('closing a room moves everybody out with who closed what, and empties its sidebars', async () => {
  const { roomId, people } = await roomOf('Ann', 'Ben', 'Cat')
  const [ann, ben, cat] = people
  await ben.opens(inRoom(roomId))
  await cat?.opens({ kind: 'lobby' })
  await ann.does('close-room', { roomId })
  const closed = await ben.sees('closed')
  expect(closed).toMatchObject({ code: 'room-closed', place: inRoom(roomId) })
  expect(closed.details?.closedAt).toBeGreaterThan(0)
  for (const peer of [ben, cat]) {
    const { signals } =
      (await peer?.sees('signals', (it) => it.signals.some(({ name }) => name === 'room-closed'))) ?? {}
    expect(signals?.[0]).toMatchObject({ closedBy: { id: ann.user.id } })
  }
  await cat?.sees('signals', (it) =>
    it.signals.some((signal) => signal.name === 'lobby' && signal.gone.includes(roomId)),
  )
  await expect(ben.does('post-message', { roomId, body: 'late' })).rejects.toThrow('room-closed')
})

test('[E2] a room that is not open sends activity with the unread count', async () => {
  const { roomId, people } = await roomOf('Ann', 'Ben')
  const [ann, ben] = people
  for (const body of ['one', 'two', 'three']) await ann.does('post-message', { roomId, body })
  await ben.sees('signals', ({ signals }) =>
    signals.some((signal) => signal.name === 'activity' && signal.roomId === roomId && signal.unread === 3),
  )
})

test('a deleted message is no longer unread', async () => {
  const { roomId, people } = await roomOf('Ann', 'Ben')
  const [ann, ben] = people
  await ann.does('post-message', { roomId, body: 'one' })
  const { messageId } = await ann.does('post-message', { roomId, body: 'two' })
  await ann.does('delete-message', { roomId, messageId })
  await ben.sees('signals', ({ signals }) =>
    signals.some((signal) => signal.name === 'activity' && signal.lastNumber === 2 && signal.unread === 1),
  )
})

test("the read marker reaches the person's other connections", async () => {
  const { roomId, people } = await roomOf('Ann', 'Ben')
  const [ann, ben] = people
  const phone = await server.connect(ben.token)
  await ann.does('post-message', { roomId, body: 'one' })
  await ben.does('mark-read', { roomId, number: 1 })
  await phone.sees('signals', ({ signals }) =>
    signals.some((signal) => signal.name === 'marker' && signal.number === 1 && signal.unread === 0),
  )
})

test('a room entered on one device shows on the others', async () => {
  const ann = await server.guest(fresh('Ann'))
  const phone = await server.connect(ann.token)
  const roomId = await ann.createsRoom(fresh('Room'))
  await phone.sees('events', ({ stream, events }) => stream === `user:${ann.user.id}` && events.length === 1)
  await phone.sees('signals', ({ signals }) =>
    signals.some((signal) => signal.name === 'room' && signal.room.id === roomId),
  )
})

test('[G3] people here: one person over all tabs, gone at once when leaving', async () => {
  const { roomId, people } = await roomOf('Ann', 'Ben')
  const [ann, ben] = people
  const tab = await server.connect(ben.token)
  await ann.opens(inRoom(roomId))
  const shows = (count: number) =>
    ann.sees('signals', ({ signals }) => signals.some((it) => it.name === 'occupants' && it.count === count))
  await ben.opens(inRoom(roomId))
  await shows(2)
  await tab.opens(inRoom(roomId))
  ann.clear()
  ben.send({ type: 'open', place: { kind: 'lobby' } })
  tab.send({ type: 'close' })
  await shows(1)
})

test('typing is shown to the others and ends with the message', async () => {
  const { roomId, people } = await roomOf('Ann', 'Ben')
  const [ann, ben] = people
  await ann.opens(inRoom(roomId))
  await ben.opens(inRoom(roomId))
  ann.send({ type: 'signal', name: 'typing', input: { roomId, isTyping: true } })
  const typists = (count: number) =>
    ben.sees('signals', ({ signals }) => signals.some((it) => it.name === 'typing' && it.people.length === count))
  await typists(1)
  await ann.does('post-message', { roomId, body: 'done' })
  await typists(0)
})

test('[G1] the lobby shows new, renamed, occupied and closed rooms', async () => {
  const { roomId, people } = await roomOf('Ann', 'Ben')
  const [ann, ben] = people
  await ben.opens({ kind: 'lobby' })
  const { snapshot } = await ben.sees('reset')
  expect('rooms' in snapshot && snapshot.rooms.some((room) => room.id === roomId)).toBe(true)
  const changes = (fits: (room: { id: RoomId; name: string; occupants: number }) => boolean) =>
    ben.sees('signals', ({ signals }) => signals.some((it) => it.name === 'lobby' && it.rooms.some(fits)))
  await ann.opens(inRoom(roomId))
  await changes((room) => room.id === roomId && room.occupants === 1)
  const name = fresh('Renamed')
  await ann.does('rename-room', { roomId, name })
  await changes((room) => room.name === name && room.occupants === 1)
  const other = await ann.createsRoom(fresh('Another'))
  await changes((room) => room.id === other)
})

test('opening a room without being a member is answered with why', async () => {
  const { roomId } = await roomOf('Ann')
  const ben = await server.guest(fresh('Ben'))
  ben.send({ type: 'open', place: inRoom(roomId) })
  expect((await ben.sees('closed')).code).toBe('not-a-member')
})

test('signing out closes the sockets of the session', async () => {
  const ann = await server.guest(fresh('Ann'))
  const response = await fetch(`${server.url}/api/commands/sign-out`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${ann.token}` },
  })
  expect(response.status).toBe(200)
  expect(await ann.closed).toEqual({ code: 4102, reason: 'session-ended' })
})

test('[G1] a message moves its room up in the lobby of whoever looks', async () => {
  // Only the time of day matters here.
  let now = Date.now()
  const own = await startTestServer({ clock: { ...systemClock, now: () => now } })
  try {
    const [ann, ben] = [await own.guest('Ann'), await own.guest('Ben')]
    const [older] = [await ann.createsRoom('Older'), await ann.createsRoom('Newer')]
    await ben.opens({ kind: 'lobby' })
    now += 61_000
    await ann.does('post-message', { roomId: older, body: 'hello' })
    await ben.sees('signals', ({ signals }) =>
      signals.some(
        (signal) =>
          signal.name === 'lobby' &&
          signal.rooms.some(({ id, lastActivityAt }) => id === older && lastActivityAt >= now),
      ),
    )
  } finally {
    await own.stop()
  }
})
