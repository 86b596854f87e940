import type { Reader } from '../storage/database.ts'
import { columnsOf, countRows, type Key, keyOf, type Row, readPage } from '../storage/table-pages.ts'
import { COLUMNS, type TableName } from '../storage/tables.ts'

// Leases belong to whoever runs now, and mean nothing in a copy.
const NOT_COPIED: readonly string[] = ['leases']

/** `texts` first: what is digested of a room needs them. */
export const COPIED: readonly TableName[] = [
  'texts',
  // as: the keys of COLUMNS are the tables.
  ...(Object.keys(COLUMNS) as TableName[]).filter((table) => table !== 'texts' && !NOT_COPIED.includes(table)),
]

/** Of `meta`, what belongs to one place: a secret travels apart, the rest is bound to this database. */
export const isOwnToThePlace = (table: TableName, row: Row): boolean =>
  table === 'meta' && (row.key === 'secret' || row.key === 'unfinished')

// Texts have up to 8,000 characters: a page holds some 2 MB at worst.
const ROWS_PER_PAGE = 250

export interface Page {
  readonly table: TableName
  readonly rows: readonly Row[]
}

/** Every row that is copied, page by page, in key order. */
export async function* pagesOf(
  reader: Reader,
  table: TableName,
  options: { readonly columns?: readonly string[]; readonly after?: Key } = {},
): AsyncGenerator<Page> {
  const columns = options.columns ?? columnsOf(table)
  let after = options.after
  for (;;) {
    const rows = await readPage(reader, { table, columns, after }, ROWS_PER_PAGE)
    const last = rows.at(-1)
    if (!last) return
    after = keyOf(table, last)
    const copied = table === 'meta' ? rows.filter((row) => !isOwnToThePlace(table, row)) : rows
    if (copied.length > 0) yield { table, rows: copied }
    if (rows.length < ROWS_PER_PAGE) return
  }
}

/** For a progress bar. */
export async function countCopied(reader: Reader, tables: readonly TableName[] = COPIED): Promise<number> {
  let count = 0
  for (const table of tables) count += await countRows(reader, table)
  return count
}
