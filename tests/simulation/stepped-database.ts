import type { Database, Reader, Writer } from '../../apps/server/src/storage/database.ts'
import type { Scheduler } from './scheduler.ts'

/** A process that was killed: nothing of it goes on. */
export class Killed extends Error {
  override readonly name = 'Killed'
}

export interface SteppedDatabase {
  readonly db: Database
  /** Whether the scheduler decides when each statement runs; off while a test prepares or looks. */
  isStepping: boolean
  /** Ends this life in the midst of whatever it does: open transactions roll back, later ones never begin. */
  kill(): void
}

/**
 * The real database, with a pause before every statement, so that the scheduler interleaves what awaits inside commands and
 * queries. Erasing and signing in are not paced: of them only the results matter here.
 */
export function steppedDatabase(real: Database, scheduler: Scheduler, label: string): SteppedDatabase {
  let isDead = false
  const step = async () => {
    if (isDead) throw new Killed()
    if (!stepped.isStepping) return
    await scheduler.pause(label)
    if (isDead) throw new Killed()
  }
  const db: Database = {
    dialect: real.dialect,
    writers: real.writers,
    // Counted from its turn on: a transaction that waits for another's turn must not keep the scheduler waiting.
    write: (work) =>
      real.write((writer) => {
        if (isDead) throw new Killed()
        return scheduler.working(() => work(pacedWriter(writer, step)))
      }),
    read: (work) =>
      scheduler.working(async () => {
        await step()
        return real.read((reader) => work(pacedReader(reader, step)))
      }),
    takeTextIds: (count) => real.takeTextIds(count),
    scrub: () => real.scrub(),
    close: () => real.close(),
  }
  const stepped: SteppedDatabase = {
    db,
    isStepping: false,
    kill: () => {
      isDead = true
      scheduler.failPauses(label, new Killed())
    },
  }
  return stepped
}

type Step = () => Promise<void>

function pacedReader(reader: Reader, step: Step): Reader {
  return {
    all: async (statement, params) => {
      await step()
      return reader.all(statement, params)
    },
    first: async (statement, params) => {
      await step()
      return reader.first(statement, params)
    },
    lookup: async (table, columns, keys) => {
      await step()
      return reader.lookup(table, columns, keys)
    },
  }
}

/** A batch of commands begins by locking its streams; other transactions are not paced. */
function pacedWriter(writer: Writer, step: Step): Writer {
  let isBatch = false
  const pace = async () => {
    if (isBatch) await step()
  }
  return {
    ...pacedReader(writer, pace),
    lockStreams: async (ids) => {
      isBatch = true
      await pace()
      return writer.lockStreams(ids)
    },
    run: async (statement, params) => {
      await pace()
      return writer.run(statement, params)
    },
    insert: async (table, rows) => {
      await pace()
      return writer.insert(table, rows)
    },
    moveStreams: async (rows) => {
      await pace()
      return writer.moveStreams(rows)
    },
  }
}
