import { afterAll, beforeAll, expect, test } from 'bun:test'
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { newId } from '@parley/protocol'
import { post, startTestServer, type TestServer } from '../testing/test-server.contract.ts'

let server: TestServer
let web: string
beforeAll(async () => {
  web = mkdtempSync(join(tmpdir(), 'parley-web-'))
  mkdirSync(join(web, 'assets'))
  writeFileSync(join(web, 'index.html'), '<!doctype html><title>Parley</title>')
  writeFileSync(join(web, 'assets/app-1.js'), 'plain')
  writeFileSync(join(web, 'assets/app-1.js.br'), 'brotli')
  writeFileSync(join(web, 'assets/app-1.js.gz'), 'gzip')
  writeFileSync(join(web, '../parley-secret.txt'), 'outside')
  server = await startTestServer({ webFolder: web, settings: { PARLEY_LIMITS: 'guests=100/h' } })
})
afterAll(async () => {
  await server.stop()
  rmSync(web, { recursive: true })
})

const api = (path: string) => `${server.url}/api/${path}`
const secret = 's'.repeat(20)

function cookieOf(response: Response): string {
  return response.headers.get('set-cookie')?.split(';')[0] ?? ''
}

async function problemOf(response: Response) {
  expect(response.headers.get('content-type')).toBe('application/problem+json')
  return (await response.json()) as {
    code: string
    status: number
    retryAfterMs?: number
    details?: { issues?: string[] }
  }
}

test('[H1] entering from a page gives a cookie and no token; a script gets both', async () => {
  const page = await post(api('commands/enter'), { name: 'Ann', secret }, { Origin: server.url })
  expect(page.status).toBe(200)
  expect(await page.json()).not.toHaveProperty('token')
  expect(page.headers.get('set-cookie')).toMatch(/^parley_session=\S+; Max-Age=\d+; Path=\/; HttpOnly; SameSite=Lax$/)
  expect(page.headers.get('cache-control')).toBe('private, no-store')
  const script = await post(api('commands/enter'), { name: 'Ben', secret })
  expect(await script.json()).toHaveProperty('token')
})

test('[H1] a repeated enter with the same key and secret is the same guest', async () => {
  const id = newId()
  const first = await post(api('commands/enter'), { name: 'Dora', secret }, { 'Idempotency-Key': id })
  const again = await post(api('commands/enter'), { name: 'Dora', secret }, { 'Idempotency-Key': id })
  expect(((await again.json()) as { user: unknown }).user).toEqual(((await first.json()) as { user: unknown }).user)
  const other = await post(api('commands/enter'), { name: 'Dora', secret })
  expect((await problemOf(other)).code).toBe('name-taken')
})

test('[I2] a cookie counts only with our own Origin; reading who one is needs none', async () => {
  const cookie = cookieOf(await post(api('commands/enter'), { name: 'Eve', secret }, { Origin: server.url }))
  expect((await fetch(api('session'), { headers: { cookie } })).status).toBe(200)
  for (const origin of [undefined, 'null', 'http://evil.example', `${server.url}.evil.example`]) {
    const response = await post(
      api('commands/create-room'),
      { name: 'x' },
      { cookie, ...(origin && { Origin: origin }) },
    )
    expect((await problemOf(response)).code).toBe('origin-refused')
  }
  const fine = await post(api('commands/create-room'), { name: 'By cookie' }, { cookie, Origin: server.url })
  expect(fine.status).toBe(200)
  const strange = await post(api('commands/enter'), { name: 'Eve 2', secret }, { Origin: 'http://evil.example' })
  expect((await problemOf(strange)).code).toBe('origin-refused')
})

test('[I2] sockets: a cookie without our own Origin is refused, a bearer token needs none', async () => {
  const entered = await post(api('commands/enter'), { name: 'Fred', secret })
  const cookie = cookieOf(entered)
  const { token } = (await entered.json()) as { token: string }
  const upgrade = (headers: Record<string, string>) =>
    fetch(`${server.url}/socket`, {
      headers: {
        Connection: 'Upgrade',
        Upgrade: 'websocket',
        'Sec-WebSocket-Version': '13',
        'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
        ...headers,
      },
    })
  expect((await upgrade({ cookie })).status).toBe(403)
  expect((await upgrade({ cookie, Origin: 'http://evil.example' })).status).toBe(403)
  expect((await upgrade({ Origin: server.url })).status).toBe(401)
  expect((await upgrade({ Authorization: 'Bearer nonsense' })).status).toBe(401)
  expect((await upgrade({ Authorization: `Bearer ${token}x` })).status).toBe(401)
  const peer = await server.connect(token)
  expect(peer.frames[0]?.type).toBe('welcome')
})

test('commands and queries answer over HTTP, repeats included', async () => {
  const { token } = await server.enter('Gus')
  const headers = { Authorization: `Bearer ${token}`, 'Idempotency-Key': newId() }
  const first = (await (await post(api('commands/create-room'), { name: 'Over HTTP' }, headers)).json()) as {
    roomId: string
  }
  const again = await (await post(api('commands/create-room'), { name: 'Over HTTP' }, headers)).json()
  expect(again).toMatchObject({ roomId: first.roomId })
  const page = await post(
    api('queries/list-messages'),
    { roomId: first.roomId },
    { Authorization: headers.Authorization },
  )
  expect(await page.json()).toMatchObject({ messages: [], lastNumber: 0 })
})

test.each([
  ['commands/create-room', '{', 400, 'invalid-input'],
  ['commands/create-room', '{"name":7}', 400, 'invalid-input'],
  ['commands/create-room', 'null', 400, 'invalid-input'],
  ['commands/create-room', `{"name":"${'x'.repeat(70_000)}"}`, 400, 'invalid-input'],
  ['commands/close-room', `{"roomId":"${newId()}"}`, 404, 'room-not-found'],
  ['commands/__proto__', '{}', 404, 'unknown-name'],
  ['commands/nothing', '{}', 404, 'unknown-name'],
  ['queries/nothing', '{}', 404, 'unknown-name'],
  ['nothing/at/all', '{}', 404, 'unknown-name'],
])('%s with %s is answered %i %s', async (path, body, status, code) => {
  const { token } = await server.enter(`Hal ${newId().slice(-6)}`)
  const response = await post(api(path), body, { Authorization: `Bearer ${token}` })
  expect(response.status).toBe(status)
  expect(await problemOf(response)).toMatchObject({ code, status })
})

test('an Idempotency-Key that is no id is refused', async () => {
  const { token } = await server.enter('Ida')
  const headers = { Authorization: `Bearer ${token}`, 'Idempotency-Key': 'once' }
  expect((await problemOf(await post(api('commands/create-room'), { name: 'x' }, headers))).code).toBe('invalid-input')
})

test('without a session everything is 401, but for asking who one is', async () => {
  for (const path of ['commands/create-room', 'commands/nothing', 'commands/sign-out', 'queries/list-rooms']) {
    expect((await problemOf(await post(api(path), {}))).code).toBe('not-signed-in')
  }
  expect(await (await fetch(api('session'))).json()).toEqual({ user: null })
})

test('signing out ends the session and takes the cookie away', async () => {
  const headers = {
    cookie: cookieOf(await post(api('commands/enter'), { name: 'Jo', secret }, { Origin: server.url })),
    Origin: server.url,
  }
  const response = await post(api('commands/sign-out'), {}, headers)
  expect(response.headers.get('set-cookie')).toContain('Max-Age=0')
  expect(await (await fetch(api('session'), { headers })).json()).toEqual({ user: null })
})

test('[H6] a busy limit says when to come back', async () => {
  const strict = await startTestServer({ settings: { PARLEY_LIMITS: 'guests=2/min,posts=1/min' } })
  try {
    const { token } = await strict.enter('Kim')
    await strict.enter('Lea')
    const third = await post(`${strict.url}/api/commands/enter`, { name: 'Max', secret })
    expect(third.status).toBe(429)
    expect(Number(third.headers.get('retry-after'))).toBeGreaterThan(0)
    expect((await problemOf(third)).retryAfterMs).toBeGreaterThan(0)
    const headers = { Authorization: `Bearer ${token}` }
    expect((await post(`${strict.url}/api/commands/create-room`, { name: 'one' }, headers)).status).toBe(200)
    expect((await post(`${strict.url}/api/commands/create-room`, { name: 'two' }, headers)).status).toBe(429)
  } finally {
    await strict.stop()
  }
})

test('every answer carries the security headers', async () => {
  for (const path of [
    '/',
    '/lobby',
    '/api/session',
    '/healthz',
    '/readyz',
    '/nothing.txt',
    '/api/nothing',
    '/socket',
  ]) {
    const { headers } = await fetch(`${server.url}${path}`)
    expect(headers.get('content-security-policy')).toContain("default-src 'none'")
    expect(headers.get('content-security-policy')).toContain("require-trusted-types-for 'script'")
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('referrer-policy')).toBe('no-referrer')
  }
})

test('assets are kept for ever and sent as they were compressed', async () => {
  const get = (encoding: string) =>
    fetch(`${server.url}/assets/app-1.js`, { headers: { 'Accept-Encoding': encoding }, decompress: false })
  const brotli = await get('gzip, br')
  expect(brotli.headers.get('content-encoding')).toBe('br')
  expect(brotli.headers.get('cache-control')).toContain('immutable')
  expect(brotli.headers.get('content-type')).toBe('text/javascript; charset=utf-8')
  expect(await brotli.text()).toBe('brotli')
  expect(await (await get('gzip')).text()).toBe('gzip')
  expect(await (await get('identity')).text()).toBe('plain')
  const tag = (await get('identity')).headers.get('etag') ?? ''
  const known = await fetch(`${server.url}/assets/app-1.js`, {
    headers: { 'If-None-Match': tag, 'Accept-Encoding': 'identity' },
  })
  expect(known.status).toBe(304)
})

test('pages of the client are its index, files that are not there are 404', async () => {
  for (const path of ['/', '/lobby', `/rooms/${newId()}`]) {
    const response = await fetch(`${server.url}${path}`)
    expect(await response.text()).toContain('<title>Parley</title>')
    expect(response.headers.get('cache-control')).toBe('no-cache')
  }
  for (const path of ['/nothing.js', '/assets/nothing.js', '/rooms/a/b', '/assets/', '/rooms/x.js']) {
    expect((await fetch(`${server.url}${path}`)).status).toBe(404)
  }
})

test.each([
  '/../parley-secret.txt',
  '/assets/../../parley-secret.txt',
  '/%2e%2e/parley-secret.txt',
  '/..%2fparley-secret.txt',
  '/assets/%2e%2e%2f%2e%2e%2fparley-secret.txt',
  '//etc/passwd',
  '/assets/app-1.js%00.html',
  '/assets\\..\\..\\parley-secret.txt',
])('%s reaches nothing outside', async (path) => {
  const response = await fetch(`${server.url}${path}`)
  expect(await response.text()).not.toContain('outside')
  expect(response.status).toBe(404)
})

test('health, readiness and metrics', async () => {
  expect((await fetch(`${server.url}/healthz`)).status).toBe(200)
  expect(await (await fetch(`${server.url}/readyz`)).json()).toEqual({
    ok: true,
    checks: { accepting: true, database: true, disk: true },
  })
  const metrics = await (await fetch(`${server.url}/metrics`)).text()
  expect(metrics).toContain('parley_connections ')
  expect(metrics).toMatch(/parley_commands_total \d+/)
})

test('a build that is missing says how to make one', async () => {
  const bare = await startTestServer({ webFolder: join(web, 'nowhere') })
  try {
    const response = await fetch(`${bare.url}/`)
    expect(response.status).toBe(503)
    expect(await response.text()).toContain('npm run build')
  } finally {
    await bare.stop()
  }
})

test('a file that could not be read once is read again', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'parley-web-'))
  for (const name of ['index.html', 'icon.svg']) writeFileSync(join(folder, name), name)
  const own = await startTestServer({ webFolder: folder })
  try {
    expect(await (await fetch(`${own.url}/`)).text()).toBe('index.html')
    renameSync(join(folder, 'icon.svg'), join(folder, 'away'))
    expect((await fetch(`${own.url}/icon.svg`)).status).toBe(500)
    renameSync(join(folder, 'away'), join(folder, 'icon.svg'))
    expect(await (await fetch(`${own.url}/icon.svg`)).text()).toBe('icon.svg')
  } finally {
    await own.stop()
    rmSync(folder, { recursive: true })
  }
})
