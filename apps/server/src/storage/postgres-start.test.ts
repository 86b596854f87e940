import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { createDatabase, type Postgres, startPostgres } from '../../../../scripts/services/postgres.ts'
import type { Database } from './database.ts'
import { openPostgres } from './postgres-database.ts'
import { StartError } from './start-error.ts'

// A cluster of this file's own, because it is spoilt, killed and started again.

let postgres: Postgres
let count = 0
beforeAll(async () => {
  postgres = await startPostgres()
}, 60_000)
afterAll(() => postgres.stop())

const freshDatabase = () => postgres.createDatabase(`db_${count++}`)

async function administer(url: string, ...statements: string[]): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const rows: unknown[] = []
    for (const text of statements) rows.push(...(await client.query({ text, rowMode: 'array' })).rows.flat())
    return rows
  } finally {
    await client.end()
  }
}

async function complaintOf(url: string): Promise<string> {
  try {
    await (await openPostgres({ url })).close()
    return 'none'
  } catch (error) {
    if (!(error instanceof StartError)) throw error
    expect(error.message).not.toContain('\n')
    expect(error.message).not.toContain('s3cret')
    return error.message
  }
}

describe('[X5] [S2] what keeps it from starting with PostgreSQL is one line that names the remedy', () => {
  test('nobody listens there, or there is no such host', async () => {
    expect(await complaintOf('postgres://ann:s3cret@127.0.0.1:1/none')).toMatch(/cannot be reached .*ECONNREFUSED/)
    expect(await complaintOf('postgres://ann:s3cret@nowhere.invalid/none')).toContain('cannot be reached')
  })

  test('a wrong password, and a user who may not come in', async () => {
    const url = new URL(await freshDatabase())
    const rules = join(postgres.dataFolder, 'pg_hba.conf')
    const usual = readFileSync(rules, 'utf8')
    writeFileSync(rules, `host all locked 127.0.0.1/32 scram-sha-256\nhost all barred 127.0.0.1/32 reject\n${usual}`)
    await administer(
      postgres.url,
      `set password_encryption = 'scram-sha-256'`,
      `create role locked login password 'right'`,
      'create role barred login',
      'select pg_reload_conf()',
    )
    const as = (name: string, password: string) => Object.assign(new URL(url), { username: name, password }).href
    // The new rules hold as soon as the postmaster has read them.
    while ((await complaintOf(as('barred', 's3cret'))) === 'none');
    expect(await complaintOf(as('locked', 's3cret'))).toContain('refused the user or password of PARLEY_DATABASE_URL')
    expect(await complaintOf(as('barred', 's3cret'))).toContain('refused the user or password of PARLEY_DATABASE_URL')
    expect(await complaintOf(as('nobody', 's3cret'))).toContain('refused the user or password of PARLEY_DATABASE_URL')
  })

  test('a database that is not there', async () => {
    expect(await complaintOf(postgres.url.replace(/\/[^/]*$/, '/not_there'))).toMatch(
      /does not exist .* Create it first/,
    )
  })

  test('a user who may not make tables', async () => {
    const url = new URL(await freshDatabase())
    await administer(url.href, 'create role guest login', 'revoke create on schema public from public')
    expect(await complaintOf(Object.assign(url, { username: 'guest' }).href)).toContain('may not make tables')
  })

  test('a version that is too old', async () => {
    const url = await freshDatabase()
    const name = new URL(url).pathname.slice(1)
    // As an older server would answer: a view stands before the catalogue.
    await administer(
      url,
      'create schema older',
      `create view older.pg_settings as select name, case name when 'server_version_num' then '120015' else setting end as setting from pg_catalog.pg_settings`,
      `alter database ${name} set search_path = older, pg_catalog, public`,
    )
    expect(await complaintOf(url)).toContain('too old: Parley needs version 13 or newer')
  })

  test('full_page_writes or synchronous_commit off, an encoding that is not UTF8', async () => {
    const url = await freshDatabase()
    await administer(postgres.url, 'alter system set full_page_writes = off', 'select pg_reload_conf()')
    while ((await administer(url, 'show full_page_writes'))[0] !== 'off');
    expect(await complaintOf(url)).toContain('full_page_writes = off')
    await administer(postgres.url, 'alter system reset full_page_writes', 'select pg_reload_conf()')
    while ((await administer(url, 'show full_page_writes'))[0] !== 'on');
    await administer(url, `alter database ${new URL(url).pathname.slice(1)} set synchronous_commit = off`)
    expect(await complaintOf(url)).toContain('Set synchronous_commit = on')
    await administer(
      postgres.url,
      `create database plain template template0 encoding 'SQL_ASCII' lc_collate 'C' lc_ctype 'C'`,
    )
    expect(await complaintOf(postgres.url.replace(/\/[^/]*$/, '/plain'))).toContain('must have the encoding UTF8')
  })

  test('no connection left', async () => {
    const url = await freshDatabase()
    const name = new URL(url).pathname.slice(1)
    await administer(
      url,
      'create role few login',
      `alter database ${name} connection limit 0`,
      `grant all on schema public to few`,
    )
    const few = Object.assign(new URL(url), { username: 'few' }).href
    expect(await complaintOf(few)).toContain('no connection left')
  })

  test('fsync off, however the cluster came by it', async () => {
    const careless = await startPostgres({ fsync: 'off' })
    try {
      expect(await complaintOf(await createDatabase(careless.url, 'careless'))).toMatch(/fsync = off.*Set fsync = on/)
    } finally {
      await careless.stop()
    }
  }, 60_000)
})

test('[C5] instances that start at once on an empty database migrate it once', async () => {
  for (let round = 0; round < 6; round++) {
    const url = await freshDatabase()
    const opened = await Promise.all(Array.from({ length: 5 }, () => openPostgres({ url, writers: 2 })))
    const names = await administer(url, 'select name from kysely_migration order by name')
    expect(names).toEqual([...new Set(names)])
    expect(names.length).toBeGreaterThanOrEqual(4)
    await Promise.all(opened.map((db) => db.close()))
  }
}, 60_000)

test('[C5] whoever starts waits for a migration however long it takes', async () => {
  const url = await freshDatabase()
  const migrating = new pg.Client({ connectionString: url })
  await migrating.connect()
  // The lock under which migrations run (Kysely's), held for longer than any lock of a command is waited for.
  await (await openPostgres({ url, upTo: '0001-core' })).close()
  await migrating.query('begin')
  await migrating.query('select pg_advisory_xact_lock(3853314791062309107)')
  let db: Database | undefined
  const opening = openPostgres({ url }).then((opened) => {
    db = opened
  })
  const waiting = 'select count(*)::int from pg_locks where locktype = $$advisory$$ and not granted'
  while ((await administer(url, waiting))[0] !== 1);
  await migrating.query('select pg_sleep(3.5)')
  expect(db).toBeUndefined()
  await migrating.query('commit')
  await opening
  await db?.close()
  await migrating.end()
}, 60_000)

test('[C2] while PostgreSQL is killed and comes back, what is asked waits and is answered', async () => {
  const url = await freshDatabase()
  const db = await openPostgres({ url })
  const rows = (key: string) => db.read((reader) => reader.lookup('meta', ['key'], [{ key }]))
  const add = (key: string) => db.write((writer) => writer.insert('meta', [{ key, value: '1' }]))
  await add('before')
  await postgres.kill9()
  const asked = Promise.all([rows('before'), add('meanwhile')])
  // On a busy machine the start may take longer than anybody waits.
  const answered = asked.then(
    ([found]) => found.length,
    () => 'too late',
  )
  const since = performance.now()
  await postgres.restart()
  if (performance.now() - since < 5_000) expect(await answered).toBe(1)
  else await answered

  await postgres.kill9()
  const again = performance.now()
  await expect(add('in vain')).rejects.toMatchObject({ code: 'busy', retryAfterMs: 1_000 })
  expect(performance.now() - again).toBeWithin(7_000, 20_000)
  await expect(rows('before')).rejects.toThrow()
  await postgres.restart()
  await add('after')
  expect(await rows('after')).toHaveLength(1)
  expect(await rows('in vain')).toEqual([])
  await db.close()
}, 90_000)
