import { expect, test } from 'bun:test'
import { SESSION_LIFETIME_MS } from '../accounts/session-tokens.ts'
import { type Clock, systemClock } from '../clock.ts'
import { RawSocket } from '../testing/raw-socket.contract.ts'
import { post, startTestServer } from '../testing/test-server.contract.ts'

/** Heartbeats come fast, and the time of day can be set: weeks would take long to go through. */
class HurriedClock implements Clock {
  #aheadMs = 0

  now(): number {
    return Date.now() + this.#aheadMs
  }

  after(ms: number, call: () => void): () => void {
    return systemClock.after(ms < 1_000 ? ms / 50 : ms, call)
  }

  jump(ms: number): void {
    this.#aheadMs += ms
  }
}

test('[H5] a session that is used by an open socket is extended, and the socket stays', async () => {
  const clock = new HurriedClock()
  const server = await startTestServer({ clock })
  try {
    const ann = await server.guest('Ann')
    clock.jump(SESSION_LIFETIME_MS - 25_000)
    for (let beat = 0; beat < 3; beat++) {
      ann.clear()
      await ann.sees('heartbeat')
      ann.send({ type: 'pong' })
    }
    clock.jump(60_000)
    ann.clear()
    await ann.sees('heartbeat')
    expect((await ann.asks({ type: 'query', id: 'q', name: 'list-my-rooms', input: {} })).type).toBe('reply')
  } finally {
    await server.stop()
  }
}, 20_000)

test('[H5] [G9] a session that ran out closes its sockets', async () => {
  const clock = new HurriedClock()
  const server = await startTestServer({ clock })
  try {
    const ann = await server.guest('Ann')
    clock.jump(SESSION_LIFETIME_MS + 1)
    expect(await ann.closed).toEqual({ code: 4102, reason: 'session-ended' })
  } finally {
    await server.stop()
  }
}, 20_000)

test('[H2] [G9] a session that ended between the upgrade and the hello is over', async () => {
  const server = await startTestServer()
  const socket = new RawSocket(server.port)
  try {
    const { token } = await server.enter('Ann')
    expect(await socket.upgrade({ Authorization: `Bearer ${token}` })).toBe(101)
    const signedOut = await post(`${server.url}/api/commands/sign-out`, {}, { Authorization: `Bearer ${token}` })
    expect(signedOut.status).toBe(200)
    socket.text({ type: 'hello', protocol: 1 })
    expect(await socket.ended).toBe(4102)
    expect(socket.texts).toEqual([])
  } finally {
    socket.destroy()
    await server.stop()
  }
}, 20_000)
