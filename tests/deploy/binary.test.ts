import { afterAll, beforeAll, expect, test } from 'bun:test'
import { copyFileSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { temporaryDatabase } from '../support/temporary-database.ts'
import { call, type Program, startProgram, stopPrograms } from './program.ts'

// The single binary as a stranger meets it: a file that was copied somewhere, in an empty folder, with an empty environment.

const root = fileURLToPath(new URL('../..', import.meta.url))
const built = mkdtempSync(join(tmpdir(), `parley-binary-${process.pid}-`))
const binary = join(built, 'parley')

beforeAll(async () => {
  const build = Bun.spawn(['node', 'scripts/build-binary.mjs', '--outfile', binary], { cwd: root, stderr: 'pipe' })
  const said = await new Response(build.stderr).text()
  if ((await build.exited) !== 0) throw new Error(said)
}, 120_000)

afterAll(async () => {
  await stopPrograms()
  rmSync(built, { recursive: true, force: true })
})

async function inEmptyFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), `parley-binary-${process.pid}-`))
  copyFileSync(binary, join(folder, 'parley'))
  try {
    return await use(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const start = (folder: string, env: Record<string, string> = {}): Promise<Program> =>
  startProgram({ command: ['./parley'], folder, env: { PARLEY_PORT: '0', ...env } })

test('the binary serves the page, lets people in, and keeps what they say over a restart', async () => {
  await inEmptyFolder(async (folder) => {
    const startedAt = performance.now()
    let server = await start(folder)
    console.log(
      `ready after ${Math.round(performance.now() - startedAt)} ms, ${Math.round(statSync(binary).size / 1e6)} MB`,
    )

    const page = await fetch(server.url)
    expect(page.status).toBe(200)
    const [, script = ''] = /<script[^>]+type="module"[^>]+src="([^"]+)"/.exec(await page.text()) ?? []
    const asset = await fetch(new URL(script, server.url), { headers: { 'accept-encoding': 'br' }, decompress: false })
    expect(asset.headers.get('content-encoding')).toBe('br')
    expect(asset.headers.get('cache-control')).toContain('immutable')

    const guest = await call(server.url, 'enter', { name: 'Ann', secret: 'a-secret-of-sixteen' })
    const { roomId } = await call(server.url, 'create-room', { name: 'One file' }, guest.token)
    await call(server.url, 'post-message', { roomId, body: 'Nothing beside me' }, guest.token)
    const account = { handle: 'bea', name: 'Bea', password: 'violet tram over water' }
    await call(server.url, 'register', account)

    expect(await server.stop()).toBe(0)
    server = await start(folder)
    const { messages } = await call(server.url, 'list-messages', { roomId }, guest.token, 'queries')
    expect(messages.map(({ body }: { body: string }) => body)).toEqual(['Nothing beside me'])
    const { user } = await call(server.url, 'sign-in', { handle: account.handle, password: account.password })
    expect(user.displayName).toBe('Bea')
    expect(await server.stop()).toBe(0)
    expect(readdirSync(folder).sort()).toEqual(['data', 'parley'])
  })
}, 60_000)

test('the binary speaks to PostgreSQL, and a foreign .env beside it changes nothing', async () => {
  const database = await temporaryDatabase()
  try {
    await inEmptyFolder(async (folder) => {
      writeFileSync(join(folder, '.env'), 'PARLEY_LOG=loud\n')
      const server = await start(folder, { PARLEY_DATABASE_URL: database.url })
      const guest = await call(server.url, 'enter', { name: 'Ann', secret: 'a-secret-of-sixteen' })
      expect(guest.user.displayName).toBe('Ann')
      expect(await server.stop()).toBe(0)
      expect(readdirSync(join(folder, 'data'))).not.toContain('parley.db')
    })
  } finally {
    await database.drop()
  }
}, 60_000)

test('the binary does what the command line does: a backup of a server that runs, verified, and a check of it', async () => {
  await inEmptyFolder(async (folder) => {
    const server = await start(folder)
    await call(server.url, 'enter', { name: 'Ann', secret: 'a-secret-of-sixteen' })
    const parley = async (...words: string[]) => {
      const child = Bun.spawn(['./parley', ...words], { cwd: folder, env: {}, stdout: 'pipe', stderr: 'pipe' })
      const [out, err] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()])
      return { code: await child.exited, out, err }
    }
    const made = await parley('backup', 'all.backup')
    expect(made.code, made.err).toBe(0)
    expect(made.out).toContain('1 person')
    expect((await parley('verify', 'all.backup')).code).toBe(0)
    const checked = await parley('check', '--url', server.url, '--seconds', '2', '--people', '3', '--rooms', '1')
    expect(checked.code, checked.out + checked.err).toBe(0)
    expect(checked.out).toContain('Removed: 1 room, 5 people')
    expect((await parley('help')).out).toContain('parley <verb>')
    expect((await parley('dance')).code).toBe(2)
    expect(await server.stop()).toBe(0)
  })
}, 60_000)

test('what stands in the way of a start is one clear line', async () => {
  await inEmptyFolder(async (folder) => {
    const child = Bun.spawn(['./parley'], { cwd: folder, env: { PARLEY_PORT: 'http' }, stderr: 'pipe' })
    expect(await new Response(child.stderr).text()).toMatch(/^parley: PARLEY_PORT is "http": .*\n$/)
    expect(await child.exited).toBe(1)
  })
}, 30_000)
