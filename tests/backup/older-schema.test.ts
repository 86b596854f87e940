import { afterAll, expect, test } from 'bun:test'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { verifyBackup } from '../../apps/server/src/backup/verify.ts'
import { migrations } from '../../apps/server/src/storage/migrate.ts'
import { enquire } from '../cluster/support/device.ts'
import { parley } from '../support/command-line.ts'
import type { Truth } from '../support/final-log.ts'
import { startServer, stopServers, type TestServer } from '../support/harness.ts'
import { people } from '../support/people.ts'
import type { PostedMessage } from '../support/person.ts'
import { type TemporaryDatabase, temporaryDatabase } from '../support/temporary-database.ts'
import { makeOlderDatabase, writeOlderBackup } from './older-backup.ts'

const folders: string[] = []
const databases: TemporaryDatabase[] = []
afterAll(async () => {
  await stopServers()
  for (const database of databases) await database.drop()
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

const OLDER = Object.keys(migrations('sqlite')).slice(0, -1)

for (const schema of OLDER) {
  for (const to of ['sqlite', 'postgres'] as const) {
    test(`[K3] a backup of the schema ${schema} is restored into ${to}, served and read`, async () => {
      await using server = await startServer()
      const { roomId, token } = await aRoom(server)
      await server.terminate()
      const older = newFolder()
      await makeOlderDatabase(server.dataFolder, older, schema)
      const path = join(newFolder(), 'older.backup')
      await writeOlderBackup({ dataFolder: older, secretFolder: server.dataFolder, path })
      const { problems, header } = await verifyBackup({ path })
      expect(problems).toEqual([])
      expect(header?.schema.at(-1)).toBe(schema)

      const place = await emptyPlace(to)
      expect(await says(place, ['verify', path])).toContain('is whole')
      expect(await says(place, ['restore', path])).toContain('equal to the backup')
      const where = place.databaseUrl === undefined ? {} : { databaseUrl: place.databaseUrl }
      await using restored = await startServer({ dataFolder: place.dataFolder, ...where })
      // The session of before still counts, and so does everything that was said.
      const page = await enquire(restored.url, { token }, 'list-messages', { roomId })
      if (!('output' in page)) throw new Error(`Reading was answered ${page.code}.`)
      expect(page.output.messages.map(({ body, deletedAt }) => (deletedAt === undefined ? body : '(deleted)'))).toEqual(
        ['first', 'second, edited', '(deleted)'],
      )
      expect(page.output.messages[0]?.reactions.map(({ emoji }) => emoji)).toEqual(['👍'])
      // And it goes on: somebody new comes and writes, to whom the history reads the same.
      using around = people(restored)
      const cleo = await around.person('Cleo')
      await cleo.opensRoom(roomId)
      const next = await cleo.posts('and on')
      expect(next.number).toBe(4)
      await cleo.sees(['first', 'second, edited', '(deleted)', 'and on'])
    }, 60_000)
  }
}

test('[K3] a backup of a newer schema is refused before anything is made', async () => {
  await using server = await startServer()
  await aRoom(server)
  await server.terminate()
  const path = join(newFolder(), 'newer.backup')
  const { dataFolder } = server
  await writeOlderBackup({ dataFolder, secretFolder: dataFolder, path, alsoSays: ['9999-to-come'] })
  const place = await emptyPlace('sqlite')
  const said = await says(place, ['restore', path], 1)
  expect(said).toContain('was made by a newer Parley (it has "9999-to-come"). Restore it with that version.')
  expect(existsSync(join(place.dataFolder, 'parley.db'))).toBe(false)
}, 60_000)

test('[K3] a backup of an older schema needs a database that no newer Parley has opened', async () => {
  await using server = await startServer()
  await aRoom(server)
  await server.terminate()
  const older = newFolder()
  await makeOlderDatabase(server.dataFolder, older, '0001-core')
  const path = join(newFolder(), 'older.backup')
  await writeOlderBackup({ dataFolder: older, secretFolder: server.dataFolder, path })
  await using started = await startServer()
  await started.terminate()
  expect(await says(started, ['restore', path], 1)).toContain('Restore it into one that was never started.')
}, 60_000)

/** Three messages of Ann's: with a reaction of Bob's, edited, deleted. */
async function aRoom(server: TestServer) {
  using around = people(server)
  const { ann, bob, roomId } = await around.room('Kept').with('ann', 'bob')
  const first = await ann.posts('first')
  await bob.waitsFor('the message', () => bob.texts.includes('first'))
  await bob.reacts(first, '👍')
  await ann.edits(await ann.posts('second'), 'second, edited')
  const third: PostedMessage = await ann.posts('third')
  await ann.deletes(third)
  return { roomId, token: ann.token }
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

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'parley-older-'))
  folders.push(folder)
  return folder
}
