import type { KeyObject } from 'node:crypto'
import { StartError } from '../start-error.ts'
import type { Database, Writer } from '../storage/database.ts'
import { columnsOf, countRows, insertRows, raw } from '../storage/table-pages.ts'
import { COLUMNS, type TableName } from '../storage/tables.ts'
import { readUnfinished, writeUnfinished } from '../storage/unfinished.ts'
import type { Header, Manifest } from './backup-format.ts'
import type { BackupReader } from './backup-reader.ts'
import { rowsIn, tableOf } from './backup-rows.ts'
import { COPIED, pagesOf } from './copied-tables.ts'
import type { Progress } from './progress.ts'
import { differences, Tally } from './tally.ts'

/**
 * Puts every row of a backup into an empty database and holds what lies there then against the manifest. All or nothing: one
 * transaction. How many rows there were. Errors: `StartError`, `BackupDamage`.
 */
export function fill(
  db: Database,
  from: {
    readonly reader: BackupReader
    readonly header: Header
    readonly manifest: Manifest
    readonly key: KeyObject
    readonly progress: Progress | undefined
  },
): Promise<number> {
  const { reader, header, manifest, key, progress } = from
  const total = Object.values(manifest.tables).reduce((sum, { rows }) => sum + rows, 0)
  return db.write(async (writer) => {
    await empty(writer)
    await writeUnfinished(writer, { kind: 'restore', at: Date.now() })
    let done = 0
    for (const [index, entry] of manifest.frames.entries()) {
      const { text } = await reader.frame(entry, index)
      if (entry.table === undefined) continue
      const table = tableOf(entry)
      const rows = rowsIn(text, header, table)
      await insertRows(writer, { dialect: db.dialect, table, columns: header.columns[table] ?? columnsOf(table) }, rows)
      done += rows.length
      progress?.({ what: 'Restoring', done, total: total * 2 })
    }
    const tally = new Tally(key)
    for (const table of COPIED.filter((name) => name in header.columns)) {
      for await (const page of pagesOf(writer, table, { columns: header.columns[table] ?? columnsOf(table) })) {
        tally.add(table, page.rows)
        done += page.rows.length
        progress?.({ what: 'Comparing', done, total: total * 2 })
      }
    }
    const wrong = differences(manifest, tally.totals())
    if (wrong.length > 0)
      throw new StartError(`What was restored is not what the backup holds:\n${wrong.slice(0, 20).join('\n')}`)
    if (db.dialect === 'postgres') await writer.run(beyondTexts, {})
    return total
  })
}

/** An unfinished restore is begun again; whatever else lies there is somebody's. */
async function empty(writer: Writer): Promise<void> {
  const mark = await readUnfinished(writer)
  if (mark?.kind === 'move')
    throw new StartError('The database holds the beginning of a move. Restore into an empty one.')
  const present = await tablesIn(writer)
  for (const table of present) {
    if (table !== 'meta' && !mark && (await countRows(writer, table)) > 0) {
      throw new StartError(
        'The database is not empty. Restore into a new data folder or a new PostgreSQL database; nothing was changed.',
      )
    }
  }
  for (const table of present) await writer.run(raw(`empty ${table}`, `delete from ${table}`, []), {})
}

/** The tables of the schema that is filled, which may be older than the program's. */
async function tablesIn(writer: Writer): Promise<TableName[]> {
  const known = Object.keys(COLUMNS) as TableName[] // as: the keys of COLUMNS are the tables
  const present: TableName[] = []
  for (const table of known) {
    const found = await writer.first(
      {
        compile: (dialect) => ({
          sql:
            dialect === 'sqlite'
              ? `select name from sqlite_schema where name = '${table}'`
              : `select 1 where to_regclass('${table}') is not null`,
          name: `has ${table}`,
          values: [],
        }),
      },
      {},
    )
    if (found) present.push(table)
  }
  return present
}

// New texts get numbers beyond those that came with the copy.
const beyondTexts = raw<object>(
  'beyond texts',
  `select setval('text_blocks', (select coalesce(max(id), 0) / 2048 + 1 from texts))`,
  [],
)
