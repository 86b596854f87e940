import { Database } from 'bun:sqlite'
import { afterAll, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parley } from '../support/command-line.ts'
import { startServer, stopServers } from '../support/harness.ts'

const place = mkdtempSync(join(tmpdir(), 'parley-epoch-'))
afterAll(async () => {
  await stopServers()
  rmSync(place, { recursive: true, force: true })
})

test('[K3] a restored database is of another epoch, so that clients start afresh', async () => {
  await using server = await startServer()
  const restored = { dataFolder: join(place, 'restored'), databaseUrl: undefined }
  const file = join(place, 'one.backup')
  for (const [truth, words] of [
    [server, ['backup', file]],
    [restored, ['restore', file]],
  ] as const) {
    const { code, output } = await parley(truth, words).ended
    expect({ code, output: code === 0 ? '' : output }).toEqual({ code: 0, output: '' })
  }
  expect(epochIn(restored.dataFolder)).not.toBe(epochIn(server.dataFolder))
}, 60_000)

function epochIn(dataFolder: string): string {
  const db = new Database(join(dataFolder, 'parley.db'), { readonly: true })
  try {
    const row = db.query<{ value: string }, []>(`select value from meta where key = 'epoch'`).get()
    if (!row) throw new Error(`${dataFolder} has no epoch.`)
    return row.value
  } finally {
    db.close()
  }
}
