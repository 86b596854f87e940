import type { Reader } from '../storage/database.ts'
import { statement } from '../storage/statement.ts'
import type { Tables } from '../storage/tables.ts'

/** What was erased, or is being erased: ids and counts, never what it was. (SPEC D1, U8) */
export type Receipt = Tables['erasures']

const MOST = 1_000

/** The newest first. */
export function readReceipts(reader: Reader): Promise<Receipt[]> {
  return reader.all(newest, { limit: MOST })
}

const newest = statement<{ limit: number }, Receipt>(({ db, params }) =>
  db.selectFrom('erasures').selectAll().orderBy('requested_at', 'desc').orderBy('subject').limit(params.limit),
)
