import { StartError } from '../start-error.ts'
import type { Database, Reader } from '../storage/database.ts'
import { openPostgresSnapshot } from '../storage/postgres-database.ts'
import { columnsOf, countRows, type Key, type Row, readRows } from '../storage/table-pages.ts'
import type { TableName } from '../storage/tables.ts'
import { COPIED, countCopied, pagesOf } from './copied-tables.ts'
import { copyKey } from './instance-secret.ts'
import type { Progress } from './progress.ts'
import { differences, Tally, type Totals } from './tally.ts'

const ROWS_AT_ONCE = 1_000

/** Every room and table at one moment, on both sides; `there` is a `postgres:` address. Errors: `StartError` when they differ. */
export async function compareAll(sides: {
  readonly here: Reader
  readonly there: string
  readonly secret: string
  readonly progress: Progress | undefined
}): Promise<Totals> {
  const there = await openPostgresSnapshot(sides.there)
  try {
    const total = 2 * (await countCopied(sides.here))
    let done = 0
    const tallied = async (reader: Reader) => {
      const tally = new Tally(copyKey(sides.secret))
      for (const table of COPIED) {
        for await (const { rows } of pagesOf(reader, table)) {
          tally.add(table, rows)
          done += rows.length
          sides.progress?.({ what: 'Comparing every room', done, total })
        }
      }
      return tally.totals()
    }
    const wanted = await tallied(sides.here)
    const wrong = differences(wanted, await tallied(there.reader))
    if (wrong.length > 0)
      throw new StartError(`The copy differs, so nothing was moved:\n${wrong.slice(0, 20).join('\n')}`)
    return wanted
  } finally {
    await there.close()
  }
}

/** Rows of these keys, one by one, and how many rows there are of everything. Errors: `StartError` when they differ. */
export async function compareRows(
  here: Reader,
  target: Database,
  changed: ReadonlyMap<TableName, ReadonlyMap<string, Key>>,
): Promise<void> {
  for (const [table, keys] of changed) {
    const all = [...keys.values()]
    for (let start = 0; start < all.length; start += ROWS_AT_ONCE) {
      const some = all.slice(start, start + ROWS_AT_ONCE)
      const [wanted, found] = [
        texts(table, await readRows(here, table, some)),
        texts(table, await target.read((reader) => readRows(reader, table, some))),
      ]
      if (wanted.join('\n') !== found.join('\n'))
        throw new StartError(`The copy differs in the table ${table}, so nothing was moved.`)
    }
  }
  for (const table of COPIED.filter((name) => name !== 'meta')) {
    const [wanted, found] = [await countRows(here, table), await target.read((reader) => countRows(reader, table))]
    if (wanted !== found)
      throw new StartError(
        `The copy has ${found} rows of the table ${table} instead of ${wanted}, so nothing was moved.`,
      )
  }
}

function texts(table: TableName, rows: readonly Row[]): string[] {
  const columns = columnsOf(table)
  return rows.map((row) => JSON.stringify(columns.map((column) => row[column] ?? null))).sort()
}
