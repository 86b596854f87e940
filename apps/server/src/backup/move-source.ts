import { type ControlLine, callServer } from '../control/control-client.ts'
import { openDatabase } from '../open-database.ts'
import { StartError } from '../start-error.ts'
import { type MovedTo, readMovedTo, writeMovedTo } from '../storage/moved-to.ts'
import { openSqlite } from '../storage/sqlite-database.ts'
import { beginNotes, dropNotes, endNotes } from './move-notes.ts'

/** Who may write to the database that is moved: the running server, or, where none runs, whoever moves it. */
export interface MoveSource {
  readonly isServed: boolean
  /** From now on changes are noted. The id of the move, the same after a crash. */
  begin(): Promise<string>
  /** Nothing is written any more; what was being written is on disk. */
  shut(): Promise<void>
  open(): Promise<void>
  /** From now on the database is the other one. */
  finish(moved: MovedTo): Promise<void>
  abandon(): Promise<void>
  close(): Promise<void>
}

/** Errors: `StartError`. */
export async function findMoveSource(dataFolder: string): Promise<MoveSource> {
  const line = await callServer(dataFolder)
  if (line) {
    const status = await line.ask('status')
    if (JSON.stringify(status).includes('"database":"sqlite"')) return served(line)
    line.close()
    throw new StartError(`The server of ${dataFolder} keeps its data in PostgreSQL already.`)
  }
  const moved = readMovedTo(dataFolder)
  if (moved)
    throw new StartError(
      `The database of ${dataFolder} was moved to PostgreSQL already, on ${new Date(moved.at).toISOString()}.`,
    )
  return unserved(dataFolder)
}

function served(line: ControlLine): MoveSource {
  return {
    isServed: true,
    begin: async () => String(await line.ask('move-begin')),
    shut: async () => void (await line.ask('move-shut')),
    open: async () => void (await line.ask('move-open')),
    finish: async ({ url, moveId, at }) => void (await line.ask('move-finish', { url, moveId, at })),
    abandon: async () => void (await line.ask('move-abandon')),
    close: async () => line.close(),
  }
}

async function unserved(dataFolder: string): Promise<MoveSource> {
  const db = await openSqlite({ dataFolder })
  let isClosed = false
  const close = async () => {
    if (!isClosed) await db.close()
    isClosed = true
  }
  return {
    isServed: false,
    begin: () => beginNotes(db),
    shut: async () => undefined,
    open: async () => undefined,
    async finish(moved) {
      await writeMovedTo(dataFolder, moved)
      await endNotes(db, moved.at)
      await close()
      const there = await openDatabase({ dataFolder })
      await there.close()
    },
    abandon: () => dropNotes(db),
    close,
  }
}
