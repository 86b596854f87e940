import { afterAll, afterEach, expect, test } from 'bun:test'
import { createConnection } from 'node:net'
import { fileURLToPath } from 'node:url'
import { newId } from '@parley/protocol'
import pg from 'pg'
import { startNginx } from '../../scripts/services/nginx.ts'
import { startServer, stopServers, type TestServer } from '../support/harness.ts'
import { people } from '../support/people.ts'
import { enterAsGuest } from '../support/person.ts'
import { temporaryDatabase } from '../support/temporary-database.ts'
import { call } from './program.ts'

// What SIGTERM does: no new people, goodbye, what was asked is finished, gone within ten seconds.

const configuration = fileURLToPath(new URL('../../deploy/nginx.conf', import.meta.url))
const cleanups: (() => unknown)[] = []

afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean()
})
afterAll(stopServers)

async function ownDatabase(): Promise<string> {
  const { url, drop } = await temporaryDatabase()
  cleanups.push(drop)
  return url
}

async function server(databaseUrl: string): Promise<TestServer> {
  const started = await startServer({ databaseUrl, env: { PARLEY_LIMITS: 'posts=1000/s,guests=1000/s' } })
  cleanups.push(() => started.stop())
  return started
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(port, '127.0.0.1', () => resolve(true))
    socket.on('connect', () => socket.destroy())
    socket.on('error', () => resolve(false))
  })
}

/** Whoever connects to it notes the kinds of frames, and how it was closed. */
async function connect(url: string, token: string) {
  const options = { headers: { Authorization: `Bearer ${token}` } }
  // as: Bun's WebSocket takes headers, the browser's type does not know of them
  const socket = new WebSocket(`${url.replace('http', 'ws')}/socket`, options as unknown as string[])
  const heard: { type: string; [more: string]: unknown }[] = []
  const closed = new Promise<number>((resolve) => {
    socket.onclose = ({ code }) => resolve(code)
  })
  await new Promise<void>((resolve) => {
    socket.onopen = () => socket.send('{"type":"hello","protocol":1}')
    socket.onmessage = ({ data }) => {
      heard.push(JSON.parse(String(data)))
      if (heard.length === 1) resolve()
    }
  })
  return { heard, closed, send: (frame: object) => socket.send(JSON.stringify(frame)) }
}

test('what was asked before SIGTERM is stored and answered, and meanwhile nobody new is sent there', async () => {
  const databaseUrl = await ownDatabase()
  const instance = await server(databaseUrl)
  const { token } = await enterAsGuest(instance.url, 'Ann')
  const { roomId } = await call(instance.url, 'create-room', { name: 'Slow' }, token)
  const socket = await connect(instance.url, token)

  // Somebody holds the room, so that what is asked waits in the middle of its commit.
  const holder = new pg.Client({ connectionString: databaseUrl })
  await holder.connect()
  cleanups.push(() => holder.end())
  await holder.query('begin')
  await holder.query('select * from streams where id = $1 for update', [`room:${roomId}`])
  const id = newId()
  socket.send({ type: 'command', id, name: 'post-message', input: { roomId, body: 'by socket' } })
  const overHttp = call(instance.url, 'post-message', { roomId, body: 'over HTTP' }, token)
  overHttp.catch(() => undefined) // Awaited below.
  const waiting = "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
  while ((await holder.query(waiting)).rowCount === 0) await Bun.sleep(5)

  const signalledAt = performance.now()
  const ended = instance.terminate()
  while ((await fetch(`${instance.url}/readyz`)).status !== 503) await Bun.sleep(5)
  expect(performance.now() - signalledAt).toBeLessThan(1_000)
  expect((await fetch(`${instance.url}/healthz`)).status).toBe(200)
  const refused = await fetch(`${instance.url}/socket`, {
    headers: { Authorization: `Bearer ${token}`, Connection: 'Upgrade', Upgrade: 'websocket' },
  })
  expect(refused.status).toBe(503)
  expect(socket.heard.some(({ type }) => type === 'reply')).toBe(false)
  await holder.query('commit')

  expect(await overHttp).toMatchObject({ seq: expect.any(Number) })
  expect(await socket.closed).toBe(1012)
  expect(socket.heard.find(({ type }) => type === 'goodbye')?.reconnectAfterMs).toBeWithin(100, 2_101)
  expect(socket.heard.find((frame) => frame.type === 'reply' && frame.id === id)).toHaveProperty('output')
  expect(await ended).toEqual({ code: 0, signal: null })
  expect(performance.now() - signalledAt).toBeLessThan(10_000)

  const { rows } = await holder.query('select count(*)::int as count from messages')
  expect(rows).toEqual([{ count: 2 }])
}, 60_000)

test('a request that was still on its way at SIGTERM is answered, and its connection is not used again', async () => {
  const instance = await server(await ownDatabase())
  const { token } = await enterAsGuest(instance.url, 'Ann')
  const rest = Promise.withResolvers<void>()
  const body = new ReadableStream({
    async start(controller) {
      controller.enqueue(new TextEncoder().encode('{"name":'))
      await rest.promise
      controller.enqueue(new TextEncoder().encode('"Slowly"}'))
      controller.close()
    },
  })
  const asked = fetch(`${instance.url}/api/commands/create-room`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body,
  })
  const socket = await connect(instance.url, token) // By now the beginning of the request has arrived.
  const ended = instance.terminate()
  await socket.closed
  while (await listens(instance.port)) await Bun.sleep(5)
  rest.resolve()
  const answer = await asked
  expect(answer.status).toBe(200)
  expect(answer.headers.get('connection')).toBe('close')
  expect((await ended).code).toBe(0)
}, 60_000)

test('people of an instance that stops are told apart by chance, and come back spread', async () => {
  const instance = await server(await ownDatabase())
  const tokens = await Promise.all(
    Array.from({ length: 20 }, (_, index) => enterAsGuest(instance.url, `Guest ${index}`)),
  )
  const sockets = await Promise.all(tokens.map(({ token }) => connect(instance.url, token)))
  const ended = instance.terminate()
  expect(await Promise.all(sockets.map(({ closed }) => closed))).toEqual(sockets.map(() => 1012))
  const waits = sockets.map(({ heard }) => Number(heard.find(({ type }) => type === 'goodbye')?.reconnectAfterMs))
  expect(Math.max(...waits) - Math.min(...waits)).toBeGreaterThan(500)
  expect((await ended).code).toBe(0)
}, 60_000)

test('behind Nginx, people of an instance that stops go on at the other, and lose nothing', async () => {
  const databaseUrl = await ownDatabase()
  const instances = [await server(databaseUrl), await server(databaseUrl)]
  const nginx = await startNginx({ configuration, upstreamPorts: instances.map(({ port }) => port) })
  cleanups.push(() => nginx.stop())
  const { room, leave } = people(nginx)
  cleanups.push(leave)
  const { ann } = await room('Moving').with('ann')

  const written: string[] = []
  let isOver = false
  let answers = 0
  const failures: number[] = []
  const writing = (async () => {
    while (!isOver) {
      written.push(`message ${written.length}`)
      ann.writes(written.at(-1) ?? '')
      await Bun.sleep(20)
    }
  })()
  const reading = (async () => {
    while (!isOver) {
      const { status } = await fetch(`${nginx.url}/api/queries/list-my-rooms`, {
        method: 'POST',
        headers: { authorization: `Bearer ${ann.token}`, 'content-type': 'application/json' },
        body: '{}',
      })
      answers += 1
      if (status !== 200) failures.push(status)
      await Bun.sleep(10)
    }
  })()

  // Each of the two is restarted; whichever ann is at, she is moved at least once.
  for (const instance of instances) {
    const startedAt = performance.now()
    expect(await instance.terminate()).toEqual({ code: 0, signal: null })
    expect(performance.now() - startedAt).toBeLessThan(10_000)
    await ann.posts(`after ${instance.port}`)
    written.push(`after ${instance.port}`)
    await instance.start()
  }
  isOver = true
  await Promise.all([writing, reading])
  await ann.waitsFor('everything is sent', () => ann.client.outbox.value.queued === 0)

  const reader = new pg.Client({ connectionString: databaseUrl })
  await reader.connect()
  cleanups.push(() => reader.end())
  const { rows } = await reader.query<{ body: string }>(
    'select t.body from messages m join texts t on t.id = m.text_id order by m.number',
  )
  const stored = rows.map(({ body }) => body)
  expect(stored.toSorted()).toEqual(written.toSorted())
  const own = stored.filter((body) => body.startsWith('message'))
  expect(own).toEqual(written.filter((body) => body.startsWith('message')))
  expect(answers).toBeGreaterThan(20)
  expect(failures).toEqual([])
}, 90_000)
