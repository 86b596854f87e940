import { Database as Handle } from 'bun:sqlite'
import { afterAll, expect, test } from 'bun:test'
import { chmodSync, readdirSync } from 'node:fs'
import { createServer, request } from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import type { Finding } from '../../apps/server/src/doctor/doctor.ts'
import { startRedis } from '../../scripts/services/redis.ts'
import { parley } from '../support/command-line.ts'
import { startServer, stopServers, type TestServer } from '../support/harness.ts'
import { people } from '../support/people.ts'

afterAll(stopServers)

interface Verdict {
  readonly code: number | null
  readonly findings: readonly Finding[]
  of(about: string): readonly Finding[]
}

async function asks(server: TestServer, words: readonly string[], env: Record<string, string> = {}): Promise<Verdict> {
  const { code, output } = await parley(server, ['doctor', '--json', ...words], env).ended
  const { findings }: { findings: Finding[] } = JSON.parse(output)
  return { code, findings, of: (about) => findings.filter((finding) => finding.about === about) }
}

/** A proxy between people and the server, with a fault. Answers with its address. */
async function proxy(server: TestServer, fault: 'forwards' | 'swallows upgrades' | 'drops headers and keeps answers') {
  const proxied = createServer((asked, answer) => {
    const { connection: _, upgrade: __, ...headers } = asked.headers
    const onward = request(
      {
        port: server.port,
        path: asked.url,
        method: asked.method,
        headers: { ...headers, 'x-forwarded-for': '203.0.113.9' },
      },
      (answered) => {
        const passed = { ...answered.headers }
        if (fault === 'drops headers and keeps answers') {
          delete passed['content-security-policy']
          passed.age = '30'
        }
        answer.writeHead(answered.statusCode ?? 502, passed)
        answered.pipe(answer)
      },
    )
    asked.pipe(onward)
  })
  if (fault === 'forwards') {
    proxied.on('upgrade', (asked, socket, head) => {
      const onward = connect(server.port, '127.0.0.1', () => {
        const lines = Object.entries(asked.headers).map(([name, value]) => `${name}: ${value}`)
        onward.write(`GET ${asked.url} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`)
        onward.write(head)
        onward.pipe(socket).pipe(onward)
      })
      onward.on('error', () => socket.destroy())
      socket.on('error', () => onward.destroy())
    })
  }
  await new Promise<void>((resolve) => proxied.listen(0, '127.0.0.1', resolve))
  const address = proxied.address()
  const port = typeof address === 'object' ? address?.port : 0
  return {
    url: `http://127.0.0.1:${port}`,
    [Symbol.dispose]: () => {
      proxied.closeAllConnections()
      proxied.close()
    },
  }
}

for (const database of ['sqlite', 'postgres'] as const) {
  // Most of it is listening to silence, so both listen at once.
  test.concurrent(`[K8, G21] a server that is well: nothing is failing, while people talk (${database})`, async () => {
    const redis = database === 'postgres' ? await startRedis() : undefined
    const env: Record<string, string> = redis ? { PARLEY_REDIS_URL: redis.url } : {}
    try {
      await using server = await startServer({ database, env })
      using around = people(server)
      const { ann, bob } = await around.room('Ward').with('ann', 'bob')
      let posts = 0
      const talking = (async () => {
        for (; posts < 60; posts++) await (posts % 2 === 0 ? ann : bob).posts(`word ${posts}`)
      })()
      const { code, findings, of } = await asks(server, ['--url', server.url], env)
      await talking
      expect(findings.filter(({ state }) => state === 'failing')).toEqual([])
      expect(code).toBe(0)
      expect(of('websocket').map(({ says }) => says)).toEqual([
        'the upgrade passes',
        'it stays open for 22 s of silence, and heartbeats come',
      ])
      expect(of('redis')).toHaveLength(redis ? 1 : 0)
      // What the doctor made is gone again, and what it wrote to measure the disk.
      await server.terminate()
      expect(readdirSync(server.dataFolder).filter((name) => name.startsWith('doctor-'))).toEqual([])
    } finally {
      await redis?.stop()
    }
  }, 120_000)
}

test('[K8, G21] what is broken is said in a line with its remedy, with exit code 5', async () => {
  await using server = await startServer()
  {
    using around = people(server)
    const { ann } = await around.room('Ward').with('ann', 'bob')
    for (let count = 0; count < 5; count++) await ann.posts(`word ${count}`)
  }
  const handle = new Handle(join(server.dataFolder, 'parley.db'))
  handle.run(`delete from events where seq = 4 and stream like 'room:%'`)
  handle.close()
  chmodSync(join(server.dataFolder, 'secret'), 0o644)
  const { code, output } = await parley(server, ['doctor']).ended
  expect(code).toBe(5)
  expect(output).toMatch(/^failing {2}log: Events are missing: seq 4 of room:\S+ .*Stop Parley/m)
  expect(output).toMatch(/^failing {2}files: \S+secret has mode 0644\. Say: chmod/m)
  expect(output).toMatch(/^\d failing, \d+ to look at, \d+ well$/m)
}, 60_000)

test('[K8, G21] a proxy that forwards without being trusted, swallows upgrades, or meddles with answers, is found', async () => {
  await using server = await startServer()
  {
    using forwarding = await proxy(server, 'forwards')
    const { of } = await asks(server, ['--url', forwarding.url, '--no-guest'])
    expect(of('websocket')).toMatchObject([{ state: 'ok' }])
    expect(of('client address')).toMatchObject([
      { state: 'warning', remedy: expect.stringContaining('PARLEY_TRUSTED_PROXIES') },
    ])
  }
  {
    using swallowing = await proxy(server, 'swallows upgrades')
    const { code, of } = await asks(server, ['--url', swallowing.url])
    expect(of('websocket')).toMatchObject([{ state: 'failing', says: 'The upgrade does not pass the proxy' }])
    expect(code).toBe(5)
  }
  {
    using meddling = await proxy(server, 'drops headers and keeps answers')
    const { of } = await asks(server, ['--url', meddling.url])
    expect(of('headers')).toMatchObject([
      { state: 'failing', says: expect.stringContaining('content-security-policy') },
    ])
    expect(of('caching')).toMatchObject([{ state: 'failing', says: 'An answer came out of a cache' }])
  }
  const nowhere = await asks(server, ['--url', 'http://127.0.0.1:9'])
  expect(nowhere.of('address')).toMatchObject([{ state: 'failing' }])
}, 60_000)

test('[K8, G21] gaps, repairs and repeats are in /metrics, and the doctor tells them', async () => {
  await using server = await startServer()
  using around = people(server)
  const ann = await around.person('Ann')
  const { token } = (await (
    await fetch(`${server.url}/api/commands/enter`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'Script', secret: 'sixteen characters' }),
    })
  ).json()) as { token: string }
  const roomId = await ann.createsRoom('Ward')
  const posts = (name: string, input: object, id = '01a20740-0328-7000-ba39-c431f37c19ae') =>
    fetch(`${server.url}/api/commands/${name}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}`, 'idempotency-key': id },
      body: JSON.stringify(input),
    })
  await posts('enter-room', { roomId }, '01a20740-0328-7000-ba39-c431f37c19af')
  for (let count = 0; count < 3; count++)
    expect((await posts('post-message', { roomId, body: 'once' })).status).toBe(200)
  const metrics = await (await fetch(`${server.url}/metrics`)).text()
  expect(metrics).toMatch(/^parley_repeats_total 2$/m)
  for (const name of ['gaps', 'repairs', 'faults']) expect(metrics).toMatch(new RegExp(`^parley_${name}_total 0$`, 'm'))
  const { of } = await asks(server, [])
  expect(of('server')).toMatchObject([{ state: 'ok', says: expect.stringContaining('2 repeats') }])
}, 60_000)
