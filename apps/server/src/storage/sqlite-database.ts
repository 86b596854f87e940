import { Database as Handle, type Statement as Prepared, type SQLQueryBindings } from 'bun:sqlite'
import { accessSync, constants, existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { Kysely } from 'kysely'
import { Refusal } from '../rules/refusal.ts'
import type { Database, Reader, Writer } from './database.ts'
import { migrate } from './migrate.ts'
import { migrationDialect } from './migration-dialect.ts'
import type { Snapshot } from './snapshot.ts'
import { StartError } from './start-error.ts'
import { bind, type CompiledStatement, type Statement } from './statement.ts'
import { COLUMNS, type TableName, type Tables } from './tables.ts'
import { WalSync } from './wal-sync.ts'

export interface SqliteOptions {
  readonly dataFolder: string
  /** `full` (the default) survives power loss. `off` is for simulations and for measuring what the sync costs. */
  readonly synchronous?: 'full' | 'off'
  /** The last migration to apply, to fill the tables of an older backup. Default: all. */
  readonly upTo?: string
  /** The write-ahead log is emptied so long after a text was overwritten, in milliseconds. Default: half a minute. */
  readonly scrubAfterMs?: number
}

/** Until then the old text stands in the write-ahead log, where nobody but whoever has the file can read it. (SPEC D2) */
const SCRUB_AFTER_MS = 30_000

/** Opens `parley.db` in the data folder, made and migrated if need be. Errors: `StartError` with the remedy in words. */
export async function openSqlite(options: SqliteOptions): Promise<Database> {
  const { dataFolder } = options
  prepareFolder(dataFolder)
  const lock = lockFolder(dataFolder)
  try {
    const file = join(dataFolder, 'parley.db')
    const handle = openHandle(file, options)
    const setUp = new Kysely<unknown>({ dialect: migrationDialect('sqlite', executeOn(handle)) })
    await migrate(setUp, 'sqlite', options.upTo)
    // Whoever was killed may have left what was erased in the write-ahead log.
    handle.run('pragma wal_checkpoint(truncate)')
    const { scrubAfterMs = SCRUB_AFTER_MS } = options
    return new SqliteDatabase({ file, handle, lock, isSynced: options.synchronous !== 'off', scrubAfterMs })
  } catch (error) {
    lock.close()
    throw explained(error, dataFolder)
  }
}

/** Whether a move of this database to PostgreSQL came to its end; see `backup/move-notes.ts`. */
export async function hasMovedAway(db: Database): Promise<boolean> {
  const isAway = (sql: string) =>
    db.read((reader) => reader.first({ compile: () => ({ sql, name: sql, values: [] }) }, {}))
  if (!(await isAway(`select name from sqlite_schema where name = 'move'`))) return false
  return (await isAway('select id from move where ended_at is not null')) !== undefined
}

/** Reads `parley.db` beside whoever holds the folder. Errors: `StartError` when there is none. */
export async function openSqliteSnapshot(dataFolder: string): Promise<Snapshot> {
  const file = join(dataFolder, 'parley.db')
  if (!existsSync(file))
    throw new StartError(
      `There is no database in ${dataFolder}. Say where it is with PARLEY_DATA, or PARLEY_DATABASE_URL for PostgreSQL.`,
    )
  let reader: SqliteConnection
  try {
    const handle = new Handle(file, { readonly: true })
    handle.run('pragma busy_timeout = 5000')
    // What is read passes once: the kernel's cache is enough.
    handle.run('pragma cache_size = -4096')
    handle.run('begin')
    // A transaction of SQLite's begins with its first read.
    handle.run('select count(*) from sqlite_schema')
    reader = new SqliteConnection(handle)
  } catch (error) {
    throw explained(error, dataFolder)
  }
  return {
    dialect: 'sqlite',
    reader,
    async renew() {
      reader.handle.run('commit')
      reader.handle.run('begin')
      reader.handle.run('select count(*) from sqlite_schema')
    },
    async close() {
      reader.handle.run('commit')
      reader.close()
    },
  }
}

interface SqliteParts {
  readonly file: string
  readonly handle: Handle
  readonly lock: Handle
  readonly isSynced: boolean
  readonly scrubAfterMs: number
}

class SqliteDatabase implements Database {
  readonly dialect = 'sqlite'
  readonly writers = 1
  readonly #file: string
  readonly #handle: Handle
  readonly #lock: Handle
  readonly #writer: SqliteConnection
  readonly #idleReaders: SqliteConnection[] = []
  readonly #wal: WalSync | undefined
  readonly #scrubAfterMs: number
  #scrubbing: NodeJS.Timeout | undefined
  #isClosed = false
  #queue: Promise<unknown> = Promise.resolve()
  #lastTextId: number

  constructor({ file, handle, lock, isSynced, scrubAfterMs }: SqliteParts) {
    this.#file = file
    this.#scrubAfterMs = scrubAfterMs
    this.#handle = handle
    this.#lock = lock
    this.#writer = new SqliteConnection(handle)
    const row = handle.query<{ last: number | null }, []>('select max(id) as last from texts').get()
    this.#lastTextId = row?.last ?? 0
    if (!isSynced) return
    // From here on every commit is synced by `WalSync`; SQLite still syncs before and after each checkpoint. (SPEC S2)
    handle.run('pragma synchronous = normal')
    this.#wal = new WalSync(`${file}-wal`)
  }

  write<T>(work: (writer: Writer) => Promise<T>, committed?: () => void): Promise<T> {
    return this.#durably(async () => {
      this.#handle.run('begin immediate')
      try {
        const result = await work(this.#writer)
        this.#handle.run('commit')
        if (this.#writer.takeErasing()) this.#scrubSoon()
        return { result, synced: this.#wal?.sync() }
      } catch (error) {
        if (this.#handle.inTransaction) this.#handle.run('rollback')
        throw isFull(error) ? new Refusal('storage-full') : error
      }
    }, committed)
  }

  async read<T>(work: (reader: Reader) => Promise<T>): Promise<T> {
    const reader = this.#idleReaders.pop() ?? this.#openReader()
    reader.handle.run('begin')
    try {
      return await work(reader)
    } finally {
      reader.handle.run('commit')
      this.#idleReaders.push(reader)
      // Nobody is told of what a power cut could still undo: its seq would be given to something else. (SPEC S2)
      await this.#wal?.settled()
    }
  }

  takeTextIds(count: number): number {
    const first = this.#lastTextId + 1
    this.#lastTextId += count
    return first
  }

  scrub(): Promise<boolean> {
    return this.#inTurn(async () => {
      const row = this.#handle.query<{ busy: number }, []>('pragma wal_checkpoint(truncate)').get()
      return row?.busy === 0
    })
  }

  async close(): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#scrubbing)
    await this.#inTurn(async () => {
      await this.#wal?.close()
      for (const reader of this.#idleReaders) reader.close()
      this.#writer.close()
      this.#lock.close()
    })
  }

  // Not at once: a text is overwritten with every edit, and each time costs the writing of all that the log holds.
  #scrubSoon(): void {
    if (this.#scrubbing !== undefined || this.#isClosed) return
    this.#scrubbing = setTimeout(async () => {
      this.#scrubbing = undefined
      // What holds it now, a reader or a full disk, may be gone the next time.
      const isDone = await this.#scrubSound().catch(() => false)
      if (!isDone) this.#scrubSoon()
    }, this.#scrubAfterMs)
    this.#scrubbing.unref()
  }

  async #scrubSound(): Promise<boolean> {
    // What could not be synced must not reach the database either.
    this.#wal?.assertSound()
    return this.scrub()
  }

  #openReader(): SqliteConnection {
    const handle = new Handle(this.#file, { readonly: true })
    handle.run('pragma busy_timeout = 1000')
    return new SqliteConnection(handle)
  }

  /**
   * Does it in turn and resolves when it is on disk; `committed` is called before that, when the next may begin. `work` asks
   * for the sync in the same breath as it commits, so that no reader comes in between.
   */
  async #durably<T>(
    work: () => Promise<{ result: T; synced: Promise<void> | undefined }>,
    committed?: () => void,
  ): Promise<T> {
    const { result, synced } = await this.#inTurn(() => {
      this.#wal?.assertSound()
      return work()
    })
    committed?.()
    await synced
    return result
  }

  // One writer, one queue: a second connection that writes would freeze the whole process for the busy timeout. (SPEC B1)
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#queue.then(work, work)
    this.#queue = turn.catch(() => undefined)
    return turn
  }
}

class SqliteConnection implements Writer {
  readonly handle: Handle
  readonly #statements = new Map<string, Prepared>()
  #hasErased = false

  constructor(handle: Handle) {
    this.handle = handle
  }

  /** Whether a text was overwritten since this was last asked. */
  takeErasing(): boolean {
    const hasErased = this.#hasErased
    this.#hasErased = false
    return hasErased
  }

  async all<Params, Row>(statement: Statement<Params, Row>, params: Params): Promise<Row[]> {
    const compiled = statement.compile('sqlite')
    return this.#prepared(compiled.sql).all(...encode(compiled, params)) as Row[] // as: Kysely typed the statement
  }

  async first<Params, Row>(statement: Statement<Params, Row>, params: Params): Promise<Row | undefined> {
    const compiled = statement.compile('sqlite')
    // as: Kysely typed the statement; Bun answers null for no row.
    return (this.#prepared(compiled.sql).get(...encode(compiled, params)) as Row | null) ?? undefined
  }

  async run<Params>(statement: Statement<Params, unknown>, params: Params): Promise<number> {
    const compiled = statement.compile('sqlite')
    const { changes } = this.#prepared(compiled.sql).run(...encode(compiled, params))
    if (changes > 0 && compiled.sql.includes('zeroblob(')) this.#hasErased = true
    return changes
  }

  async lookup<T extends TableName, K extends keyof Tables[T] & string>(
    table: T,
    columns: readonly K[],
    keys: readonly Pick<Tables[T], K>[],
  ): Promise<Tables[T][]> {
    if (keys.length === 0) return []
    const prepared = this.#prepared(lookupSql(table, columns))
    const rows: Tables[T][] = []
    // Measured: `all` once per key costs half of what `iterate` does, and a list of keys as JSON more than both.
    for (const key of keys) {
      const values = columns.map((column) => key[column]) as SQLQueryBindings[] // as: columns hold text and numbers only
      for (const row of prepared.all(...values)) rows.push(row as Tables[T]) // as: the SQL names exactly these columns
    }
    return rows
  }

  async insert<T extends TableName>(table: T, rows: readonly Tables[T][]): Promise<void> {
    const columns = Object.keys(COLUMNS[table]) as (keyof Tables[T])[] // as: COLUMNS is typed by Tables
    const prepared = this.#prepared(insertSql(table))
    // Measured: one prepared row at a time is faster than several rows in one statement, and this loop than `map`.
    const values: SQLQueryBindings[] = new Array(columns.length)
    for (const row of rows) {
      let place = 0
      for (const column of columns) values[place++] = row[column] as SQLQueryBindings // as: columns hold text and numbers only
      prepared.run(...values)
    }
  }

  async lockStreams(ids: readonly Tables['streams']['id'][]): Promise<Tables['streams'][]> {
    return this.lookup(
      'streams',
      ['id'],
      ids.map((id) => ({ id })),
    )
  }

  async moveStreams(rows: readonly Tables['streams'][]): Promise<void> {
    const prepared = this.#prepared('update streams set head = ?, number = ? where id = ?')
    for (const row of rows) prepared.run(row.head, row.number, row.id)
  }

  close(): void {
    for (const prepared of this.#statements.values()) prepared.finalize()
    this.handle.close()
  }

  #prepared(sql: string): Prepared {
    const known = this.#statements.get(sql)
    if (known) return known
    const fresh = this.handle.prepare(sql)
    this.#statements.set(sql, fresh)
    return fresh
  }
}

function encode(compiled: CompiledStatement, params: unknown): SQLQueryBindings[] {
  // as: parameters are text, numbers or null; arrays travel as JSON for json_each.
  return bind(compiled, params).map((value) =>
    Array.isArray(value) ? JSON.stringify(value) : value,
  ) as SQLQueryBindings[]
}

const lookupCache = new Map<string, string>()
function lookupSql(table: TableName, columns: readonly string[]): string {
  const key = `${table} ${columns.join()}`
  const known = lookupCache.get(key)
  if (known) return known
  const selected = Object.entries(COLUMNS[table]).map(([name, kind]) =>
    kind === 'body' ? `cast(${name} as text) as ${name}` : name,
  )
  const sql = `select ${selected.join(', ')} from ${table} where ${columns.map((column) => `${column} = ?`).join(' and ')}`
  lookupCache.set(key, sql)
  return sql
}

const insertCache = new Map<TableName, string>()
function insertSql(table: TableName): string {
  const known = insertCache.get(table)
  if (known) return known
  const entries = Object.entries(COLUMNS[table])
  const places = entries.map(([, kind]) => (kind === 'body' ? 'cast(? as blob)' : '?'))
  const sql = `insert into ${table} (${entries.map(([name]) => name).join(', ')}) values (${places.join(', ')})`
  insertCache.set(table, sql)
  return sql
}

function executeOn(handle: Handle) {
  return async (sql: string, values: readonly unknown[]) => {
    const prepared = handle.prepare(sql)
    try {
      const bindings = values as SQLQueryBindings[] // as: Kysely gives text, numbers and null
      if (prepared.columnNames.length > 0) return { rows: prepared.all(...bindings), changed: 0 }
      return { rows: [], changed: prepared.run(...bindings).changes }
    } finally {
      prepared.finalize()
    }
  }
}

function openHandle(file: string, options: SqliteOptions): Handle {
  const handle = new Handle(file, { create: true, readwrite: true })
  handle.run('pragma busy_timeout = 0')
  handle.run('pragma journal_mode = wal')
  handle.run(`pragma synchronous = ${options.synchronous ?? 'full'}`) // While migrations run; then see `WalSync`.
  // In pages. Hot pages are rewritten by every batch, so copying them back every 1,000 pages costs more than it saves.
  handle.run('pragma wal_autocheckpoint = 8000')
  // A table's first page is copied when it gets full, and would keep what it held for good. (SPEC D2)
  handle.run('pragma secure_delete = fast')
  handle.run('pragma temp_store = memory')
  // In KiB. Enough for every page that a batch touches; for the rest the kernel's cache is as good and is not ours to hold.
  handle.run('pragma cache_size = -16384')
  handle.run('pragma foreign_keys = off')
  return handle
}

function prepareFolder(dataFolder: string): void {
  try {
    mkdirSync(dataFolder, { recursive: true, mode: 0o700 })
    accessSync(dataFolder, constants.W_OK)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new StartError(
      `The data folder ${dataFolder} cannot be written (${reason}). Choose another with PARLEY_DATA.`,
    )
  }
}

// The kernel frees this lock when the process ends in whatever way, so `kill -9` leaves nothing to clean up. (SPEC B4)
function lockFolder(dataFolder: string): Handle {
  let lock: Handle | undefined
  try {
    lock = new Handle(join(dataFolder, 'lock.db'), { create: true, readwrite: true })
    lock.run('pragma busy_timeout = 0')
    lock.run('begin exclusive')
    return lock
  } catch (error) {
    lock?.close()
    if (codeOf(error).startsWith('SQLITE_BUSY')) {
      throw new StartError(
        `Another Parley is using the data folder ${dataFolder}. Stop it, or choose another with PARLEY_DATA.`,
      )
    }
    throw explained(error, dataFolder)
  }
}

function explained(error: unknown, dataFolder: string): unknown {
  if (isFull(error))
    return new StartError(`The disk that holds ${dataFolder} is full. Free some space and start again.`)
  const code = codeOf(error)
  if (code.startsWith('SQLITE_READONLY') || code.startsWith('SQLITE_CANTOPEN') || code === 'SQLITE_PERM') {
    return new StartError(`The data folder ${dataFolder} cannot be written (${code}). Choose another with PARLEY_DATA.`)
  }
  if (code === 'SQLITE_NOTADB' || code.startsWith('SQLITE_CORRUPT')) {
    return new StartError(
      `${join(dataFolder, 'parley.db')} is not a readable database (${code}). Restore a backup. Nothing was changed.`,
    )
  }
  return error
}

function isFull(error: unknown): boolean {
  const code = codeOf(error)
  // The last two are what SQLite says of a quota and of a file that may not grow.
  return ['SQLITE_FULL', 'ENOSPC', 'EDQUOT', 'EFBIG', 'SQLITE_IOERR_WRITE', 'SQLITE_IOERR_SHMSIZE'].includes(code)
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}
