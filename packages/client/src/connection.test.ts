import { expect, test } from 'bun:test'
import { CLOSE_CODES, TIMES } from '@parley/protocol'
import { House } from '../testing/house.ts'
import type { ConnectionState } from './connection-state.ts'
import type { Notice } from './notice.ts'

async function online() {
  const house = new House()
  const ann = house.person('Ann')
  const client = await house.online(ann)
  return { house, ann, client, phase: () => client.connection.value.phase }
}

test('[E1] hello is answered by welcome, and then the client is live', async () => {
  const { house, client, phase } = await online()
  expect(phase()).toBe('live')
  expect(client.isGreeted.value).toBe(true)
  expect(house.server.heard[0]).toEqual({ type: 'hello', protocol: 1, withdraws: true })
})

test('[E7] every heartbeat is answered', async () => {
  const { house } = await online()
  house.server.beat()
  await house.clock.advance(0)
  expect(house.server.heard.at(-1)).toEqual({ type: 'pong' })
})

test('[E7] a heartbeat that counts more frames than arrived makes the client ask for its rooms, once', async () => {
  const { house } = await online()
  const asked = () => house.server.heard.filter((frame) => frame.type === 'query' && frame.name === 'list-my-rooms')
  house.server.script = { drops: (frame) => frame.type === 'signals' }
  for (const socket of house.server.sockets) socket.tell({ type: 'signals', signals: [] })
  for (let beat = 0; beat < 3; beat += 1) {
    house.server.beat()
    await house.clock.advance(TIMES.heartbeatMs)
  }
  expect(asked()).toHaveLength(1)
})

test('[E7] a client that hears nothing for 25 s reconnects; heartbeats keep it', async () => {
  const { house } = await online()
  for (let beat = 0; beat < 5; beat += 1) {
    house.server.beat()
    await house.clock.advance(TIMES.heartbeatMs)
  }
  expect(house.server.opened).toBe(1)
  await house.clock.advance(TIMES.silenceMs)
  expect(house.server.opened).toBe(2)
})

test('[E7] attempts go on with growing waits, and `since` stays where the connection was lost', async () => {
  const { house, client } = await online()
  await house.clock.advance(6_000)
  house.server.isDown = true
  house.server.cutAll()
  await house.clock.advance(0)
  const lost = client.connection.value
  expect(lost).toMatchObject({ phase: 'offline', since: house.clock.now(), attempt: 0 })
  await house.clock.advance(60_000)
  const state = client.connection.value as Extract<ConnectionState, { phase: 'offline' }>
  expect(state).toMatchObject({ phase: 'offline', since: lost.since })
  expect(state.attempt).toBeGreaterThan(10)
  expect((state.retryAt ?? 0) - house.clock.now()).toBeLessThanOrEqual(TIMES.backoffMaxMs)
  house.server.isDown = false
  client.retryNow()
  await house.clock.advance(0)
  expect(client.connection.value).toMatchObject({ phase: 'live', attempt: 0 })
})

test('[E13] goodbye: comes back after the time that the server names, without counting a failure', async () => {
  const { house, client } = await online()
  for (const socket of house.server.sockets) socket.tell({ type: 'goodbye', reconnectAfterMs: 3_000 })
  await house.clock.advance(100)
  house.server.cutAll(1012)
  await house.clock.advance(0)
  expect(client.connection.value).toMatchObject({ phase: 'offline', attempt: 0, retryAt: house.clock.now() + 2_900 })
  await house.clock.advance(2_899)
  expect(house.server.opened).toBe(1)
  await house.clock.advance(1)
  expect(house.server.opened).toBe(2)
})

test.each(['session-ended', 'protocol-unsupported', 'malformed-frame'] as const)('[X3] %s ends it', async (reason) => {
  const { house, client } = await online()
  const notices: Notice[] = []
  client.notices.subscribe((notice) => notices.push(notice))
  house.server.cutAll(CLOSE_CODES[reason].code)
  await house.clock.advance(60_000)
  expect(client.connection.value).toMatchObject({ phase: 'ended', reason })
  // Only the first of them ends the session: the others want a newer page.
  expect(notices).toEqual(reason === 'session-ended' ? [{ kind: 'session-ended', reason }] : [])
  expect(house.server.opened).toBe(1)
})

test('[H2] a refused upgrade does not say why: the session is asked for, and without one it is over', async () => {
  const house = new House()
  const ann = house.person('Ann')
  let isSignedIn = true
  const fetch = (async () => Response.json({ user: isSignedIn ? ann : null })) as unknown
  const client = await house.online(ann, { fetch: fetch as typeof globalThis.fetch })
  isSignedIn = false
  house.server.refusesSockets = true
  house.server.cutAll()
  await house.clock.advance(10_000)
  // Response.json settles in real turns of the loop.
  await new Promise((resolve) => setImmediate(resolve))
  await house.clock.advance(0)
  expect(client.connection.value).toMatchObject({ phase: 'ended', reason: 'not-signed-in' })
})

test('[E7] a server that dies right after each welcome is not hammered', async () => {
  const { house } = await online()
  for (let death = 0; death < 20; death += 1) {
    house.server.cutAll()
    await house.clock.advance(1_000)
  }
  expect(house.server.opened).toBeLessThan(12)
})

test('what is no frame at all ends the connection, not the client', async () => {
  const { house, phase } = await online()
  for (const socket of house.server.sockets) socket.onmessage?.({ data: '<html>' })
  expect(phase()).toBe('offline')
  await house.clock.advance(1_000)
  expect(phase()).toBe('live')
})

test('a client that was disconnected stays so, and rejects what was open', async () => {
  const { house, client, phase } = await online()
  house.server.script = { command: () => 'lost' }
  const creating = client.createRoom({ name: 'designers' })
  client.disconnect()
  await expect(creating).rejects.toMatchObject({ name: 'WithdrawnError' })
  await house.clock.advance(60_000)
  expect(phase()).toBe('offline')
  expect(house.server.opened).toBe(1)
})
