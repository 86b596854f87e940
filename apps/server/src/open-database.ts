import type { Config } from './config.ts'
import type { Database } from './storage/database.ts'

/** SQLite in the data folder, or PostgreSQL where `PARLEY_DATABASE_URL` is set. `pg` is loaded only then. */
export async function openDatabase(config: Pick<Config, 'dataFolder' | 'databaseUrl'>): Promise<Database> {
  if (config.databaseUrl !== undefined) {
    const { openPostgres } = await import('./storage/postgres-database.ts')
    return openPostgres({ url: config.databaseUrl })
  }
  const { openSqlite } = await import('./storage/sqlite-database.ts')
  return openSqlite({ dataFolder: config.dataFolder })
}
