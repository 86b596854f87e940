import { Database as Handle } from 'bun:sqlite'
import { expect, test } from 'bun:test'
import pg from 'pg'
import { KEYS } from '../../apps/server/src/storage/table-keys.ts'
import { startServer } from '../support/harness.ts'

test('[K1] tables are read in the order of their primary keys (sqlite)', async () => {
  await using server = await startServer()
  const db = new Handle(`${server.dataFolder}/parley.db`, { readonly: true })
  for (const [table, key] of Object.entries(KEYS)) {
    const rows = db
      .query<{ name: string }, [string]>('select name from pragma_table_info(?) where pk > 0 order by pk')
      .all(table)
    expect([table, ...rows.map(({ name }) => name)]).toEqual([table, ...key])
  }
  db.close()
}, 30_000)

test('[K1] tables are read in the order of their primary keys (postgres)', async () => {
  await using server = await startServer({ database: 'postgres' })
  const client = new pg.Client({ connectionString: server.databaseUrl })
  await client.connect()
  for (const [table, key] of Object.entries(KEYS)) {
    const { rows } = await client.query<{ name: string }>(
      `select a.attname as name from pg_index i, unnest(i.indkey) with ordinality k(num, place), pg_attribute a
       where i.indrelid = $1::regclass and i.indisprimary and a.attrelid = i.indrelid and a.attnum = k.num order by k.place`,
      [table],
    )
    expect([table, ...rows.map(({ name }) => name)]).toEqual([table, ...key])
  }
  await client.end()
}, 60_000)
