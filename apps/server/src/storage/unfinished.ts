import type { Database, Reader, Writer } from './database.ts'
import { StartError } from './start-error.ts'
import { statement } from './statement.ts'

/** A copy that is being put into this database: until it is whole, nobody may serve it. Lies in `meta`. */
export type Unfinished =
  | { readonly kind: 'restore'; readonly at: number }
  | {
      readonly kind: 'move'
      /** Which move of which folder. */
      readonly id: string
      /** The last note about a changed row that was followed. */
      readonly note: number
      /** How far the first pass has come; nothing when it is over. */
      readonly pass?: { readonly table: string; readonly after?: readonly (string | number | null)[] }
      /** Everything was compared: the folder that was moved may go on here. */
      readonly isVerified: boolean
    }

export async function readUnfinished(reader: Reader): Promise<Unfinished | undefined> {
  const [row] = await reader.lookup('meta', ['key'], [{ key: 'unfinished' }])
  return row && (JSON.parse(row.value) as Unfinished) // as: written below
}

/** Nothing: it is whole now. */
export async function writeUnfinished(writer: Writer, mark: Unfinished | undefined): Promise<void> {
  await writer.run(forget, {})
  if (mark) await writer.insert('meta', [{ key: 'unfinished', value: JSON.stringify(mark) }])
}

/** Refuses half a copy; takes over what was moved from here. `moveId`: the move that this data folder ended with. */
export async function requireWhole(db: Database, moveId?: string): Promise<void> {
  const mark = await db.read(readUnfinished)
  if (!mark) return
  if (mark.kind === 'restore') {
    throw new StartError(
      'A backup was being restored into this database and did not come to its end. Restore it again.',
    )
  }
  if (!mark.isVerified || mark.id !== moveId) {
    throw new StartError(
      'An instance is being moved into this database and the move has not come to its end. Start the instance that is moved, or repeat "parley migrate" there.',
    )
  }
  await db.write((writer) => writeUnfinished(writer, undefined))
}

const forget = statement<object>(({ db }) => db.deleteFrom('meta').where('key', '=', 'unfinished'))
