import { Database as Handle } from 'bun:sqlite'
import { expect, test } from 'bun:test'
import pg from 'pg'
import { COLUMNS, type ColumnKind } from '../apps/server/src/storage/tables.ts'
import { startServer } from './support/harness.ts'

const OWN_OF_THE_MIGRATOR = ['kysely_migration', 'kysely_migration_lock']

test('[C5] the migrated schema of SQLite is the typed one', async () => {
  await using server = await startServer()
  const db = new Handle(`${server.dataFolder}/parley.db`, { readonly: true })
  const rows = db
    .query<Column, []>(
      `select t.name as "table", c.name as "column", lower(c.type) as type from sqlite_schema t, pragma_table_info(t.name) c
       where t.type = 'table' and t.name not like 'sqlite_%'`,
    )
    .all()
  db.close()
  expect(schemaOf(rows)).toEqual(typed({ text: 'text', int: 'integer', body: 'blob' }))
}, 30_000)

test('[C5] the migrated schema of PostgreSQL is the typed one', async () => {
  await using server = await startServer({ database: 'postgres' })
  const client = new pg.Client({ connectionString: server.databaseUrl })
  await client.connect()
  const { rows } = await client.query<Column>(
    `select table_name as "table", column_name as "column", data_type as type from information_schema.columns
     where table_schema = 'public'`,
  )
  await client.end()
  expect(schemaOf(rows)).toEqual(typed({ text: 'text', int: 'bigint', body: 'text' }))
}, 60_000)

interface Column {
  readonly table: string
  readonly column: string
  readonly type: string
}

function schemaOf(columns: readonly Column[]): string[] {
  const ours = columns.filter(({ table }) => !OWN_OF_THE_MIGRATOR.includes(table))
  return ours.map(({ table, column, type }) => `${table}.${column} ${type}`).sort()
}

function typed(types: Readonly<Record<ColumnKind, string>>): string[] {
  const columns = Object.entries(COLUMNS).flatMap(([table, kinds]) =>
    Object.entries<ColumnKind>(kinds).map(([column, kind]) => `${table}.${column} ${types[kind]}`),
  )
  return columns.sort()
}
