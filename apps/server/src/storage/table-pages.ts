import type { Reader, Writer } from './database.ts'
import { type DialectName, Param, type Statement } from './statement.ts'
import { KEYS } from './table-keys.ts'
import { COLUMNS, type TableName } from './tables.ts'

export type Cell = string | number | null
export type Row = Readonly<Record<string, Cell>>
export type Key = readonly Cell[]

export const columnsOf = (table: TableName): readonly string[] => Object.keys(COLUMNS[table])
export const keyOf = (table: TableName, row: Row): Key => KEYS[table].map((column) => row[column] ?? null)

/** The rows after a key (undefined: from the beginning), in key order. Texts that were overwritten come as ''. */
export async function readPage(
  reader: Reader,
  from: { readonly table: TableName; readonly columns?: readonly string[]; readonly after: Key | undefined },
  limit: number,
): Promise<Row[]> {
  const { table, after } = from
  const page = pageOf(table, from.columns ?? columnsOf(table), after !== undefined)
  const rows = await reader.all(page, { ...named(after ?? []), limit })
  return table === 'texts' ? rows.map(withoutZeros) : rows
}

/** Rows of these keys; those that do not exist are left out. */
export async function readRows(reader: Reader, table: TableName, keys: readonly Key[]): Promise<Row[]> {
  const columns = KEYS[table]
  const wanted = keys.map((key) => Object.fromEntries(columns.map((column, index) => [column, key[index] ?? null])))
  // as: `KEYS` names columns of this very table.
  const rows = (await reader.lookup(table, columns as never, wanted as never)) as unknown as Row[]
  return table === 'texts' ? rows.map(withoutZeros) : rows
}

export async function countRows(reader: Reader, table: TableName): Promise<number> {
  const row = await reader.first(
    raw<object, { count: number }>(`count ${table}`, `select count(*) as count from ${table}`, []),
    {},
  )
  return Number(row?.count ?? 0)
}

/** Adds rows that are not there. `columns` may be fewer than the table has: the others take their defaults. */
export async function insertRows(
  writer: Writer,
  into: { readonly dialect: DialectName; readonly table: TableName; readonly columns: readonly string[] },
  rows: readonly Row[],
): Promise<void> {
  const { dialect, table, columns } = into
  if (rows.length === 0) return
  if (dialect === 'postgres') {
    await writer.run(unnested(table, columns, ''), arrays(columns, rows))
    return
  }
  const places = columns.map((column) => (kindOf(table, column) === 'body' ? 'cast(? as blob)' : '?'))
  const sql = `insert into ${table} (${columns.join(', ')}) values (${places.join(', ')})`
  const one = raw<Record<string, unknown>>(`add ${table}`, sql, columns)
  for (const row of rows) await writer.run(one, row)
}

/** PostgreSQL only: rows take the place of those with the same key. */
export async function upsertRows(writer: Writer, table: TableName, rows: readonly Row[]): Promise<void> {
  if (rows.length === 0) return
  const columns = columnsOf(table)
  const changed = columns.filter((column) => !KEYS[table].some((key) => key === column))
  const sets = changed.map((column) => `${column} = excluded.${column}`).join(', ')
  const conflict = `on conflict (${KEYS[table].join(', ')}) do ${sets === '' ? 'nothing' : `update set ${sets}`}`
  await writer.run(unnested(table, columns, conflict), arrays(columns, rows))
}

/** PostgreSQL only. */
export async function removeRows(writer: Writer, table: TableName, keys: readonly Key[]): Promise<void> {
  if (keys.length === 0) return
  const lists = KEYS[table].map((column, index) => `$${index + 1}::${arrayType(kindOf(table, column))}`)
  const sql = `delete from ${table} where (${KEYS[table].join(', ')}) in (select * from unnest(${lists.join(', ')}))`
  const rows = keys.map((key) => Object.fromEntries(KEYS[table].map((column, index) => [column, key[index] ?? null])))
  await writer.run(raw(`remove ${table}`, sql, KEYS[table]), arrays(KEYS[table], rows))
}

/** A statement written by hand, for tables that are not known before it runs. Its name is its text: each is prepared once. */
export function raw<Params, Answer = unknown>(
  name: string,
  sql: string,
  params: readonly string[],
): Statement<Params, Answer> {
  const values = params.map((param) => new Param(param))
  return { compile: () => ({ sql, name, values }) }
}

function pageOf(table: TableName, columns: readonly string[], isLater: boolean): Statement<Row, Row> {
  const keys = KEYS[table]
  const compile = (dialect: DialectName) => {
    const place = (index: number) => (dialect === 'sqlite' ? '?' : `$${index + 1}`)
    const selected = columns.map((column) =>
      dialect === 'sqlite' && kindOf(table, column) === 'body' ? `cast(${column} as text) as ${column}` : column,
    )
    const where = isLater ? `where (${keys.join(', ')}) > (${keys.map((_, index) => place(index)).join(', ')})` : ''
    const limit = place(isLater ? keys.length : 0)
    const sql = `select ${selected.join(', ')} from ${table} ${where} order by ${keys.join(', ')} limit ${limit}`
    const params = [...(isLater ? keys.map((_, index) => `k${index}`) : []), 'limit']
    const name = `page ${table} ${isLater} ${columns.length}`
    return { sql, name, values: params.map((param) => new Param(param)) }
  }
  return { compile }
}

function unnested(table: TableName, columns: readonly string[], conflict: string): Statement<object, unknown> {
  const lists = columns.map((column, index) => `$${index + 1}::${arrayType(kindOf(table, column))}`)
  const sql = `insert into ${table} (${columns.join(', ')}) select * from unnest(${lists.join(', ')}) ${conflict}`
  return raw(`add ${table} ${columns.length} ${conflict === '' ? '' : 'over'}`, sql, columns)
}

const arrays = (columns: readonly string[], rows: readonly Row[]): Record<string, Cell[]> =>
  Object.fromEntries(columns.map((column) => [column, rows.map((row) => row[column] ?? null)]))

const named = (key: Key): Record<string, Cell> => Object.fromEntries(key.map((cell, index) => [`k${index}`, cell]))

function kindOf(table: TableName, column: string): string {
  const kinds: Readonly<Record<string, string>> = COLUMNS[table]
  const kind = kinds[column]
  if (kind === undefined) throw new Error(`The table ${table} has no column ${column}.`)
  return kind
}

const arrayType = (kind: string): string => (kind === 'int' ? 'int8[]' : 'text[]')

// SQLite overwrites texts with zeros, PostgreSQL with nothing: to everybody else both are the same.
function withoutZeros(row: Row): Row {
  return typeof row.body === 'string' && row.body.startsWith('\0') ? { ...row, body: '' } : row
}
