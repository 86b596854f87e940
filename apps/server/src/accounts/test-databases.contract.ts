import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { testDatabase } from '../../../../scripts/test-services.ts'
import type { Database } from '../storage/database.ts'
import { openPostgres } from '../storage/postgres-database.ts'
import { openSqlite } from '../storage/sqlite-database.ts'

export interface TestDatabase {
  readonly db: Database
  /** Where secrets lie with SQLite. */
  readonly dataFolder: string
  close(): Promise<void>
}

/** What accounts must do, they do on both: an empty database of each kind, opened by the suite that needs it. */
export const testDatabases: readonly (readonly [name: string, open: () => Promise<TestDatabase>])[] = [
  ['SQLite', openTestSqlite],
  ['PostgreSQL', openTestPostgres],
]

async function openTestSqlite(): Promise<TestDatabase> {
  const dataFolder = mkdtempSync(join(tmpdir(), 'parley-accounts-'))
  const db = await openSqlite({ dataFolder })
  return { db, dataFolder, close: () => db.close().finally(() => rmSync(dataFolder, { recursive: true })) }
}

async function openTestPostgres(): Promise<TestDatabase> {
  const { url, drop } = await testDatabase()
  const dataFolder = mkdtempSync(join(tmpdir(), 'parley-accounts-'))
  const db = await openPostgres({ url })
  const close = () =>
    db
      .close()
      .then(drop)
      .finally(() => rmSync(dataFolder, { recursive: true }))
  return { db, dataFolder, close }
}
