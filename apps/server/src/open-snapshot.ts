import type { Config } from './config.ts'
import { databaseUrlOf } from './open-database.ts'
import type { Snapshot } from './storage/snapshot.ts'

/** Reads the database of these settings beside whoever serves it. Errors: `StartError`. */
export async function openSnapshot(config: Pick<Config, 'dataFolder' | 'databaseUrl'>): Promise<Snapshot> {
  const url = databaseUrlOf(config)
  if (url === undefined) {
    const { openSqliteSnapshot } = await import('./storage/sqlite-database.ts')
    return openSqliteSnapshot(config.dataFolder)
  }
  const { openPostgresSnapshot } = await import('./storage/postgres-database.ts')
  return openPostgresSnapshot(url)
}
