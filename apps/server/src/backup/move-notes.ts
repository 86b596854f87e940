import { newId } from '@parley/protocol'
import type { Database, Reader, Writer } from '../storage/database.ts'
import { KEYS } from '../storage/table-keys.ts'
import { type Key, raw } from '../storage/table-pages.ts'
import { COLUMNS, type TableName } from '../storage/tables.ts'
import { COPIED } from './copied-tables.ts'

/**
 * While a SQLite database is being moved, triggers note the key of every row that is added, changed or removed, in the same
 * transaction as the change itself: whoever copies follows these notes, after a crash too. Keys only: no text is kept twice.
 */
export async function beginNotes(db: Database): Promise<string> {
  return db.write(async (writer) => {
    await run(writer, 'create table if not exists move (id text primary key not null, ended_at integer) without rowid')
    await run(
      writer,
      'create table if not exists move_notes (n integer primary key, tbl text not null, key text not null)',
    )
    for (const table of COPIED) for (const sql of triggersOf(table)) await run(writer, sql)
    const known = await writer.first(raw<object, { id: string }>('move', 'select id from move', []), {})
    if (known) return known.id
    const id = newId<string>()
    await writer.run(raw('begin move', 'insert into move (id) values (?)', ['id']), { id })
    return id
  })
}

/** Gives the move up: the database is as before. */
export async function dropNotes(db: Database): Promise<void> {
  await db.write(async (writer) => {
    for (const table of COPIED)
      for (const what of WHATS) await run(writer, `drop trigger if exists move_${table}_${what}`)
    await run(writer, 'drop table if exists move_notes')
    await run(writer, 'drop table if exists move')
  })
}

/** From now on nobody serves this database any more. */
export async function endNotes(db: Database, at: number): Promise<void> {
  await db.write((writer) => writer.run(raw('end move', 'update move set ended_at = ?', ['at']), { at }))
}

export interface Note {
  readonly n: number
  readonly table: TableName
  readonly key: Key
}

export async function readNotes(reader: Reader, after: number, limit: number): Promise<Note[]> {
  const rows = await reader.all(
    raw<object, { n: number; tbl: string; key: string }>(
      'notes',
      'select n, tbl, key from move_notes where n > ? order by n limit ?',
      ['after', 'limit'],
    ),
    { after, limit },
  )
  return rows.flatMap(({ n, tbl, key }) => {
    if (!(tbl in COLUMNS)) return []
    const cells: Key = JSON.parse(key)
    return [{ n, table: tbl as TableName, key: cells }] // as: just looked up
  })
}

export async function lastNote(reader: Reader): Promise<number> {
  const row = await reader.first(
    raw<object, { n: number | null }>('last note', 'select max(n) as n from move_notes', []),
    {},
  )
  return row?.n ?? 0
}

const WHATS = ['insert', 'update', 'delete'] as const

function triggersOf(table: TableName): string[] {
  const key = (row: 'new' | 'old') => `json_array(${KEYS[table].map((column) => `${row}.${column}`).join(', ')})`
  const note = (row: 'new' | 'old') => `insert into move_notes (tbl, key) values ('${table}', ${key(row)});`
  const noteOld = `insert into move_notes (tbl, key) select '${table}', ${key('old')} where ${key('old')} <> ${key('new')};`
  const bodies = { insert: note('new'), update: `${note('new')} ${noteOld}`, delete: note('old') }
  return WHATS.map(
    (what) => `create trigger if not exists move_${table}_${what} after ${what} on ${table} begin ${bodies[what]} end`,
  )
}

async function run(writer: Writer, sql: string): Promise<void> {
  await writer.run(raw(sql, sql, []), {})
}
