import { Database as Handle } from 'bun:sqlite'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { epochOf, schemaOf, writeTables } from '../../apps/server/src/backup/back-up.ts'
import { BackupWriter } from '../../apps/server/src/backup/backup-writer.ts'
import { COPIED } from '../../apps/server/src/backup/copied-tables.ts'
import { copyKey, fingerprint } from '../../apps/server/src/backup/instance-secret.ts'
import { Tally } from '../../apps/server/src/backup/tally.ts'
import { openSqlite, openSqliteSnapshot } from '../../apps/server/src/storage/sqlite-database.ts'
import type { TableName } from '../../apps/server/src/storage/tables.ts'

/**
 * Makes the database of an older Parley beside a present one: the tables that the migrations up to `schema` make, filled with
 * what they can hold of the present rows.
 */
export async function makeOlderDatabase(from: string, to: string, schema: string): Promise<void> {
  await (await openSqlite({ dataFolder: to, upTo: schema })).close()
  const db = new Handle(join(to, 'parley.db'))
  db.run('attach ? as present', [join(from, 'parley.db')])
  for (const [table, columns] of columnsIn(db)) {
    db.run(`delete from main.${table}`)
    db.run(`insert into main.${table} (${columns.join()}) select ${columns.join()} from present.${table}`)
  }
  db.close()
}

/** A backup as the Parley of that schema would have written it; `alsoSays` are migrations that only its header names. */
export async function writeOlderBackup(from: {
  readonly dataFolder: string
  /** Where the instance's secret lies. */
  readonly secretFolder: string
  readonly path: string
  readonly alsoSays?: readonly string[]
}): Promise<void> {
  const { dataFolder, path, alsoSays = [] } = from
  const secret = readFileSync(join(from.secretFolder, 'secret'), 'utf8').trim()
  const db = new Handle(join(dataFolder, 'parley.db'), { readonly: true })
  const columns = columnsIn(db)
  db.close()
  const snapshot = await openSqliteSnapshot(dataFolder)
  const writer = await BackupWriter.create(path, copyKey(secret))
  const tally = new Tally(copyKey(secret))
  await writer.header({
    parley: '0.1.0',
    madeAt: Date.now(),
    dialect: 'sqlite',
    epoch: await epochOf(snapshot.reader),
    schema: [...(await schemaOf(snapshot.reader)), ...alsoSays],
    columns: Object.fromEntries(columns),
    secret,
    secretFingerprint: fingerprint(secret),
  })
  await writer.ledger([])
  await writeTables({ writer, reader: snapshot.reader, columns, tally, progress: undefined })
  await writer.finish({ ...tally.totals(), ledgers: [] })
  await snapshot.close()
}

/** What the database itself says of its tables, in the order in which they are copied. */
function columnsIn(db: Handle): ReadonlyMap<TableName, readonly string[]> {
  const columnsOf = (table: string) =>
    db
      .query<{ name: string }, [string]>(`select name from pragma_table_info(?, 'main')`)
      .all(table)
      .map(({ name }) => name)
  return new Map(COPIED.map((table) => [table, columnsOf(table)] as const).filter(([, names]) => names.length > 0))
}
