import { afterAll, beforeAll, expect, test } from 'bun:test'
import { existsSync } from 'node:fs'
import pg from 'pg'
import { type Postgres, startPostgres } from './postgres.ts'

let postgres: Postgres
beforeAll(async () => {
  postgres = await startPostgres()
}, 60_000)
afterAll(() => postgres.stop())

async function ask(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => {}) // Losing the connection is what the crash below is for.
  await client.connect()
  try {
    return (await client.query({ text: sql, rowMode: 'array' })).rows.flat()
  } finally {
    await client.end()
  }
}

test('a database sorts by bytes, holds UTF-8 and syncs its commits', async () => {
  const url = await postgres.createDatabase('by-bytes')
  expect(await ask(url, "SELECT x FROM (VALUES ('a'), ('B'), ('ä')) AS t(x) ORDER BY x")).toEqual(['B', 'a', 'ä'])
  expect(await ask(url, 'SHOW server_encoding')).toEqual(['UTF8'])
  expect(await ask(url, 'SHOW fsync')).toEqual(['on'])
  expect(await ask(url, 'SHOW synchronous_commit')).toEqual(['on'])
})

test('what was committed is there after a kill and a restart', async () => {
  const url = await postgres.createDatabase('killed')
  await ask(url, 'CREATE TABLE kept (x int)')
  await ask(url, 'INSERT INTO kept VALUES (7)')
  await postgres.kill9()
  await expect(ask(url, 'SELECT 1')).rejects.toThrow()
  await postgres.restart()
  expect(await ask(url, 'SELECT x FROM kept')).toEqual([7])
}, 30_000)

test('a paused server answers nothing until it is resumed', async () => {
  let hasAnswered = false
  postgres.pause()
  const answer = ask(postgres.url, 'SELECT 1').then((rows) => {
    hasAnswered = true
    return rows
  })
  const { exitCode } = Bun.spawnSync(['pg_isready', '-h', '127.0.0.1', '-p', String(postgres.port), '-t', '1'])
  expect(exitCode).not.toBe(0)
  expect(hasAnswered).toBe(false)
  postgres.resume()
  expect(await answer).toEqual([1])
}, 30_000)

test('stopping leaves nothing behind', async () => {
  const own = await startPostgres()
  await own.stop()
  expect(existsSync(own.dataFolder)).toBe(false)
  await expect(ask(own.url, 'SELECT 1')).rejects.toThrow()
}, 60_000)
