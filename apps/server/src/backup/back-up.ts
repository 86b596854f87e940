import { existsSync } from 'node:fs'
import { StartError } from '../start-error.ts'
import type { Reader } from '../storage/database.ts'
import type { Snapshot } from '../storage/snapshot.ts'
import { columnsOf, keyOf, type Row, raw } from '../storage/table-pages.ts'
import type { TableName } from '../storage/tables.ts'
import { BackupWriter } from './backup-writer.ts'
import { COPIED, countCopied, pagesOf } from './copied-tables.ts'
import { copyKey, fingerprint, readInstanceSecret } from './instance-secret.ts'
import { readLedger } from './ledger-lines.ts'
import type { Progress } from './progress.ts'
import { Tally, type Totals } from './tally.ts'

export interface BackUpOptions {
  readonly open: () => Promise<Snapshot>
  readonly dataFolder: string
  /** From PARLEY_SECRET_FILE. */
  readonly secret?: string | undefined
  readonly path: string
  readonly overwrites?: boolean
  readonly progress?: Progress
  readonly now?: () => number
}

export interface BackedUp extends Totals {
  readonly path: string
  readonly bytes: number
  readonly holdsSecret: boolean
}

// Rows are gathered to so many characters before they are packed: what is kept in memory, and what one damage can hurt.
const CHUNK_CHARACTERS = 256 * 1024

/** Copies one moment of the database into one file, beside the server that goes on serving it. Errors: `StartError`. */
export async function backUp(options: BackUpOptions): Promise<BackedUp> {
  const { path, dataFolder } = options
  if (existsSync(path) && !options.overwrites)
    throw new StartError(`${path} is there already. Choose another name, or say --force.`)
  // Before the moment that is copied: a line whose subject is alive in it was never committed, or is being committed now.
  const ledgerPath = `${dataFolder}/erased.jsonl`
  const ledger = existsSync(ledgerPath) ? await readLedger(ledgerPath) : undefined
  const columns = new Map(COPIED.map((table) => [table, columnsOf(table)]))
  const snapshot = await options.open()
  const madeAt = (options.now ?? Date.now)()
  try {
    const secret = await readInstanceSecret(
      { dialect: snapshot.dialect, dataFolder, given: options.secret },
      snapshot.reader,
    )
    const key = copyKey(secret.text)
    const writer = await BackupWriter.create(path, key)
    try {
      await writer.header({
        parley: '0.1.0',
        madeAt,
        dialect: snapshot.dialect,
        epoch: await epochOf(snapshot.reader),
        schema: await schemaOf(snapshot.reader),
        columns: Object.fromEntries(columns),
        ...(!secret.isGiven && { secret: secret.text }),
        secretFingerprint: fingerprint(secret.text),
      })
      await writer.ledger([
        ...(ledger?.ids ?? []).map((id) => JSON.stringify({ ledger: id })),
        ...(ledger?.lines ?? []).map((line) => JSON.stringify(line)),
      ])
      const tally = new Tally(key)
      await writeTables({ writer, reader: snapshot.reader, columns, tally, progress: options.progress })
      const totals = tally.totals()
      const ledgers = await ledgersIn(snapshot.reader)
      await writer.finish({ ...totals, ledgers })
      return { ...totals, path, bytes: writer.bytes, holdsSecret: !secret.isGiven }
    } catch (error) {
      await writer.abandon()
      throw error
    }
  } finally {
    await snapshot.close()
  }
}

/** Every row, in chunks; `columns` says of which tables, `texts` first, and of those which columns. */
export async function writeTables(parts: {
  readonly writer: BackupWriter
  readonly reader: Reader
  readonly columns: ReadonlyMap<TableName, readonly string[]>
  readonly tally: Tally
  readonly progress: Progress | undefined
}): Promise<void> {
  const { writer, reader, columns, tally, progress } = parts
  const total = await countCopied(reader, [...columns.keys()])
  let done = 0
  for (const [table, names] of columns) {
    let chunk: { lines: string[]; size: number; first: Row; last: Row } | undefined
    const flush = async () => {
      if (!chunk) return
      const { lines, first, last } = chunk
      chunk = undefined
      const about = { table, rows: lines.length, first: keyOf(table, first), last: keyOf(table, last) }
      await writer.rows(lines.join('\n'), about)
    }
    for await (const { rows } of pagesOf(reader, table, { columns: names })) {
      tally.add(table, rows)
      for (const row of rows) {
        const line = JSON.stringify(Object.values(row))
        chunk ??= { lines: [], size: 0, first: row, last: row }
        chunk.lines.push(line)
        chunk.size += line.length
        chunk.last = row
        if (chunk.size >= CHUNK_CHARACTERS) await flush()
      }
      done += rows.length
      progress?.({ what: `Copying ${words(table)}`, done, total })
    }
    await flush()
  }
}

const words = (table: TableName): string => table.replaceAll('_', ' ')

export async function epochOf(reader: Reader): Promise<string> {
  const [row] = await reader.lookup('meta', ['key'], [{ key: 'epoch' }])
  if (!row) throw new StartError('The database was never started: there is nothing to copy yet.')
  return row.value
}

export async function schemaOf(reader: Reader): Promise<string[]> {
  const rows = await reader.all(
    raw<object, { name: string }>('schema', 'select name from kysely_migration order by name', []),
    {},
  )
  return rows.map(({ name }) => name)
}

/** Ids of the ledgers that instances of this database have written to. */
async function ledgersIn(reader: Reader): Promise<string[]> {
  const rows = await reader.all(
    raw<object, { key: string }>('ledgers', `select key from meta where key like 'ledger:%' order by key`, []),
    {},
  )
  return rows.map(({ key }) => key.slice('ledger:'.length))
}
