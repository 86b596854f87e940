import pg from 'pg'
import type { Progress } from '../backup/progress.ts'

export interface WalCleaned {
  /** Segments that were gone round and are overwritten or removed. */
  readonly segments: number
  /** Segments from before that PostgreSQL still keeps. */
  readonly kept: number
  readonly notDone: readonly string[]
}

/** Bytes of the log of changes; undefined where this user may not see it. */
export async function walSize(client: pg.Client): Promise<number | undefined> {
  try {
    const { rows } = await client.query<{ bytes: string | null }>('select sum(size) as bytes from pg_ls_waldir()')
    return Number(rows[0]?.bytes ?? 0)
  } catch (error) {
    if (isForbidden(error)) return undefined
    throw error
  }
}

/**
 * PostgreSQL does not remove old segments of its log but renames them, with what is in them, to be written over later. So:
 * a checkpoint, after which nothing before it is needed; then one segment after the other is switched through, which fills the
 * rest of each with zeros; then a checkpoint again, which also removes the files of the tables as they were.
 */
export async function cleanWal(client: pg.Client, progress?: Progress): Promise<WalCleaned> {
  try {
    await client.query('checkpoint')
    await client.query('select txid_current()')
    await client.query('select pg_switch_wal()')
    // The second one: right after a switch, the first may still need the segment before.
    await client.query('checkpoint')
    const barrier = await currentSegment(client)
    const segments = (await segmentsOf(client)).length
    for (let done = 0; done <= segments; done++) {
      progress?.({ what: 'Going round the log of changes', done, total: segments })
      await client.query('select txid_current()') // A switch with nothing written since the last one does nothing.
      await client.query('select pg_switch_wal()')
    }
    await client.query('checkpoint')
    const kept = (await segmentsOf(client)).filter((name) => name.slice(8) < barrier.slice(8)).length
    return { segments, kept, notDone: [] }
  } catch (error) {
    if (!isForbidden(error)) throw error
    const reason = error instanceof Error ? error.message : String(error)
    const notDone = [`going round the log of changes (${reason}); PostgreSQL writes over it by itself as it is used`]
    return { segments: 0, kept: 0, notDone }
  }
}

async function currentSegment(client: pg.Client): Promise<string> {
  const { rows } = await client.query<{ name: string }>('select pg_walfile_name(pg_current_wal_lsn()) as name')
  return rows[0]?.name ?? ''
}

async function segmentsOf(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `select name from pg_ls_waldir() where name ~ '^[0-9A-F]{24}$' order by name`,
  )
  return rows.map((row) => row.name)
}

const isForbidden = (error: unknown): boolean => error instanceof pg.DatabaseError && error.code === '42501'
