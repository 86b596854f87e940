import { expect, test } from 'bun:test'
import { readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { fileURLToPath } from 'node:url'
import { startNginx } from './nginx.ts'

const configuration = fileURLToPath(new URL('../../deploy/nginx.conf', import.meta.url))

test('the shipped configuration serves what stands behind it, and stopping leaves nothing behind', async () => {
  const answers = ['one', 'two', 'three'].map((name) =>
    Bun.serve({
      port: 0,
      hostname: '127.0.0.1',
      fetch: (request) => new Response(`${name} ${request.headers.get('x-forwarded-for')}`),
    }),
  )
  const nginx = await startNginx({ configuration, upstreamPorts: answers.map(({ port }) => port ?? 0) })
  try {
    const ask = async () => (await fetch(`${nginx.url}/`)).text()
    const seen = new Set<string>()
    for (let turn = 0; turn < 12; turn++) seen.add(await ask())
    expect([...seen].sort()).toEqual(['one 127.0.0.1', 'three 127.0.0.1', 'two 127.0.0.1'])
    await nginx.kill9()
    await expect(ask()).rejects.toThrow()
    await nginx.restart()
    expect(await ask()).toContain('127.0.0.1')
  } finally {
    await nginx.stop()
    for (const server of answers) await server.stop(true)
  }
  await expect(fetch(nginx.url)).rejects.toThrow()
  const left = readdirSync(tmpdir()).filter((name) => name.startsWith(`parley-nginx-${process.pid}-`))
  expect(left).toEqual([])
}, 30_000)
