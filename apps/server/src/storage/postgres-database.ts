import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import { Refusal } from '../rules/refusal.ts'
import type { Database, Reader, Writer } from './database.ts'
import { pause } from './job-loop.ts'
import { migrate } from './migrate.ts'
import type { Snapshot } from './snapshot.ts'
import { StartError } from './start-error.ts'
import { bind, type Statement } from './statement.ts'
import { COLUMNS, type TableName, type Tables } from './tables.ts'

export interface PostgresOptions {
  readonly url: string
  /** Where the address was given, for what is said when it is wrong. Default: `PARLEY_DATABASE_URL`. */
  readonly source?: string
  /** Write transactions at once; as many readers again. */
  readonly writers?: number
  /** A statement without an answer for this long counts as a lost connection. */
  readonly silenceMs?: number
  /** The last migration to apply, to fill the tables of an older backup. Default: all. */
  readonly upTo?: string
}

const TEXTS_PER_BLOCK = 2_048
const ATTEMPTS = 3
/** A PostgreSQL that is away is waited for so long, as a restart or a fail-over takes; clients ask again after ten seconds. */
const PATIENCE_MS = 8_000
const FIRST_WAIT_MS = 50
const LONGEST_WAIT_MS = 1_000
const SILENCE_MS = 15_000
const INT8 = 20

// int8 is parsed to number: times and counters stay far below 2^53. (SPEC C3)
const types = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') =>
    oid === INT8 ? Number : pg.types.getTypeParser(oid, format ?? 'text'),
}

/** Connects, checks that the server keeps what it acknowledges, and migrates. Errors: `StartError` with the remedy in words. */
export async function openPostgres(options: PostgresOptions): Promise<Database> {
  const writers = options.writers ?? 6
  const pool = new pg.Pool({
    ...addressOf(options.url),
    max: writers * 2,
    types,
    application_name: 'parley',
    connectionTimeoutMillis: 10_000,
    // A database that vanishes without a word would otherwise hold a room's batch until the kernel gives up, in a quarter hour.
    query_timeout: options.silenceMs ?? SILENCE_MS,
    keepAlive: true,
  })
  survivesLosses(pool)
  try {
    await checkServer(pool)
    await migrateAt(options)
    return new PostgresDatabase(pool, writers)
  } catch (error) {
    await pool.end()
    throw explained(error, options.source)
  }
}

/** A connection that breaks is thrown away by its pool; without a listener it would end the process. */
export function survivesLosses(pool: pg.Pool): void {
  const ignore = () => undefined
  pool.on('error', ignore)
  // The pool listens to the idle ones alone; one that breaks while it is being closed would have nobody.
  pool.on('connect', (client) => client.on('error', ignore))
}

/** Of several instances that start at once one migrates and the others wait for it, however long it takes. */
async function migrateAt({ url, upTo }: PostgresOptions): Promise<void> {
  const connection = { connectionString: url, application_name: 'parley migrating', connectionTimeoutMillis: 10_000 }
  const pool = new pg.Pool({ ...connection, max: 2, types, keepAlive: true })
  survivesLosses(pool)
  try {
    await migrate(new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) }), 'postgres', upTo)
  } finally {
    await pool.end()
  }
}

/** Reads the database beside whoever serves it. Errors: `StartError` with the remedy in words. */
export async function openPostgresSnapshot(url: string): Promise<Snapshot> {
  const client = new pg.Client({ connectionString: url, types, application_name: 'parley copy', keepAlive: true })
  client.on('error', () => undefined) // The next statement tells.
  const begin = 'begin transaction isolation level repeatable read read only'
  try {
    await client.connect()
    await client.query(begin)
    await client.query('select 1 from kysely_migration limit 1') // A transaction's moment is that of its first statement.
  } catch (error) {
    await client.end().catch(() => undefined)
    if (codeOf(error) === '42P01') throw new StartError('The PostgreSQL database holds no Parley.')
    throw explained(error)
  }
  return {
    dialect: 'postgres',
    reader: new PostgresConnection(client),
    async renew() {
      await client.query('commit')
      await client.query(begin)
      await client.query('select 1')
    },
    close: () => client.end(),
  }
}

/** How many connections of running instances the database has. Errors: `StartError` with the remedy in words. */
export async function countInstances(url: string): Promise<number> {
  const client = new pg.Client({ connectionString: url, types, application_name: 'parley copy' })
  client.on('error', () => undefined)
  try {
    await client.connect()
    const { rows } = await client.query<{ count: number }>(
      `select count(*) as count from pg_stat_activity where datname = current_database() and application_name = 'parley'`,
    )
    return rows[0]?.count ?? 0
  } catch (error) {
    throw explained(error)
  } finally {
    await client.end().catch(() => undefined)
  }
}

// A paused or partitioned instance must not hold a room's lock for everybody. (SPEC C2)
const TIMEOUTS = '-c idle_in_transaction_session_timeout=2000 -c lock_timeout=3000'

/** The operator's own `?options=` come first and ours after them: what stands in the address alone would replace ours. */
function addressOf(text: string): { connectionString: string; options: string } {
  const url = new URL(text)
  const own = url.searchParams.get('options')
  url.searchParams.delete('options')
  return { connectionString: url.href, options: own === null ? TIMEOUTS : `${own} ${TIMEOUTS}` }
}

class PostgresDatabase implements Database {
  readonly dialect = 'postgres'
  readonly writers: number
  readonly #pool: pg.Pool
  #textIds = { next: 0, end: 0 }
  #block: Promise<void> | undefined

  constructor(pool: pg.Pool, writers: number) {
    this.#pool = pool
    this.writers = writers
  }

  async write<T>(work: (writer: Writer) => Promise<T>): Promise<T> {
    try {
      return await this.#repeating('begin', work)
    } catch (error) {
      const code = codeOf(error)
      if (code === '55P03') throw new Refusal('busy', { retryAfterMs: 500 })
      if (code === '53100' || code === '53200') throw new Refusal('storage-full')
      throw lossOf(error)
    }
  }

  async read<T>(work: (reader: Reader) => Promise<T>): Promise<T> {
    try {
      return await this.#repeating('begin transaction isolation level repeatable read read only', work)
    } catch (error) {
      // Nobody locks readers out but who rewrites a table: `parley erase --physical`, or an operator.
      if (codeOf(error) === '55P03') throw new Refusal('busy', { retryAfterMs: 500 })
      throw error
    }
  }

  async takeTextIds(count: number): Promise<number> {
    if (count > TEXTS_PER_BLOCK) throw new Error(`Nobody needs ${count} texts at once.`)
    while (this.#textIds.next + count > this.#textIds.end) {
      this.#block ??= this.#takeBlock()
      await this.#block
    }
    const first = this.#textIds.next
    this.#textIds.next += count
    return first
  }

  // PostgreSQL does not overwrite pages; the bytes go with `parley erase --physical`. (SPEC D3)
  async scrub(): Promise<boolean> {
    return true
  }

  async close(): Promise<void> {
    await this.#pool.end()
  }

  async #takeBlock(): Promise<void> {
    try {
      const result = await this.#pool.query<{ block: number }>(`select nextval('text_blocks') as block`)
      const block = Number(result.rows[0]?.block)
      this.#textIds = { next: block * TEXTS_PER_BLOCK, end: (block + 1) * TEXTS_PER_BLOCK }
    } catch (error) {
      throw lossOf(error)
    } finally {
      this.#block = undefined // Whether it succeeded or not: the next one who needs a number asks again.
    }
  }

  /** Again at once after a conflict; with growing pauses while PostgreSQL is away. */
  async #repeating<T>(begin: string, work: (connection: PostgresConnection) => Promise<T>): Promise<T> {
    const begun = performance.now()
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#transaction(begin, work)
      } catch (error) {
        const isAway = isConnectionLoss(error)
        const isPatient = isAway && performance.now() - begun < PATIENCE_MS
        if (!mayRepeat(error) || (attempt >= ATTEMPTS && !isPatient)) throw error
        if (isAway) await pause(Math.random() * Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** attempt))
      }
    }
  }

  async #transaction<T>(begin: string, work: (connection: PostgresConnection) => Promise<T>): Promise<T> {
    const client = await this.#pool.connect()
    let broken: Error | undefined
    const noteBroken = (error: Error) => {
      broken = error
    }
    client.on('error', noteBroken)
    try {
      await client.query(begin)
      const result = await work(new PostgresConnection(client))
      await client.query('commit')
      return result
    } catch (error) {
      if (!broken && !isConnectionLoss(error)) {
        await client.query('rollback').catch(noteBroken)
      } else {
        broken ??= error instanceof Error ? error : new Error(String(error))
      }
      throw error
    } finally {
      client.off('error', noteBroken)
      client.release(broken)
    }
  }
}

class PostgresConnection implements Writer {
  readonly #client: pg.ClientBase

  constructor(client: pg.ClientBase) {
    this.#client = client
  }

  async all<Params, Row>(statement: Statement<Params, Row>, params: Params): Promise<Row[]> {
    return (await this.#query(statement, params)).rows as Row[] // as: Kysely typed the statement
  }

  async first<Params, Row>(statement: Statement<Params, Row>, params: Params): Promise<Row | undefined> {
    return (await this.#query(statement, params)).rows[0] as Row | undefined // as: Kysely typed the statement
  }

  async run<Params>(statement: Statement<Params, unknown>, params: Params): Promise<number> {
    return (await this.#query(statement, params)).rowCount ?? 0
  }

  async lookup<T extends TableName, K extends keyof Tables[T] & string>(
    table: T,
    columns: readonly K[],
    keys: readonly Pick<Tables[T], K>[],
  ): Promise<Tables[T][]> {
    if (keys.length === 0) return []
    const kinds: Readonly<Record<string, string>> = COLUMNS[table]
    const arrays = columns.map((column, index) => `$${index + 1}::${arrayType(kinds[column])}`)
    const aliases = columns.map((_, index) => `k${index}`)
    const matches = columns.map((column, index) => `t.${column} = k.k${index}`)
    const text = `select t.* from ${table} t join (select distinct * from unnest(${arrays.join(', ')}) as u(${aliases.join(', ')})) k on ${matches.join(' and ')}`
    const values = columns.map((column) => keys.map((key) => key[column]))
    const result = await this.#client.query({ name: `lookup ${table} ${columns.join()}`, text, values })
    return result.rows as Tables[T][] // as: the whole row of this table
  }

  async insert<T extends TableName>(table: T, rows: readonly Tables[T][]): Promise<void> {
    if (rows.length === 0) return
    const entries = Object.entries(COLUMNS[table]) as [keyof Tables[T] & string, string][] // as: COLUMNS is typed by Tables
    const arrays = entries.map(([, kind], index) => `$${index + 1}::${arrayType(kind)}`)
    const text = `insert into ${table} (${entries.map(([name]) => name).join(', ')}) select * from unnest(${arrays.join(', ')})`
    const values = entries.map(([name]) => rows.map((row) => row[name]))
    await this.#client.query({ name: `insert ${table}`, text, values })
  }

  async lockStreams(ids: readonly Tables['streams']['id'][]): Promise<Tables['streams'][]> {
    if (ids.length === 0) return []
    const result = await this.#client.query<Tables['streams']>({
      name: 'lock streams',
      text: 'select id, head, floor, number from streams where id = any($1::text[]) order by id for update',
      values: [ids],
    })
    return result.rows
  }

  async moveStreams(rows: readonly Tables['streams'][]): Promise<void> {
    if (rows.length === 0) return
    await this.#client.query({
      name: 'move streams',
      text: 'update streams s set head = k.head, number = k.number from unnest($1::text[], $2::int8[], $3::int8[]) as k(id, head, number) where s.id = k.id',
      values: [rows.map((row) => row.id), rows.map((row) => row.head), rows.map((row) => row.number)],
    })
  }

  #query<Params>(statement: Statement<Params, unknown>, params: Params): Promise<pg.QueryResult> {
    const compiled = statement.compile('postgres')
    return this.#client.query({ name: compiled.name, text: compiled.sql, values: bind(compiled, params) })
  }
}

const arrayType = (kind: string | undefined): string => (kind === 'int' ? 'int8[]' : 'text[]')

async function checkServer(pool: pg.Pool): Promise<void> {
  const { rows } = await pool.query<{ name: string; setting: string }>(
    `select name, setting from pg_settings where name in ('server_version_num', 'fsync', 'synchronous_commit', 'full_page_writes', 'server_encoding')`,
  )
  const settings = new Map(rows.map((row) => [row.name, row.setting]))
  if (Number(settings.get('server_version_num')) < 130_000) {
    throw new StartError('PostgreSQL is too old: Parley needs version 13 or newer.')
  }
  for (const name of ['fsync', 'synchronous_commit', 'full_page_writes']) {
    if (settings.get(name) === 'off') {
      throw new StartError(`PostgreSQL runs with ${name} = off, so it may lose what it acknowledged. Set ${name} = on.`)
    }
  }
  if (settings.get('server_encoding') !== 'UTF8')
    throw new StartError('The PostgreSQL database must have the encoding UTF8.')
}

/** `source`: where the operator gave the address. */
function explained(error: unknown, source = 'PARLEY_DATABASE_URL'): unknown {
  if (error instanceof StartError) return error
  const code = codeOf(error)
  const reason = error instanceof Error ? error.message : String(error)
  if (code === '42501')
    return new StartError(
      `The user of ${source} may not make tables (${reason}). Make that user the owner of the database.`,
    )
  if (code === '53300')
    return new StartError(
      `PostgreSQL has no connection left (${reason}). Raise max_connections, or run fewer instances.`,
    )
  if (code === '28P01' || code === '28000')
    return new StartError(`PostgreSQL refused the user or password of ${source} (${reason}).`)
  if (code === '3D000') return new StartError(`The database of ${source} does not exist (${reason}). Create it first.`)
  if (isConnectionLoss(error) || code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return new StartError(`PostgreSQL at ${source} cannot be reached (${reason || code}).`)
  }
  return error
}

// Deadlocks and serialisation failures were rolled back; after a lost connection the receipts tell what was stored. (SPEC C2)
function mayRepeat(error: unknown): boolean {
  const code = codeOf(error)
  return code === '40P01' || code === '40001' || isSameCommandElsewhere(error) || isConnectionLoss(error)
}

// One command id in two rooms at once, which no common lock keeps apart: the receipt is there now. (SPEC A6)
function isSameCommandElsewhere(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.code === '23505' && error.constraint === 'events_receipt'
}

function isConnectionLoss(error: unknown): boolean {
  const code = codeOf(error)
  if (code.startsWith('08') || code.startsWith('57P') || code === '25P03') return true
  if (['ECONNRESET', 'ECONNREFUSED', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH'].includes(code)) return true
  return (
    error instanceof Error &&
    /connection (terminated|timeout|ended)|not queryable|timeout exceeded|query read timeout/i.test(error.message)
  )
}

// What became of it nobody knows until it is back: whoever asks repeats it, and the receipts tell. (SPEC F2)
function lossOf(error: unknown): unknown {
  return isConnectionLoss(error) ? new Refusal('busy', { retryAfterMs: LONGEST_WAIT_MS }) : error
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}
