import { afterEach, expect, test } from 'bun:test'
import { mkdtempSync, readFileSync, rmSync, statSync, watch } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { until } from '../../../../tests/support/until.ts'
import type { Database } from './database.ts'
import { openSqlite } from './sqlite-database.ts'
import { eraseTexts } from './texts.ts'

const WORD = 'quokkaflamingo'
let folder = ''
let db: Database | undefined
afterEach(async () => {
  await db?.close()
  rmSync(folder, { recursive: true, force: true })
})

async function filled(scrubAfterMs: number): Promise<Database> {
  folder = mkdtempSync(join(tmpdir(), 'parley-scrub-'))
  db = await openSqlite({ dataFolder: folder, scrubAfterMs })
  await db.write((writer) => writer.insert('texts', [{ id: 1, body: WORD }]))
  return db
}

const log = () => join(folder, 'parley.db-wal')
const isIn = (file: string) => readFileSync(join(folder, file)).includes(WORD)

/** Looks again with each change of the file. */
const changes = {
  subscribe(listener: () => void) {
    const watcher = watch(log(), listener)
    return () => watcher.close()
  },
}
const emptied = () => until([changes], () => statSync(log()).size === 0, { what: 'an empty log' })

test('[D2] a text that was overwritten alone leaves the write-ahead log soon after', async () => {
  const opened = await filled(20)
  expect(isIn('parley.db-wal')).toBe(true)
  await opened.write((writer) => eraseTexts(writer, [1]))
  await emptied()
  expect(isIn('parley.db')).toBe(false)
})

test('[D2] a reader that holds the log is waited for', async () => {
  const opened = await filled(20)
  const begun = Promise.withResolvers<void>()
  const over = Promise.withResolvers<void>()
  const reading = opened.read(async (reader) => {
    await reader.lookup('texts', ['id'], [{ id: 1 }])
    begun.resolve()
    await over.promise
  })
  await begun.promise
  await opened.write((writer) => eraseTexts(writer, [1]))
  expect(await opened.scrub()).toBe(false)
  over.resolve()
  await reading
  await emptied()
})
