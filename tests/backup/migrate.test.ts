import { afterAll, expect, test } from 'bun:test'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { History } from '../../apps/cli/src/check/history.ts'
import type { HistoryEntry } from '../../apps/cli/src/check/history-entry.ts'
import { move } from '../../apps/server/src/backup/move.ts'
import { findMoveSource } from '../../apps/server/src/backup/move-source.ts'
import type { MovedTo } from '../../apps/server/src/storage/moved-to.ts'
import { converge } from '../faults/converge.ts'
import { Load } from '../faults/load.ts'
import { parley } from '../support/command-line.ts'
import { readFinalLog } from '../support/final-log.ts'
import { startServer, stopServers, type TestServer } from '../support/harness.ts'
import { people } from '../support/people.ts'
import { SeededRandom } from '../support/seeded-random.ts'
import { type TemporaryDatabase, temporaryDatabase } from '../support/temporary-database.ts'

const LIMITS = { PARLEY_LIMITS: 'guests=100000/s,all-guests=100000/s,posts=100000/s,queries=100000/s' }
const WITHIN_MS = 25_000
const KILLS = [
  ['Copying', 'command'],
  ['Copying', 'server'],
  ['Following', 'command'],
  ['Following', 'server'],
  ['Comparing', 'command'],
  ['Comparing', 'server'],
  ['Going over', 'command'],
  ['Going over', 'server'],
] as const
const databases: TemporaryDatabase[] = []
const folders: string[] = []
afterAll(async () => {
  await stopServers()
  for (const database of databases) await database.drop()
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

async function emptyDatabase(): Promise<string> {
  const database = await temporaryDatabase()
  databases.push(database)
  return database.url
}

async function says(server: Pick<TestServer, 'dataFolder'>, words: readonly string[], code = 0): Promise<string> {
  const said = await parley({ dataFolder: server.dataFolder, databaseUrl: undefined }, words).ended
  if (said.code !== code) throw new Error(`parley ${words[0]} ended with ${said.code}:\n${said.output}`)
  return said.output
}

test('[K5] moves to PostgreSQL while everybody writes: nothing lost, doubled or reordered, and clients go on', async () => {
  const seed = 7
  const history = new History({ seed, isLossy: false, convergeWithinMs: WITHIN_MS })
  await using server = await startServer({ env: LIMITS })
  const to = await emptyDatabase()
  const random = new SeededRandom(seed)
  const load = await Load.gathers({ people: 6, rooms: 3, gapMs: 20, url: server.url, history, random })
  try {
    load.start()
    await load.people[0]?.waitsFor('some posts', () => load.posts > 100)
    const before = new Map((await readFinalLog(fromSqlite(server))).map((entry) => [placeOf(entry), entry]))
    const epoch = await epochOf(server)
    const pid = server.pid
    const moving = parley(fromSqlite(server), ['migrate', '--to', to])
    const reads = readsOn(load, moving.ended)
    const { code, output } = await moving.ended
    if (code !== 0) throw new Error(`${output}\n${server.output}`)
    console.log(output.trim())
    expect(output).toContain('every room is equal')
    expect(await reads).toBeGreaterThan(3)
    const count = load.posts
    await load.people[0]?.waitsFor('posts after it', () => load.posts > count + 50, 20_000)
    const truth = { databaseUrl: to, dataFolder: server.dataFolder }
    const { violations, acknowledged } = await converge({ load, history, truth, withinMs: WITHIN_MS, visitsAll: true })
    expect(violations.slice(0, 10)).toEqual([])
    expect(acknowledged).toBeGreaterThan(150)
    expect(server.pid).toBe(pid)
    expect(await epochOf(server)).toBe(epoch)
    // Whatever was in the log before has the same ids and the same seq.
    const after = new Map((await readFinalLog(truth)).map((entry) => [placeOf(entry), entry]))
    for (const [place, entry] of before) if (entry.kind === 'log') expect(after.get(place)).toEqual(entry)
    expect(statSync(join(server.dataFolder, 'moved-to.json')).mode & 0o777).toBe(0o600)

    // The next start goes on with PostgreSQL by itself; the old file is as it was.
    await server.restart()
    const [ann] = load.people
    await ann?.comesBack()
    const posted = await ann?.posts('after the restart')
    const log = await readFinalLog(truth)
    expect(log.some((entry) => entry.kind === 'message' && entry.id === posted?.messageId)).toBe(true)
    const old = await readFinalLog(fromSqlite(server))
    expect(old.length).toBeGreaterThan(before.size - 1)
    // Without the address, nobody goes on with the old one.
    await server.terminate()
    rmSync(join(server.dataFolder, 'moved-to.json'))
    expect(server.start()).rejects.toThrow('was moved to PostgreSQL')
    await server.start({ PARLEY_DATABASE_URL: to })
  } finally {
    load.leave()
  }
}, 180_000)

test('[K5] a move goes on where it stopped, whoever is killed', async () => {
  const seed = 8
  const history = new History({ seed, isLossy: false, convergeWithinMs: WITHIN_MS })
  await using server = await startServer({ env: LIMITS })
  const to = await emptyDatabase()
  const random = new SeededRandom(seed)
  const load = await Load.gathers({ people: 5, rooms: 3, gapMs: 30, url: server.url, history, random: random.fork() })
  try {
    load.start()
    await load.people[0]?.waitsFor('some posts', () => load.posts > 150)
    for (const [stage, victim] of KILLS) {
      const moving = parley(fromSqlite(server), ['migrate', '--to', to])
      let isKilled = false
      const look = setInterval(() => {
        if (isKilled || !moving.output().includes(stage)) return
        isKilled = true
        if (victim === 'command') moving.child.kill('SIGKILL')
        else void server.kill9()
      }, 1)
      const { code, output } = await moving.ended
      clearInterval(look)
      if (server.pid === undefined) await server.start()
      const isExpected = code === null || /ended meanwhile|is running on that|PostgreSQL already/.test(output)
      if (!isExpected && code !== 0) throw new Error(`${stage}, ${victim}: ${output}\n${server.output}`)
      console.log(`${stage}: ${victim} killed, ${code === 0 ? 'moved all the same' : `exit ${code}`}`)
    }
    const last = await parley(fromSqlite(server), ['migrate', '--to', to]).ended
    expect(last.output).toMatch(/going on where it stopped|PostgreSQL already/)
    const truth = { databaseUrl: to, dataFolder: server.dataFolder }
    const count = load.posts
    await load.people[0]?.waitsFor('posts after it', () => load.posts > count + 50, 20_000)
    const { violations } = await converge({ load, history, truth, withinMs: WITHIN_MS, visitsAll: true })
    expect(violations.slice(0, 10)).toEqual([])
    expect(existsSync(join(server.dataFolder, 'moved-to.json'))).toBe(true)
  } finally {
    load.leave()
  }
}, 240_000)

test('[K5] nothing is acknowledged by the old database once the last word was said, though who said it is gone', async () => {
  await using server = await startServer({ env: LIMITS })
  using around = people(server)
  const ann = await around.person('Ann')
  const roomId = await ann.createsRoom('Written all the time')
  const to = await emptyDatabase()
  const acknowledged: string[] = []
  const writing = new AbortController()
  // Whoever is refused asks again at once, unlike our client, and so is there when a gate opens for a moment.
  const writers = Array.from({ length: 8 }, async () => {
    while (!writing.signal.aborted) {
      try {
        const answer = await postsOverHttp(server, ann.token, { roomId, body: 'again' })
        if (answer) acknowledged.push(answer)
      } catch {
        // It goes over.
      }
    }
  })
  await ann.waitsFor('some posts', () => acknowledged.length > 50)
  const source = await findMoveSource(server.dataFolder)
  const finish = async (moved: MovedTo) => {
    const answer = source.finish(moved)
    await source.close()
    await answer
  }
  const moved = move({ dataFolder: server.dataFolder, to, source: { ...source, finish } })
  expect(await moved.catch(String)).toContain('ended meanwhile')
  const count = acknowledged.length
  await ann.waitsFor('posts after it', () => acknowledged.length > count + 50, 20_000)
  writing.abort()
  await Promise.all(writers)
  const log = await readFinalLog({ databaseUrl: to, dataFolder: server.dataFolder })
  const stored = new Set(log.flatMap((entry) => (entry.kind === 'message' ? [String(entry.id)] : [])))
  expect(acknowledged.filter((id) => !stored.has(id))).toEqual([])
  expect(stored.size).toBeGreaterThan(100)
}, 60_000)

async function postsOverHttp({ url }: TestServer, token: string, input: object): Promise<string | undefined> {
  const response = await fetch(`${url}/api/commands/post-message`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify(input),
  })
  const { messageId }: { messageId?: string } = await response.json()
  return messageId
}

test('[K5] moves when no server runs; refuses what is not empty; can be given up', async () => {
  await using server = await startServer({ env: LIMITS })
  using around = people(server)
  const ann = await around.person('Ann')
  const roomId = await ann.createsRoom('Quiet')
  const first = await ann.posts('one')
  await ann.deletes(await ann.posts('two'))
  await server.terminate()
  const to = await emptyDatabase()
  expect(await says(server, ['migrate', '--to', to])).toContain('1 room, 2 messages, 1 person')
  expect(await says(server, ['migrate', '--to', to], 1)).toContain('was moved to PostgreSQL already')
  await server.start()
  await ann.comesBack()
  await ann.sees(['one', '(deleted)'])
  const next = await ann.posts('three')
  expect(next.number).toBe(first.number + 2)
  expect(JSON.stringify(await readFinalLog({ databaseUrl: to, dataFolder: server.dataFolder }))).toContain('three')
  // Half a move cannot be served by anybody, and the next backup is of the new place.
  const file = join(newFolder(), 'new.backup')
  expect(await says(server, ['backup', file])).toContain('3 messages')
  expect(roomId.length).toBeGreaterThan(10)

  await using second = await startServer({ env: LIMITS })
  expect(await says(second, ['migrate', '--to', to], 1)).toContain('A Parley is running on that')
  await server.terminate()
  expect(await says(second, ['migrate', '--to', to], 1)).toContain('is not empty')
  expect(await says(second, ['migrate', '--abandon'])).toContain('given up')
  expect(await says(second, ['migrate'], 2)).toContain('say where to')
  expect(await says(second, ['migrate', '--to', 'mysql://x'], 2)).toContain('is not an address')
}, 120_000)

test('[K7] the control socket is its owner’s alone, also where the folder has a long name', async () => {
  await using server = await startServer({ env: LIMITS })
  expect(statSync(join(server.dataFolder, 'control.sock')).mode & 0o777).toBe(0o600)
  const dataFolder = join(newFolder(), 'long-'.repeat(30))
  await using far = await startServer({ dataFolder, env: LIMITS })
  const path = readFileSync(join(dataFolder, 'control.path'), 'utf8').trim()
  expect(statSync(path).mode & 0o777).toBe(0o600)
  expect(statSync(join(path, '..')).mode & 0o777).toBe(0o700)
  expect(await says(far, ['migrate', '--abandon'])).toContain('given up')
  await far.terminate()
  expect(existsSync(path)).toBe(false)
}, 60_000)

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'parley-migrate-'))
  folders.push(folder)
  return folder
}

const fromSqlite = (server: TestServer) => ({ dataFolder: server.dataFolder, databaseUrl: undefined })

/** Somebody reads all the while. How often they were answered. */
async function readsOn(load: Load, until: Promise<unknown>): Promise<number> {
  let isOver = false
  void until.then(() => {
    isOver = true
  })
  let answered = 0
  const [person] = load.people
  while (!isOver && person) {
    await person.client.room(person.roomId).jumpToLatest()
    const page = await person.client.whoAmI().catch(() => undefined) // While it goes over, nobody listens.
    if (page) answered += 1
  }
  return answered
}

async function epochOf(server: TestServer): Promise<string> {
  const { default: pg } = await import('pg')
  const moved = join(server.dataFolder, 'moved-to.json')
  if (existsSync(moved)) {
    const client = new pg.Client({ connectionString: JSON.parse(readFileSync(moved, 'utf8')).url })
    await client.connect()
    const { rows } = await client.query(`select value from meta where key = 'epoch'`)
    await client.end()
    return rows[0].value
  }
  const { Database } = await import('bun:sqlite')
  const db = new Database(join(server.dataFolder, 'parley.db'), { readonly: true })
  const row = db.query<{ value: string }, []>(`select value from meta where key = 'epoch'`).get()
  db.close()
  return row?.value ?? ''
}

function placeOf(entry: HistoryEntry): string {
  switch (entry.kind) {
    case 'log':
      return `log ${entry.stream} ${entry.seq}`
    case 'message':
      return `message ${entry.stream} ${entry.number}`
    default:
      return JSON.stringify(entry)
  }
}
