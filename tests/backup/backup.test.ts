import { afterAll, expect, test } from 'bun:test'
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { verifyBackup } from '../../apps/server/src/backup/verify.ts'
import { parley } from '../support/command-line.ts'
import { readFinalLog, type Truth } from '../support/final-log.ts'
import { startServer, stopServers } from '../support/harness.ts'
import { people } from '../support/people.ts'
import { chosenSeed } from '../support/seeded-random.ts'
import { type TemporaryDatabase, temporaryDatabase } from '../support/temporary-database.ts'
import { restoreRun } from './restore-run.ts'

const LIMITS = { PARLEY_LIMITS: 'guests=100000/s,all-guests=100000/s,posts=100000/s,queries=100000/s' }
const folders: string[] = []
const databases: TemporaryDatabase[] = []
afterAll(async () => {
  await stopServers()
  for (const database of databases) await database.drop()
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'parley-backup-'))
  folders.push(folder)
  return folder
}

async function emptyPlace(database: 'sqlite' | 'postgres'): Promise<Truth> {
  if (database === 'sqlite') return { dataFolder: newFolder(), databaseUrl: undefined }
  const fresh = await temporaryDatabase()
  databases.push(fresh)
  return { dataFolder: newFolder(), databaseUrl: fresh.url }
}

async function says(truth: Truth, words: readonly string[], code = 0): Promise<string> {
  const said = await parley(truth, words).ended
  if (said.code !== code) throw new Error(`parley ${words.join(' ')} ended with ${said.code}:\n${said.output}`)
  return said.output
}

for (const [from, to] of [
  ['sqlite', 'sqlite'],
  ['postgres', 'postgres'],
  ['sqlite', 'postgres'],
  ['postgres', 'sqlite'],
] as const) {
  // 20 of them: `npm run prove -- backups`.
  test(`[K3] a backup taken under load is restored as it was, and clients start afresh (${from} to ${to})`, async () => {
    const result = await restoreRun({ from, to, seed: chosenSeed() })
    console.log(JSON.stringify(result))
    expect(result.problems).toEqual([])
    expect(result.messages).toBeGreaterThan(100)
    expect(result.undone).toBeGreaterThan(0)
    expect(result.resets).toBeGreaterThan(0)
  }, 120_000)
}

for (const database of ['sqlite', 'postgres'] as const) {
  test(`[K2] a changed byte anywhere and a missing end are found, and the rooms named (${database})`, async () => {
    await using server = await startServer({ database, env: LIMITS })
    const file = join(newFolder(), 'whole.backup')
    {
      using around = people(server)
      const ann = await around.person('Ann')
      for (const name of ['Reading', 'Writing']) {
        await ann.createsRoom(name)
        for (let count = 0; count < 30; count++) await ann.posts(`${name} ${count}`)
      }
    }
    await says(server, ['backup', file])
    const { manifest } = await verifyBackup({ path: file })
    const bytes = readFileSync(file)
    const damaged = join(newFolder(), 'damaged.backup')
    const places = [0, 15, bytes.length - 1, bytes.length - 16, bytes.length - 20]
    for (const { at, bytes: length } of manifest?.frames ?? [])
      places.push(at, at + 3, at + 4, at + 5, at + 37, at + length - 1)
    for (let count = 0; count < 60; count++) places.push(Math.floor((bytes.length * count) / 60))
    for (const place of places) {
      const changed = Buffer.from(bytes)
      changed[place] = (changed[place] ?? 0) ^ 0x10
      writeFileSync(damaged, changed)
      const { problems } = await verifyBackup({ path: damaged })
      if (problems.length === 0) throw new Error(`A changed byte at ${place} was not found.`)
    }
    for (const length of [0, 10, 100, Math.floor(bytes.length / 2), bytes.length - 1]) {
      writeFileSync(damaged, bytes.subarray(0, length))
      const { problems } = await verifyBackup({ path: damaged })
      if (problems.length === 0) throw new Error(`A file cut off at ${length} was not found.`)
    }
    const messages = manifest?.frames.find(({ table }) => table === 'messages')
    const changed = Buffer.from(bytes)
    changed[(messages?.at ?? 0) + 60] = (changed[(messages?.at ?? 0) + 60] ?? 0) ^ 1
    writeFileSync(damaged, changed)
    const said = await says(server, ['verify', damaged], 3)
    expect(said).toContain('("Reading")')
    expect(said).toContain('("Writing")')
    // Nothing of it is restored.
    const place = await emptyPlace(database)
    expect(await says(place, ['restore', damaged], 1)).toContain('damaged')
    expect(await says(place, ['restore', file])).toContain('equal to the backup')
    expect(await says(place, ['restore', file], 1)).toContain('not empty')
  }, 120_000)

  test(`[K4] what was erased after the backup does not come back (${database})`, async () => {
    await using server = await startServer({ database, env: LIMITS })
    using around = people(server)
    const ann = await around.person('Ann')
    const bob = await around.person('Bob')
    const open = await ann.createsRoom('Stays')
    const doomed = await ann.posts('the canary of a message')
    await ann.posts('this one stays')
    await bob.opensRoom(open)
    await bob.posts('the canary of Bob')
    const closing = await ann.createsRoom('the canary of a room')
    await ann.posts('the canary in a room')
    const file = join(newFolder(), 'old.backup')
    await says(server, ['backup', file])
    await ann.closesRoom()
    await ann.opensRoom(open)
    await ann.waitsFor('the message', () => ann.texts.includes('the canary of a message'))
    await ann.deletes(doomed)
    await deletesAccount(server.url, bob.token)
    await ann.waitsFor("Bob's is gone", () => !ann.texts.includes('the canary of Bob'))
    await server.terminate()

    const place = await emptyPlace(database)
    // The last line was torn by a crash, another tells of an erasing that was never committed.
    const ledger = join(newFolder(), 'erased.jsonl')
    copyFileSync(join(server.dataFolder, 'erased.jsonl'), ledger)
    const neverDone = JSON.stringify({ kind: 'room', id: open, at: Date.now() - 7_200_000 })
    writeFileSync(ledger, `${readFileSync(ledger, 'utf8')}${neverDone}\n{"kind":"room","id":"${open}`)
    const said = await says(place, ['restore', file, '--ledger', ledger])
    expect(said).toContain('1 room, 1 person, 1 message')
    expect(said).toContain('1 line of the ledgers name')
    const log = JSON.stringify(await readFinalLog(place))
    expect(log).toContain('this one stays')
    expect(log).not.toContain('canary')
    expect(log).toContain(`"kind":"tombstone","stream":"room:${closing}"`)
    if (database === 'sqlite') {
      const stray = readdirSync(place.dataFolder).filter((name) =>
        readFileSync(join(place.dataFolder, name)).includes('canary'),
      )
      expect(stray).toEqual([])
    }
    // A backup made after the erasing names the ledger that wrote it; without it a restore says so.
    await server.start()
    const later = join(newFolder(), 'later.backup')
    await says(server, ['backup', later])
    await server.terminate()
    expect(await says(await emptyPlace(database), ['restore', later])).toContain('was not given')
    // A folder in which nothing was ever erased has no ledger: that is said, and no error.
    const quiet = newFolder()
    const noticed = await says(await emptyPlace(database), ['restore', later, '--ledger', quiet, '--ledger', ledger])
    expect(noticed).toContain(`There is no erased.jsonl in ${quiet}: nothing was ever erased there.`)
    expect(noticed).not.toContain('was not given')
    const nowhere = join(quiet, 'nowhere')
    expect(await says(await emptyPlace(database), ['restore', later, '--ledger', nowhere], 1)).toContain('no ledger at')
  }, 120_000)
}

test('[K1] a backup that is killed leaves nothing unfinished under its name', async () => {
  await using server = await startServer({ env: LIMITS })
  using around = people(server)
  const ann = await around.person('Ann')
  await ann.createsRoom('Long')
  for (let count = 0; count < 200; count++) ann.writes(`${count} ${'word '.repeat(500)}`)
  await ann.waitsFor('an empty outbox', () => ann.client.outbox.value.queued === 0)
  const folder = newFolder()
  const file = join(folder, 'killed.backup')
  for (let delay = 0; ; delay += 50) {
    const { child, ended } = parley(server, ['backup', file])
    const timer = setInterval(() => {
      if (readdirSync(folder).length > 0) setTimeout(() => child.kill('SIGKILL'), delay)
    }, 1)
    const { code } = await ended
    clearInterval(timer)
    // Killed after it was done, it has its name already; what lies under that is judged below.
    if (code === 0 || readdirSync(folder).includes('killed.backup')) break
    for (const name of readdirSync(folder)) rmSync(join(folder, name))
  }
  expect((await verifyBackup({ path: file })).problems).toEqual([])
  expect(statSync(file).mode & 0o777).toBe(0o600)
}, 120_000)

test('[K3] a restore refuses a folder that is in use', async () => {
  await using server = await startServer({ env: LIMITS })
  const file = join(newFolder(), 'one.backup')
  await says(server, ['backup', file])
  expect(await says(server, ['restore', file], 1)).toContain('Another Parley is using the data folder')
}, 60_000)

test('[K6] wrong words are answered with the nearest right ones', async () => {
  const place = await emptyPlace('sqlite')
  expect(await says(place, ['bakup'], 2)).toContain('did you mean "backup"')
  expect(await says(place, ['--version'], 0)).toMatch(/^parley \d+\.\d+\.\d+/)
  expect(await says(place, ['restore', 'x', '--legder', 'y'], 2)).toContain('did you mean --ledger')
  expect(await says(place, ['verify'], 2)).toContain('the file is missing')
  expect(await says(place, ['backup', 'a', 'b'], 2)).toContain('"b" is one word too many')
  expect(await says(place, ['help'])).toContain('migrate')
  expect(await says(place, ['help', 'restore'])).toContain('--ledger')
  expect(await says(place, ['backup'], 1)).toContain('There is no database')
}, 60_000)

async function deletesAccount(url: string, token: string): Promise<void> {
  const response = await fetch(`${url}/api/commands/delete-account`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ messages: 'erase' }),
  })
  if (!response.ok) throw new Error(`The account was not deleted: ${await response.text()}`)
}
