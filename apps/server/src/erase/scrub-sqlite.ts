import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { callServer } from '../control/control-client.ts'
import { openDatabase } from '../open-database.ts'
import { StartError } from '../start-error.ts'

export interface Scrubbed {
  /** Bytes that the write-ahead log had, and has. */
  readonly before: number
  readonly after: number
  /** Whether the running server did it. */
  readonly isServed: boolean
}

/** Bytes in the write-ahead log: all that may hold something erased for a moment. */
export function walBytes(dataFolder: string): number {
  return statSync(join(dataFolder, 'parley.db-wal'), { throwIfNoEntry: false })?.size ?? 0
}

/** SQLite's erased texts are zeros already; this empties the write-ahead log at once. Errors: `StartError`. (SPEC D2) */
export async function scrubSqlite(dataFolder: string): Promise<Scrubbed> {
  if (!existsSync(join(dataFolder, 'parley.db')))
    throw new StartError(
      `There is no database in ${dataFolder}. Say where it is with PARLEY_DATA, or PARLEY_DATABASE_URL for PostgreSQL.`,
    )
  const before = walBytes(dataFolder)
  const server = await callServer(dataFolder)
  const isDone = server ? await server.ask('scrub').finally(() => server.close()) : await scrubAlone(dataFolder)
  if (isDone !== true)
    throw new StartError(
      'Somebody is reading the database (a backup, perhaps), which holds the write-ahead log. Say the same again in a moment.',
    )
  return { before, after: walBytes(dataFolder), isServed: server !== undefined }
}

async function scrubAlone(dataFolder: string): Promise<boolean> {
  const db = await openDatabase({ dataFolder })
  try {
    return await db.scrub()
  } finally {
    await db.close()
  }
}
