import type { Reader } from '../storage/database.ts'
import type { Snapshot } from '../storage/snapshot.ts'

/**
 * One read transaction, of the moment at which it begins. What is looked at is read in many small ones, so that the doctor
 * holds up neither checkpoints nor vacuuming however big the database is. What has changed between two of them is judged with
 * care: see each check.
 */
export type Piece = <T>(work: (reader: Reader) => Promise<T>) => Promise<T>

export function piecesOf(snapshot: Snapshot): Piece {
  return async (work) => {
    await snapshot.renew()
    return work(snapshot.reader)
  }
}

/** Rows in one piece. */
export const ROWS_PER_PIECE = 2_000

/** What to do about a database that contradicts itself. */
export const RESTORE =
  'Stop Parley, keep a copy of the database as it is, restore the last backup that "parley verify" calls whole (docs/backup.md), and report it.'
