import { afterAll, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { localFanout } from '../apps/server/src/fanout/local-fanout.ts'
import { openLog } from '../apps/server/src/log.ts'
import { openState } from '../apps/server/src/open-state.ts'
import { digestOf } from '../apps/server/src/storage/token-digest.ts'
import { startServer, stopServers } from './support/harness.ts'
import { temporaryDatabase } from './support/temporary-database.ts'

const folder = mkdtempSync(join(tmpdir(), 'parley-test-'))
afterAll(async () => {
  await stopServers()
  rmSync(folder, { recursive: true })
})

async function withDatabase(use: (url: string, ask: (text: string) => Promise<unknown[]>) => Promise<void>) {
  const { url, drop } = await temporaryDatabase()
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const ask = async (text: string) => (await client.query({ text, rowMode: 'array' })).rows.flat()
  try {
    await use(url, ask)
  } finally {
    await client.end()
    await drop()
  }
}

test('[C4] [U6] four states that open at once on an empty PostgreSQL share its epoch and secret, and every set-up link counts', async () => {
  for (let round = 0; round < 3; round++) {
    await withDatabase(async (databaseUrl, ask) => {
      const fanout = localFanout((error) => {
        throw error
      })
      const occupancy = {
        occupants: (roomId: never) => ({ roomId, version: 0, count: 0, people: [] }),
        activeRooms: () => new Map(),
      }
      const opened = await Promise.all(
        [1, 2, 3, 4].map((index) => {
          const config = { dataFolder: join(folder, String(index)), databaseUrl }
          return openState({ config, log: openLog('silent'), fanout, occupancy })
        }),
      )
      expect(new Set(opened.map(({ state }) => state.epoch)).size).toBe(1)
      const digests = await ask(`select value from meta where key like 'set-up:%' order by value`)
      expect(digests).toEqual(opened.map(({ setUpToken }) => digestOf(setUpToken ?? '')).sort())
      // A session of one is a session of all, so they have the secret in common.
      const ask0 = { id: crypto.randomUUID() as never, name: 'Ann', secret: 'a secret of sixteen characters' } // as: an id
      const { token } = (await opened[0]?.accounts.enter(ask0)) ?? { token: '' }
      for (const { accounts } of opened)
        expect((await accounts.authenticate(token))?.actor.user.displayName).toBe('Ann')
      await Promise.all(opened.map(({ state }) => state.close()))
    })
  }
}, 60_000)

test('[C5] four processes that start at once on an empty PostgreSQL migrate it once, and all serve', async () => {
  await withDatabase(async (databaseUrl, ask) => {
    const servers = await Promise.all([1, 2, 3, 4].map(() => startServer({ database: 'postgres', databaseUrl })))
    for (const { url } of servers) expect((await fetch(`${url}/readyz`)).status).toBe(200)
    const names = await ask('select name from kysely_migration order by name')
    expect(names).toEqual([...new Set(names)])
    expect(await ask(`select count(*)::int from meta where key = 'epoch'`)).toEqual([1])
    await stopServers()
  })
}, 120_000)
