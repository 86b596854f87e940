import { afterEach, expect, test } from 'bun:test'
import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

// The process as its owner meets it: what it prints, how it ends.

const main = fileURLToPath(new URL('main.ts', import.meta.url))
const folders: string[] = []
const children: ChildProcess[] = []

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'parley-main-'))
  folders.push(path)
  return path
}

function start(env: Record<string, string>) {
  const child = spawn(process.execPath, [main], { env: { PATH: process.env.PATH ?? '', PARLEY_PORT: '0', ...env } })
  children.push(child)
  let output = ''
  const seen: (() => void)[] = []
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8')
    stream.on('data', (text: string) => {
      output += text
      for (const look of seen.splice(0)) look()
    })
  }
  const exited = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)))
  return {
    child,
    exited,
    output: () => output,
    async says(pattern: RegExp): Promise<RegExpExecArray> {
      for (;;) {
        const found = pattern.exec(output)
        if (found) return found
        if (child.exitCode !== null) throw new Error(`It ended: ${output}`)
        await Promise.race([new Promise<void>((resolve) => seen.push(resolve)), exited])
      }
    },
  }
}

const OPEN = /Parley is open at http:\/\/localhost:(\d+)/

test('starts with nothing configured but a port, stops gently on SIGTERM', async () => {
  const server = start({ PARLEY_DATA: folder() })
  const [, port] = await server.says(OPEN)
  expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(200)
  expect(server.output()).toContain('PARLEY_HOST=0.0.0.0')
  server.child.kill('SIGTERM')
  expect(await server.exited).toBe(0)
})

test('a port that is taken is one clear line and exit 1', async () => {
  const first = start({ PARLEY_DATA: folder() })
  const [, port = ''] = await first.says(OPEN)
  const second = start({ PARLEY_DATA: folder(), PARLEY_PORT: port })
  expect(await second.exited).toBe(1)
  expect(second.output()).toBe(
    `parley: Port ${port} is taken on 127.0.0.1. Stop the program that uses it, or set PARLEY_PORT to another port.\n`,
  )
})

test('[B4] a second process on the same folder is refused, and the first goes on', async () => {
  const data = folder()
  const first = start({ PARLEY_DATA: data })
  const [, port] = await first.says(OPEN)
  const second = start({ PARLEY_DATA: data })
  expect(await second.exited).toBe(1)
  expect(second.output()).toMatch(/^parley: .*\n$/)
  expect(second.output()).toContain(data)
  expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(200)
})

test('a data folder that cannot be made is one clear line', async () => {
  const file = join(folder(), 'file')
  writeFileSync(file, '')
  const server = start({ PARLEY_DATA: join(file, 'data') })
  expect(await server.exited).toBe(1)
  expect(server.output()).toMatch(/^parley: .*\n$/)
})

test('wrong settings are all named, and nothing starts', async () => {
  const server = start({ PARLEY_DATA: folder(), PARLEY_PORT: 'http', PARLEY_LOG: 'loud' })
  expect(await server.exited).toBe(1)
  expect(server.output()).toContain('parley: PARLEY_PORT is "http"')
  expect(server.output()).toContain('parley: PARLEY_LOG is "loud"')
})

test('an unknown setting is warned about', async () => {
  const server = start({ PARLEY_DATA: folder(), PARLEY_PROT: '1' })
  await server.says(/did you mean PARLEY_PORT/)
})

test('connected people hear goodbye and are closed with 1012', async () => {
  const server = start({ PARLEY_DATA: folder() })
  const [, port] = await server.says(OPEN)
  const entered = await fetch(`http://127.0.0.1:${port}/api/commands/enter`, {
    method: 'POST',
    body: JSON.stringify({ name: 'Ann', secret: 's'.repeat(20) }),
  })
  const { token } = (await entered.json()) as { token: string }
  const socket = new WebSocket(`ws://127.0.0.1:${port}/socket`, { headers: { Authorization: `Bearer ${token}` } })
  const heard: string[] = []
  const closed = new Promise<number>((resolve) => {
    socket.onclose = ({ code }) => resolve(code)
  })
  await new Promise<void>((resolve) => {
    socket.onopen = () => socket.send('{"type":"hello","protocol":1}')
    socket.onmessage = ({ data }) => {
      heard.push(JSON.parse(String(data)).type)
      if (heard.includes('welcome')) resolve()
    }
  })
  server.child.kill('SIGTERM')
  expect(await closed).toBe(1012)
  expect(heard.at(-1)).toBe('goodbye')
  expect(await server.exited).toBe(0)
})

test('what it makes is its user’s alone, also in a folder that others may read', async () => {
  const data = folder()
  chmodSync(data, 0o755)
  const server = start({ PARLEY_DATA: data })
  await server.says(OPEN)
  for (const name of readdirSync(data)) expect([name, statSync(join(data, name)).mode & 0o077]).toEqual([name, 0])
  expect(readdirSync(data)).toContain('parley.db')
  server.child.kill('SIGTERM')
  await server.exited
})

test('[U6] while nobody owns it, every start prints a new link that makes somebody the owner', async () => {
  const data = folder()
  const first = start({ PARLEY_DATA: data, PARLEY_LOG: 'warn' })
  const [, old] = await first.says(LINK)
  await first.says(/guests come in by a name alone and anybody may create an account/)
  first.child.kill('SIGTERM')
  await first.exited
  const second = start({ PARLEY_DATA: data })
  const [, port] = await second.says(OPEN)
  const [, token] = await second.says(LINK)
  expect(token).not.toBe(old)
  const ask = async (name: string, input: object, headers: Record<string, string> = {}) =>
    fetch(`http://127.0.0.1:${port}/api/commands/${name}`, { method: 'POST', body: JSON.stringify(input), headers })
  const registered = await ask('register', { handle: 'ann', name: 'Ann', password: 'violet tram over water' })
  const headers = { Authorization: `Bearer ${((await registered.json()) as { token: string }).token}` }
  expect((await ask('become-owner', { token: `${old}x` }, headers)).status).toBe(410)
  expect((await ask('become-owner', { token }, headers)).status).toBe(200)
  second.child.kill('SIGTERM')
  await second.exited
  const third = start({ PARLEY_DATA: data })
  await third.says(OPEN)
  expect((await fetch(`http://127.0.0.1:${(await third.says(OPEN))[1]}/healthz`)).status).toBe(200)
  expect(third.output()).not.toContain('set-up#')
}, 30_000)

const LINK = /http:\/\/localhost:\d+\/set-up#([\w-]{32})/
