import { afterAll, beforeAll, expect, test } from 'bun:test'
import { startFaultProxy } from './fault-proxy.ts'

// A server that counts out as many numbered messages as it is asked for, and echoes anything else.
const server = Bun.serve({
  hostname: '127.0.0.1',
  port: 0,
  fetch: (request, self) => (self.upgrade(request) ? undefined : new Response('plain'.repeat(1_000))),
  websocket: {
    message(socket, text) {
      const count = Number(text)
      if (!Number.isInteger(count)) return void socket.send(text)
      for (let number = 1; number <= count; number++) socket.send(`${number} ${'x'.repeat(number % 200)}`)
    },
  },
})
const target = { port: server.port ?? 0 }
const sockets: WebSocket[] = []
beforeAll(() => expect(target.port).toBeGreaterThan(0))
afterAll(async () => {
  for (const socket of sockets) socket.close()
  await server.stop(true)
})

test('without faults everything passes, HTTP and WebSocket alike', async () => {
  await using proxy = await startFaultProxy({ target })
  expect(await (await fetch(proxy.url)).text()).toHaveLength(5_000)
  const { socket, received } = await dial(proxy.url)
  socket.send('300')
  await until(received, (texts) => texts.length === 300)
  expect(received.texts.map((text) => Number.parseInt(text, 10))).toEqual(Array.from({ length: 300 }, (_, i) => i + 1))
})

test('a message is lost as a whole, the rest stays readable and in order, and a seed repeats the loss', async () => {
  const survivors = async () => {
    await using proxy = await startFaultProxy({ target, dropServerFrames: 0.2, seed: 7 })
    const { socket, received } = await dial(proxy.url)
    socket.send('500')
    socket.send('end')
    await until(received, () => proxy.counts.dropped + proxy.counts.passed === 501)
    await until(received, (texts) => texts.length === proxy.counts.passed)
    return received.texts.map((text) => Number.parseInt(text, 10))
  }
  const first = await survivors()
  expect(first.length).toBeGreaterThan(350)
  expect(first.length).toBeLessThan(450)
  expect(await survivors()).toEqual(first)
})

test('delay and jitter postpone and do not reorder', async () => {
  await using proxy = await startFaultProxy({ target, delayMs: 30, jitterMs: 20 })
  const { socket, received } = await dial(proxy.url)
  const sentAt = performance.now()
  socket.send('50')
  await until(received, (texts) => texts.length === 50)
  expect(performance.now() - sentAt).toBeGreaterThanOrEqual(60)
  expect(received.texts.map((text) => Number.parseInt(text, 10))).toEqual(Array.from({ length: 50 }, (_, i) => i + 1))
})

test('a narrow line takes its time', async () => {
  await using proxy = await startFaultProxy({ target, bytesPerSecond: 20_000 })
  const startedAt = performance.now()
  expect(await (await fetch(proxy.url)).text()).toHaveLength(5_000)
  expect(performance.now() - startedAt).toBeGreaterThanOrEqual(240)
})

test('a cut ends the socket on both sides', async () => {
  await using proxy = await startFaultProxy({ target })
  const { closed } = await dial(proxy.url)
  proxy.cut()
  await closed
  await expect(dial(proxy.url).then(({ socket }) => socket.readyState)).resolves.toBe(WebSocket.OPEN)
})

test('half open: both sides believe in the connection and nothing arrives', async () => {
  await using proxy = await startFaultProxy({ target })
  const { socket, received } = await dial(proxy.url)
  proxy.halfOpen()
  socket.send('hello')
  const other = await dial(proxy.url)
  other.socket.send('there')
  await until(other.received, (texts) => texts.length === 1)
  expect(socket.readyState).toBe(WebSocket.OPEN)
  expect(received.texts).toEqual([])
})

test('a pause holds back and loses nothing', async () => {
  await using proxy = await startFaultProxy({ target })
  const { socket, received } = await dial(proxy.url)
  proxy.pause()
  socket.send('first')
  const other = await fetch(proxy.url, { signal: AbortSignal.timeout(100) }).catch((error) => error.name)
  expect(other).toBe('TimeoutError')
  expect(received.texts).toEqual([])
  proxy.resume()
  await until(received, (texts) => texts.length === 1)
  expect(received.texts).toEqual(['first'])
})

test('refusing connections', async () => {
  await using proxy = await startFaultProxy({ target, refuses: true })
  await expect(fetch(proxy.url)).rejects.toThrow()
  proxy.faults.refuses = false
  expect((await fetch(proxy.url)).status).toBe(200)
})

interface Received {
  texts: string[]
  changed: () => void
}

async function dial(url: string): Promise<{ socket: WebSocket; received: Received; closed: Promise<unknown> }> {
  const socket = new WebSocket(url.replace('http', 'ws'))
  sockets.push(socket)
  const received: Received = { texts: [], changed: () => undefined }
  socket.addEventListener('message', (event) => {
    received.texts.push(String(event.data))
    received.changed()
  })
  const closed = new Promise((resolve) => socket.addEventListener('close', resolve, { once: true }))
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve, { once: true })
    socket.addEventListener('error', reject, { once: true })
  })
  return { socket, received, closed }
}

async function until(received: Received, holds: (texts: string[]) => boolean): Promise<void> {
  while (!holds(received.texts)) {
    await new Promise<void>((resolve) => {
      received.changed = resolve
    })
  }
}
