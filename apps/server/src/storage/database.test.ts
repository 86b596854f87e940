import { expect, test } from 'bun:test'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { newId, type RoomId, roomStream, type UserId, userStream } from '@parley/protocol'
import { Kysely, sql } from 'kysely'
import { testDatabase } from '../../../../scripts/test-services.ts'
import { onBothDatabases, type Stage } from '../../../../tests/support/state.ts'
import { openPostgres } from './postgres-database.ts'
import { openSqlite } from './sqlite-database.ts'
import { statement } from './statement.ts'

const keys = statement<{ keys: readonly string[] }, { key: string; value: string }>(({ db, params, isOneOf }) =>
  db.selectFrom('meta').selectAll().where(isOneOf('meta.key', params.keys)).orderBy('key'),
)
const read = (stage: Stage, ...wanted: string[]) => stage.db.read((reader) => reader.all(keys, { keys: wanted }))

onBothDatabases((stage) => {
  test('[S2] what a write threw away is gone, and the next one is whole', async () => {
    const failing = stage.db.write(async (writer) => {
      await writer.insert('meta', [{ key: 'half', value: 'x' }])
      throw new Error('changed my mind')
    })
    expect(failing).rejects.toThrow('changed my mind')
    await stage.db.write((writer) => writer.insert('meta', [{ key: 'whole', value: 'y' }]))
    expect(await read(stage, 'half', 'whole')).toEqual([{ key: 'whole', value: 'y' }])
  })

  test('[B2] nobody reads an uncommitted batch, and one read sees one moment', async () => {
    const inside = Promise.withResolvers<void>()
    const goOn = Promise.withResolvers<void>()
    const write = stage.db.write(async (writer) => {
      await writer.insert('meta', [{ key: 'secretly', value: '1' }])
      inside.resolve()
      await goOn.promise
    })
    await inside.promise
    expect(await read(stage, 'secretly')).toEqual([])
    const before = Promise.withResolvers<void>()
    const after = Promise.withResolvers<void>()
    const reading = stage.db.read(async (reader) => {
      const first = await reader.all(keys, { keys: ['secretly'] })
      before.resolve()
      await after.promise
      return [first, await reader.all(keys, { keys: ['secretly'] })]
    })
    await before.promise
    goOn.resolve()
    await write
    after.resolve()
    expect(await reading).toEqual([[], []])
    expect(await read(stage, 'secretly')).toHaveLength(1)
  })

  test('[A2] sets: insert many, look many up by any key, in one statement each', async () => {
    const roomId = newId<RoomId>()
    const people = Array.from({ length: 300 }, () => newId<UserId>())
    await stage.db.write((writer) =>
      writer.insert(
        'members',
        people.map((userId, index) => ({
          room_id: roomId,
          user_id: userId,
          role: 'member' as const,
          muted_until: null,
          posted_at: null,
          joined_at: index,
        })),
      ),
    )
    const found = await stage.db.read((reader) =>
      reader.lookup(
        'members',
        ['room_id', 'user_id'],
        [...people.slice(0, 10), newId<UserId>()].map((userId) => ({ room_id: roomId, user_id: userId })),
      ),
    )
    expect(found.map((row) => row.joined_at).sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    expect(await stage.db.read((reader) => reader.lookup('members', ['room_id'], [{ room_id: roomId }]))).toHaveLength(
      300,
    )
    expect(await stage.db.read((reader) => reader.lookup('members', ['room_id'], []))).toEqual([])
  })

  test('[C3] any text comes back as it went in, and ids sort by bytes', async () => {
    const bodies = [
      '',
      'ä',
      'Z',
      'a',
      '\u{1f468}\u200d\u{1f469}',
      'صباح',
      '%_\\\'"; drop table texts',
      'x'.repeat(100_000),
    ]
    const rows: { id: number; body: string }[] = []
    for (const body of bodies) rows.push({ id: await stage.db.takeTextIds(1), body })
    await stage.db.write((writer) => writer.insert('texts', rows))
    const ids = rows.map(({ id }) => ({ id }))
    const back = await stage.db.read((reader) => reader.lookup('texts', ['id'], ids))
    expect(back.sort((a, b) => a.id - b.id)).toEqual(rows.sort((a, b) => a.id - b.id))
    await stage.db.write((writer) =>
      writer.insert(
        'meta',
        ['b', 'B', 'ä', 'a_', 'a'].map((key) => ({ key, value: '' })),
      ),
    )
    expect((await read(stage, 'b', 'B', 'ä', 'a_', 'a')).map((row) => row.key)).toEqual(['B', 'a', 'a_', 'b', 'ä'])
  })

  test('[S1] streams are locked, moved and read back; missing ones are left out', async () => {
    const [room, person] = [roomStream(newId<RoomId>()), userStream(newId<UserId>())]
    await stage.db.write((writer) =>
      writer.insert('streams', [
        { id: room, head: 0, floor: 0, number: 0 },
        { id: person, head: 5, floor: 0, number: 0 },
      ]),
    )
    const rows = await stage.db.write(async (writer) => {
      const locked = await writer.lockStreams([room, person, roomStream(newId<RoomId>())].sort())
      await writer.moveStreams(locked.map((row) => ({ ...row, head: row.head + 7, number: 3 })))
      return locked
    })
    expect(rows.map((row) => row.id)).toEqual([room, person])
    const moved = await stage.db.read((reader) => reader.lookup('streams', ['id'], [{ id: room }, { id: person }]))
    expect(moved.map((row) => [row.head, row.number]).sort()).toEqual([
      [12, 3],
      [7, 3],
    ])
  })

  test('[S1] two writes that need the same stream go one after the other', async () => {
    const stream = roomStream(newId<RoomId>())
    await stage.db.write((writer) => writer.insert('streams', [{ id: stream, head: 0, floor: 0, number: 0 }]))
    await Promise.all(
      Array.from({ length: 20 }, () =>
        stage.db.write(async (writer) => {
          const [row] = await writer.lockStreams([stream])
          if (row) await writer.moveStreams([{ ...row, head: row.head + 1 }])
        }),
      ),
    )
    expect((await stage.state.heads([stream])).get(stream)).toBe(20)
  })

  test('[C5] a database made by a newer Parley is refused and left untouched', async () => {
    const note = statement<object>(({ db }) =>
      db.insertInto('kysely_migration' as never).values({ name: '9999-future', timestamp: 'x' } as never),
    )
    await stage.db.write((writer) => writer.run(note, {}))
    expect(stage.restart()).rejects.toThrow('made by a newer Parley')
    await stage.reopenAfter((db) => sql`delete from kysely_migration where name = '9999-future'`.execute(db))
  })

  test('[C5] a newer Parley that only added something leaves the database to this one too', async () => {
    const note = statement<object>(({ db }) =>
      db.insertInto('kysely_migration' as never).values({ name: '9999-something-adds', timestamp: 'x' } as never),
    )
    await stage.db.write((writer) => writer.run(note, {}))
    await stage.restart()
    const undo = statement<object>(({ db }) =>
      db.deleteFrom('kysely_migration' as never).where('name' as never, '=', '9999-something-adds' as never),
    )
    await stage.db.write((writer) => writer.run(undo, {}))
    await stage.restart()
  })
})

test('[B4] a second process on the same folder is told so; after the first ends the folder is free', async () => {
  const dataFolder = mkdtempSync(join(tmpdir(), 'parley-test-'))
  const first = await openSqlite({ dataFolder })
  expect(openSqlite({ dataFolder })).rejects.toThrow('Another Parley is using the data folder')
  await first.close()
  const second = await openSqlite({ dataFolder })
  await second.close()
  rmSync(dataFolder, { recursive: true })
})

test('[X5] a data folder that is a file, and a database that is none, are named with the remedy', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'parley-test-'))
  writeFileSync(join(folder, 'file'), '')
  expect(openSqlite({ dataFolder: join(folder, 'file', 'data') })).rejects.toThrow('Choose another with PARLEY_DATA')
  const noise = 'this is no database, but long enough to look like one. '.repeat(100)
  writeFileSync(join(folder, 'parley.db'), noise)
  expect(openSqlite({ dataFolder: folder })).rejects.toThrow('not a readable database')
  expect(readFileSync(join(folder, 'parley.db'), 'utf8')).toBe(noise)
  rmSync(folder, { recursive: true })
})

test('[X5] PostgreSQL that cannot be reached, or does not have the database, is named', async () => {
  expect(openPostgres({ url: 'postgres://nobody@127.0.0.1:1/none' })).rejects.toThrow('cannot be reached')
  const { url, drop } = await testDatabase()
  expect(openPostgres({ url: url.replace(/\/[^/]*$/, '/not_there') })).rejects.toThrow('does not exist')
  await drop()
})

test('[S2] PostgreSQL with synchronous_commit off is refused', async () => {
  const { url, drop } = await testDatabase()
  const { PostgresDialect } = await import('kysely')
  const pg = await import('pg')
  const pool = new pg.default.Pool({ connectionString: url })
  const name = new URL(url).pathname.slice(1)
  await sql`alter database ${sql.id(name)} set synchronous_commit = off`.execute(
    new Kysely({ dialect: new PostgresDialect({ pool }) }),
  )
  await pool.end()
  expect(openPostgres({ url })).rejects.toThrow('synchronous_commit = off')
  await drop()
})

test('[C2] options in the address of a PostgreSQL do not switch our time limits off', async () => {
  const { url, drop } = await testDatabase()
  const own = new URL(url)
  own.searchParams.set('options', '-c lock_timeout=0 -c statement_timeout=77000')
  const db = await openPostgres({ url: own.href })
  const limits = await db.read((reader) => reader.first(timeLimits, {}))
  expect(limits).toEqual({ lock: '3s', idle: '2s', statement: '77s' })
  await db.close()
  await drop()
})

test('[C2] a PostgreSQL that could not give numbers for a moment gives them again afterwards', async () => {
  const { url, drop } = await testDatabase()
  const db = await openPostgres({ url })
  const pg = await import('pg')
  const admin = new pg.default.Client({ connectionString: url })
  await admin.connect()
  await admin.query('alter sequence text_blocks rename to elsewhere')
  await expect(Promise.resolve(db.takeTextIds(1))).rejects.toThrow('text_blocks')
  await admin.query('alter sequence elsewhere rename to text_blocks')
  expect(await db.takeTextIds(1)).toBeGreaterThan(0)
  await admin.end()
  await db.close()
  await drop()
})

test('[C2] a PostgreSQL that falls silent holds nothing for ever: the batch is repeated on another connection', async () => {
  const { url, drop } = await testDatabase()
  const lines: Socket[] = []
  const between = createServer((near) => {
    const far = connect(Number(new URL(url).port), '127.0.0.1')
    for (const line of [near, far]) lines.push(line.on('error', () => undefined))
    near.pipe(far).pipe(near)
  }).listen(0, '127.0.0.1')
  await once(between, 'listening')
  const { port } = between.address() as AddressInfo // as: it listens on TCP
  const db = await openPostgres({ url: Object.assign(new URL(url), { port }).href, silenceMs: 500 })
  let runs = 0
  await db.write(async (writer) => {
    runs += 1
    if (runs === 1) for (const line of lines.splice(0)) line.unpipe().pause()
    await writer.insert('meta', [{ key: 'after silence', value: '1' }])
  })
  expect(runs).toBe(2)
  await db.close()
  between.close()
  await drop()
})

test('[A7] text ids of two PostgreSQL instances never meet', async () => {
  const { url, drop } = await testDatabase()
  const instances = await Promise.all([openPostgres({ url }), openPostgres({ url })])
  const ids = new Set<number>()
  for (let index = 0; index < 2_500; index++) for (const db of instances) ids.add(await db.takeTextIds(1))
  expect(ids.size).toBe(5_000)
  await Promise.all(instances.map((db) => db.close()))
  await drop()
})

const timeLimits = statement<object, { lock: string; idle: string; statement: string }>(({ db }) =>
  db.selectNoFrom([
    sql<string>`current_setting('lock_timeout')`.as('lock'),
    sql<string>`current_setting('idle_in_transaction_session_timeout')`.as('idle'),
    sql<string>`current_setting('statement_timeout')`.as('statement'),
  ]),
)
