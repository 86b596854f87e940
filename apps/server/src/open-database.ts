import type { Config } from './config.ts'
import { StartError } from './start-error.ts'
import type { Database } from './storage/database.ts'
import { readMovedTo } from './storage/moved-to.ts'
import { requireWhole } from './storage/unfinished.ts'

type Where = Pick<Config, 'dataFolder' | 'databaseUrl'>

/**
 * SQLite in the data folder, or PostgreSQL where `PARLEY_DATABASE_URL` is set or the folder's database was moved to. `pg` is
 * loaded only then. Errors: `StartError`.
 */
export async function openDatabase(config: Where): Promise<Database> {
  const url = databaseUrlOf(config)
  const db = await (url === undefined ? sqliteIn(config.dataFolder) : postgresAt(url))
  try {
    await requireWhole(db, readMovedTo(config.dataFolder)?.moveId)
    return db
  } catch (error) {
    await db.close()
    throw error
  }
}

/** The PostgreSQL of these settings; undefined: SQLite in the data folder. */
export function databaseUrlOf({ databaseUrl, dataFolder }: Where): string | undefined {
  return databaseUrl ?? readMovedTo(dataFolder)?.url
}

async function postgresAt(url: string): Promise<Database> {
  const { openPostgres } = await import('./storage/postgres-database.ts')
  return openPostgres({ url })
}

async function sqliteIn(dataFolder: string): Promise<Database> {
  const { openSqlite, hasMovedAway } = await import('./storage/sqlite-database.ts')
  const db = await openSqlite({ dataFolder })
  if (!(await hasMovedAway(db))) return db
  await db.close()
  throw new StartError(
    `The database of ${dataFolder} was moved to PostgreSQL and must not be written to any more. Set PARLEY_DATABASE_URL to where it went.`,
  )
}
