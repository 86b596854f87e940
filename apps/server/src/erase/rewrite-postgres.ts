import pg from 'pg'
import type { Progress } from '../backup/progress.ts'
import { StartError } from '../start-error.ts'
import { COLUMNS } from '../storage/tables.ts'
import { cleanWal, type WalCleaned, walSize } from './clean-wal.ts'

export interface TableSize {
  readonly table: string
  /** With indexes and the parts of long rows. */
  readonly bytes: number
  readonly rows: number
  /** Of rows that were changed or removed, as PostgreSQL estimates them. */
  readonly dead: number
}

export interface Rewriting {
  readonly tables: readonly TableSize[]
  readonly biggest: number
  /** Of the log of changes; undefined where this user may not see it. */
  readonly wal: number | undefined
  /** What remembers elsewhere what was typed, and is not Parley's to clean. */
  readonly elsewhere: readonly string[]
}

export interface Rewritten extends Rewriting {
  readonly cleaned: WalCleaned
  /** What this user may not do. */
  readonly notDone: readonly string[]
}

const HORIZON_LIMIT_MS = 60_000
const HORIZON_POLL_MS = 250
const LOCK_ATTEMPTS = 20

/** What `rewritePostgres` would do. Errors: `StartError`. */
export async function planRewriting(url: string): Promise<Rewriting> {
  return withClient(url, plan)
}

/**
 * Rewrites every table, so that no page of it holds anything but what lives, then the statistics, which keep samples of
 * columns, and goes round the log of changes until what was in it is overwritten. A table is locked while it is rewritten.
 * Errors: `StartError`.
 */
export async function rewritePostgres(url: string, progress?: Progress): Promise<Rewritten> {
  return withClient(url, async (client) => {
    const planned = await plan(client)
    await waitForReaders(client)
    const total = planned.tables.reduce((sum, { bytes }) => sum + bytes, 0)
    let done = 0
    for (const { table, bytes } of planned.tables) {
      progress?.({ what: `Rewriting ${table}`, done, total })
      await vacuumFull(client, table)
      done += bytes
    }
    const notDone: string[] = []
    await attempt(notDone, 'rewriting the statistics of columns', () => rewriteStatistics(client))
    const cleaned = await cleanWal(client, progress)
    return { ...planned, cleaned, notDone: [...notDone, ...cleaned.notDone] }
  })
}

async function plan(client: pg.Client): Promise<Rewriting> {
  const { rows } = await client.query<{ table: string; bytes: string; rows: string; dead: string }>(
    `select c.relname as table, pg_total_relation_size(c.oid) as bytes, greatest(c.reltuples, 0)::int8 as rows,
       coalesce(s.n_dead_tup, 0) as dead
     from pg_class c join pg_namespace n on n.oid = c.relnamespace left join pg_stat_user_tables s on s.relid = c.oid
     where c.relkind = 'r' and n.nspname = current_schema() and c.relname = any($1) order by 2`,
    [Object.keys(COLUMNS)],
  )
  if (rows.length === 0) throw new StartError('The PostgreSQL database holds no Parley.')
  const tables = rows.map((row) => ({
    table: row.table,
    bytes: Number(row.bytes),
    rows: Number(row.rows),
    dead: Number(row.dead),
  }))
  const biggest = Math.max(...tables.map(({ bytes }) => bytes))
  return { tables, biggest, wal: await walSize(client), elsewhere: await readElsewhere(client) }
}

async function readElsewhere(client: pg.Client): Promise<string[]> {
  const said: string[] = []
  const { rows } = await client.query<{ name: string; setting: string }>(
    `select name, setting from pg_settings where name in ('archive_mode', 'log_statement', 'log_min_duration_statement', 'wal_keep_size')`,
  )
  const setting = (name: string) => rows.find((row) => row.name === name)?.setting ?? ''
  if (setting('archive_mode') !== 'off')
    said.push('The log of changes is archived (archive_mode): what was erased is in the archive until that expires.')
  if (['all', 'mod'].includes(setting('log_statement')) || Number(setting('log_min_duration_statement')) >= 0)
    said.push('PostgreSQL logs statements, perhaps with what was typed: remove its old logs.')
  const slots = await client.query<{ slot_name: string }>('select slot_name from pg_replication_slots')
  const standbys = await client.query('select 1 from pg_stat_replication')
  if (slots.rows.length > 0)
    said.push(
      `Replication slots hold the log of changes back until their readers have it: ${slots.rows.map((row) => row.slot_name).join(', ')}.`,
    )
  if (standbys.rows.length > 0)
    said.push(
      'Standbys rewrite their tables by themselves as they follow; their own log of changes goes with their restart points.',
    )
  said.push(
    'Copies made before (backups, snapshots of disks) hold what was erased after them until they expire; "parley restore" erases it again.',
  )
  return said
}

// What some older transaction might still read would be kept. Our own connection has none open here.
async function waitForReaders(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ xid: string }>('select (txid_current() % 4294967296)::text as xid')
  const barrier = rows[0]?.xid ?? '0'
  const deadline = performance.now() + HORIZON_LIMIT_MS
  for (;;) {
    const holders = await client.query<{ who: string }>(HOLDERS, [barrier])
    if (holders.rows.length === 0) return
    if (performance.now() > deadline) {
      const who = holders.rows.map((row) => row.who).join(', ')
      throw new StartError(
        `Older transactions may still read what was erased, so it cannot be removed yet: ${who}. End them, and say the same again. Nothing was changed.`,
      )
    }
    await new Promise((resolve) => setTimeout(resolve, HORIZON_POLL_MS))
  }
}

const HOLDERS = `
  select 'process ' || pid || ' (' || coalesce(nullif(application_name, ''), 'unnamed') || ')' as who from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid() and backend_xmin is not null
      and age(backend_xmin) > age($1::text::xid)
  union all select 'replication slot ' || slot_name from pg_replication_slots where xmin is not null and age(xmin) > age($1::text::xid)
  union all select 'prepared transaction ' || gid from pg_prepared_xacts
    where database = current_database() and age(transaction) > age($1::text::xid)`

/** Waiting for the lock keeps everybody else waiting too: so not for long at a time. */
async function vacuumFull(client: pg.Client, table: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await client.query(`vacuum (full, analyze) ${pg.escapeIdentifier(table)}`)
      return
    } catch (error) {
      const isLocked = error instanceof pg.DatabaseError && (error.code === '55P03' || error.code === '40P01')
      if (!isLocked || attempt >= LOCK_ATTEMPTS) throw explained(error, table)
    }
  }
}

/** PostgreSQL samples columns for its planner, and keeps the samples of texts that are erased since. */
async function rewriteStatistics(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ is_super: boolean }>(
    `select current_setting('is_superuser') = 'on' as is_super`,
  )
  if (rows[0]?.is_super) {
    // A table without rows is not sampled again and would keep its last sample.
    await client.query(
      `delete from pg_statistic where starelid in (select c.oid from pg_class c join pg_namespace n on n.oid = c.relnamespace
         where n.nspname = current_schema() and c.relname = any($1))`,
      [Object.keys(COLUMNS)],
    )
    for (const table of Object.keys(COLUMNS)) await client.query(`analyze ${pg.escapeIdentifier(table)}`)
  }
  await client.query('vacuum full pg_catalog.pg_statistic')
}

async function attempt(notDone: string[], what: string, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (!(error instanceof pg.DatabaseError)) throw error
    notDone.push(`${what} (${error.message})`)
  }
}

async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({
    connectionString: url,
    application_name: 'parley erase',
    options: '-c lock_timeout=2000',
  })
  client.on('error', () => undefined) // The next statement tells.
  try {
    await client.connect()
    return await work(client)
  } catch (error) {
    throw explained(error)
  } finally {
    await client.end().catch(() => undefined)
  }
}

function explained(error: unknown, table?: string): unknown {
  if (error instanceof StartError || !(error instanceof Error)) return error
  const code = 'code' in error ? String(error.code) : ''
  if (code === '53100')
    return new StartError(
      `PostgreSQL's disk has no room to rewrite ${table ?? 'a table'}: it needs as much again as the table takes.`,
    )
  if (code === '55P03')
    return new StartError(
      `The table ${table ?? ''} was locked by somebody else all the time. Say the same again in a quieter hour.`,
    )
  if (code === '42501')
    return new StartError(
      `The user of PARLEY_DATABASE_URL may not rewrite ${table ?? 'tables'} (${error.message}). Use the owner of the database.`,
    )
  return new StartError(`PostgreSQL at PARLEY_DATABASE_URL could not do it (${error.message}).`)
}
