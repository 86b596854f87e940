import { afterEach, beforeEach, expect, test } from 'bun:test'
import { type AddressInfo, createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { type Nginx, startNginx } from '../../scripts/services/nginx.ts'

// What deploy/nginx.conf promises, with two stand-ins for instances that do what a test tells them.

const configuration = fileURLToPath(new URL('../../deploy/nginx.conf', import.meta.url))

type Answer = (request: Request) => Response | Promise<Response>

class Instance {
  answer: Answer = () => new Response('well')
  /** The headers of each request, and how many there were. */
  readonly asked: Record<string, string>[] = []
  readonly server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    idleTimeout: 5,
    fetch: (request) => {
      this.asked.push(Object.fromEntries(request.headers))
      return this.answer(request)
    },
  })

  get port(): number {
    return this.server.port ?? 0
  }
}

let instances: readonly [Instance, Instance]
let nginx: Nginx

// A new one for each test: it remembers for two seconds who failed.
beforeEach(async () => {
  instances = [new Instance(), new Instance()]
  nginx = await startNginx({ configuration, upstreamPorts: instances.map(({ port }) => port) })
})
afterEach(async () => {
  await nginx.stop()
  for (const { server } of instances) await server.stop(true)
})

const asked = () => instances.flatMap((instance) => instance.asked)
/** Both instances are asked sooner or later; which is first is Nginx's affair. */
const times = <T>(count: number, work: () => Promise<T>) => Promise.all(Array.from({ length: count }, work))

test('instances hear who really asks, whatever a client writes, and the address that was typed', async () => {
  await fetch(`${nginx.url}/api/queries/list-rooms`, {
    headers: { 'X-Forwarded-For': '10.1.1.1', 'X-Real-IP': '10.1.1.1', 'X-Forwarded-Proto': 'https' },
  })
  const [headers] = asked()
  expect(headers?.['x-forwarded-for']).toBe('127.0.0.1')
  expect(headers?.['x-forwarded-proto']).toBe('http')
  expect(headers?.host).toBe(new URL(nginx.url).host)
})

test('only /socket may become another protocol', async () => {
  const headers = { Connection: 'Upgrade', Upgrade: 'websocket' }
  await fetch(`${nginx.url}/api/queries/list-rooms`, { headers })
  expect(asked().map(({ upgrade }) => upgrade)).toEqual([undefined])
  for (const instance of instances) instance.asked.length = 0
  await fetch(`${nginx.url}/socket`, { headers })
  expect(asked().map(({ upgrade }) => upgrade)).toEqual(['websocket'])
})

test('figures are hidden', async () => {
  expect((await fetch(`${nginx.url}/metrics`)).status).toBe(404)
  expect(asked()).toEqual([])
})

test('nothing is kept for somebody else, whatever an answer says of itself', async () => {
  let count = 0
  for (const instance of instances) {
    instance.answer = () => new Response(String(count++), { headers: { 'Cache-Control': 'public, max-age=3600' } })
  }
  const get = async () => (await fetch(`${nginx.url}/api/queries/list-my-rooms`)).text()
  expect([await get(), await get(), await get()].sort()).toEqual(['0', '1', '2'])
})

test('a socket that a stopping instance refuses is opened at the other', async () => {
  instances[0].answer = () => new Response('stopping', { status: 503 })
  const answers = await times(6, () => fetch(`${nginx.url}/socket`))
  expect(answers.map(({ status }) => status)).toEqual(Array(6).fill(200))
})

test('what reading finds broken is read elsewhere, what writing finds broken is not written twice', async () => {
  instances[0].answer = async (request) => {
    await request.text()
    return new Response('', { status: 502 })
  }
  const reads = await times(6, () => fetch(`${nginx.url}/api/queries/list-rooms`))
  expect(reads.map(({ status }) => status)).toEqual(Array(6).fill(200))
  for (const instance of instances) instance.asked.length = 0
  const post = () => fetch(`${nginx.url}/api/commands/post-message`, { method: 'POST', body: '{}' })
  await times(6, post)
  expect(asked()).toHaveLength(6)
})

test('a question whose connection an instance closes is asked at the other', async () => {
  let closed = 0
  const closing = createServer((socket) =>
    socket.once('data', () => {
      closed++
      socket.resetAndDestroy()
    }),
  )
  await new Promise<void>((resolve) => closing.listen(0, '127.0.0.1', resolve))
  const { port } = closing.address() as AddressInfo // as: it listens on a port, not on a path
  // A new one for each kind: after three such closings it would leave the instance alone for a while.
  const statusesOf = async (path: string): Promise<number[]> => {
    const split = await startNginx({ configuration, upstreamPorts: [port, instances[1].port] })
    try {
      const answers = await times(6, () => fetch(`${split.url}${path}`, { method: 'POST', body: '{}' }))
      return answers.map(({ status }) => status)
    } finally {
      await split.stop()
    }
  }
  try {
    expect(await statusesOf('/api/queries/list-rooms')).toEqual(Array(6).fill(200))
    expect(closed).toBeGreaterThan(0)
    expect(await statusesOf('/api/commands/sign-in')).toContain(502)
  } finally {
    closing.close()
  }
})

test('an instance that is busy says so itself, and is not thought to be broken for it', async () => {
  for (const instance of instances) instance.answer = () => new Response('busy', { status: 503 })
  const answers = await times(6, () => fetch(`${nginx.url}/api/queries/search-people`))
  expect(answers.map(({ status }) => status)).toEqual(Array(6).fill(503))
  expect(asked()).toHaveLength(6)
})

test('a part of a page that one version has and the other has not is found', async () => {
  instances[1].answer = () => new Response('nothing', { status: 404 })
  const answers = await times(6, () => fetch(`${nginx.url}/assets/index-abc.js`))
  expect(answers.map(({ status }) => status)).toEqual(Array(6).fill(200))
})
