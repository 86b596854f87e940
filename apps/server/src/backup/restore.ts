import { existsSync, mkdirSync } from 'node:fs'
import { newId } from '@parley/protocol'
import { localFanout } from '../fanout/local-fanout.ts'
import { openLog } from '../log.ts'
import { openState } from '../open-state.ts'
import { StartError } from '../start-error.ts'
import type { Database, Writer } from '../storage/database.ts'
import { EraseLedger } from '../storage/erase-ledger.ts'
import { migrations } from '../storage/migrate.ts'
import { raw } from '../storage/table-pages.ts'
import { writeUnfinished } from '../storage/unfinished.ts'
import { type Applied, applyLedgers } from './apply-ledgers.ts'
import { schemaOf } from './back-up.ts'
import { BackupDamage, type Header, type Manifest } from './backup-format.ts'
import { BackupReader } from './backup-reader.ts'
import { keyFor } from './backup-rows.ts'
import { fill } from './fill.ts'
import { keepInstanceSecret } from './instance-secret.ts'
import { type Ledger, parseLedger, readLedger } from './ledger-lines.ts'
import type { Progress } from './progress.ts'

export interface RestoreOptions {
  readonly path: string
  readonly dataFolder: string
  readonly databaseUrl?: string | undefined
  /** From PARLEY_SECRET_FILE. */
  readonly secret?: string | undefined
  /** Files, or folders that hold `erased.jsonl`. That of the data folder is taken by itself. */
  readonly ledgers: readonly string[]
  /** Everybody has to sign in again: sessions that were ended since the backup do not come back to life. */
  readonly signsOut?: boolean
  readonly progress?: Progress
}

export interface Restored {
  readonly header: Header
  readonly manifest: Manifest
  readonly rows: number
  readonly applied: Applied
  /** Ids of ledgers that instances wrote before the backup was made and nobody gave: what they erased since comes back. */
  readonly missing: readonly string[]
  /** Folders given for their ledger that hold none: nothing was erased there, or they are the wrong ones. */
  readonly withoutLedger: readonly string[]
  /** Lines of ledgers that could not be read. */
  readonly broken: readonly string[]
  readonly epoch: string
}

/**
 * Puts a backup into an empty database of either kind, holds what lies there against the manifest, erases again what the
 * ledgers name, and begins a new epoch, so that clients start afresh. Until its end nobody can serve the database; after a
 * failure it can be begun again. Errors: `StartError`.
 */
export async function restore(options: RestoreOptions): Promise<Restored> {
  const { dataFolder } = options
  const given = await Promise.all(options.ledgers.map(readLedger))
  const here = `${dataFolder}/erased.jsonl`
  if (existsSync(here)) given.push(await readLedger(here))
  let reader: BackupReader | undefined
  try {
    reader = await BackupReader.open(options.path)
    return await restoreFrom(reader, options, given)
  } catch (error) {
    if (!(error instanceof BackupDamage)) throw error
    throw new StartError(
      `The backup is damaged: ${error.message}. "parley verify ${options.path}" says more. Nothing was restored.`,
    )
  } finally {
    await reader?.close()
  }
}

async function restoreFrom(reader: BackupReader, options: RestoreOptions, given: readonly Ledger[]): Promise<Restored> {
  const { dataFolder, databaseUrl, progress } = options
  const header = await reader.header(keyFor(options.secret))
  requireKnownSchema(header)
  const manifest = await reader.manifest()
  mkdirSync(dataFolder, { recursive: true, mode: 0o700 })
  await requireNoServer(databaseUrl)
  const first = await open(options, header.schema.at(-1))
  let rows: number
  try {
    await requireSameSchema(first, header)
    rows = await fill(first, { reader, header, manifest, progress, key: keyFor(options.secret)(header) })
  } finally {
    await first.close()
  }
  const db = await open(options)
  const own = await ledgerIn(reader, manifest)
  const applied = await applyLedgers({ db, own, others: given, madeAt: header.madeAt })
  await db.write((writer) => settle(writer, options, header))
  await keepLines(dataFolder, [own, ...given])
  progress?.({ what: 'Erasing what the ledgers name', done: 0, total: 1 })
  const epoch = newId<string>()
  // What closings and deletions leave to do is done before anybody is served.
  const state = await openState({
    config: { dataFolder, ...(options.secret !== undefined && { secret: options.secret }) },
    log: openLog('silent'),
    fanout: localFanout(() => undefined),
    occupancy: {
      occupants: (roomId) => ({ roomId, count: 0, people: [], version: 0 }),
      activeRooms: () => new Map(),
    },
    db,
  })
  try {
    await state.eraser.settled()
    await state.forgetting.settled()
    await db.write(async (writer) => {
      await writer.run(raw('new epoch', newEpochSql(db.dialect), ['value']), { value: epoch })
      await writeUnfinished(writer, undefined)
    })
  } finally {
    await state.state.close()
  }
  const known = new Set(given.flatMap(({ ids }) => ids))
  return {
    header,
    manifest,
    rows,
    applied,
    missing: manifest.ledgers.filter((id) => !known.has(id)),
    withoutLedger: given.flatMap(({ from, isAbsent }) => (isAbsent ? [from] : [])),
    broken: given.flatMap(({ from, broken }) => broken.map((line) => `${from}, line ${line}`)),
    epoch,
  }
}

async function requireNoServer(databaseUrl: string | undefined): Promise<void> {
  if (databaseUrl === undefined) return // The lock on the data folder tells.
  const { countInstances } = await import('../storage/postgres-database.ts')
  const count = await countInstances(databaseUrl)
  if (count > 0) throw new StartError('A Parley is running on this PostgreSQL database. Stop every instance first.')
}

async function open({ dataFolder, databaseUrl }: RestoreOptions, upTo?: string): Promise<Database> {
  const schema = upTo === undefined ? {} : { upTo }
  if (databaseUrl !== undefined) {
    const { openPostgres } = await import('../storage/postgres-database.ts')
    return openPostgres({ url: databaseUrl, ...schema })
  }
  const { openSqlite } = await import('../storage/sqlite-database.ts')
  return openSqlite({ dataFolder, ...schema })
}

/** Before anything is made: tables of a schema that is still to be invented cannot be filled. */
function requireKnownSchema(header: Header): void {
  const known = Object.keys(migrations('sqlite'))
  const unknown = header.schema.filter((name) => !known.includes(name))
  if (unknown.length === 0) return
  throw new StartError(
    `The backup was made by a newer Parley (it has "${unknown.join('", "')}"). Restore it with that version. Nothing was changed.`,
  )
}

/** The tables are those of the backup's time; they are brought up to date when they are full. */
async function requireSameSchema(db: Database, header: Header): Promise<void> {
  const here = await db.read(schemaOf)
  if (here.length <= header.schema.length) return
  throw new StartError(
    'The backup is of an older Parley, and this database was opened by a newer one already. Restore it into one that was never started.',
  )
}

async function settle(writer: Writer, options: RestoreOptions, header: Header): Promise<void> {
  if (options.signsOut) await writer.run(raw('sign out', 'delete from sessions', []), {})
  if (header.secret === undefined) return
  const { dataFolder, databaseUrl, secret } = options
  const dialect = databaseUrl === undefined ? 'sqlite' : 'postgres'
  await keepInstanceSecret({ dialect, dataFolder, given: secret }, writer, header.secret)
}

async function ledgerIn(reader: BackupReader, manifest: Manifest): Promise<Ledger> {
  const index = manifest.frames.findIndex(({ kind }) => kind === 'ledger')
  const entry = manifest.frames[index]
  return parseLedger('the backup', entry ? (await reader.frame(entry, index)).text : '')
}

/** The next backup's ledger names all of them. */
async function keepLines(dataFolder: string, ledgers: readonly Ledger[]): Promise<void> {
  const here = ledgers.find(({ from }) => from === `${dataFolder}/erased.jsonl`)
  const known = new Set(here?.lines.map((line) => JSON.stringify(line)))
  const lines = ledgers
    .flatMap((ledger) => ledger.lines)
    .filter((line) => {
      const text = JSON.stringify(line)
      return !known.has(text) && known.add(text)
    })
  if (lines.length === 0) return
  const ledger = new EraseLedger(dataFolder)
  await ledger.write(lines)
  await ledger.close()
}

const newEpochSql = (dialect: Database['dialect']): string =>
  `update meta set value = ${dialect === 'sqlite' ? '?' : '$1'} where key = 'epoch'`
