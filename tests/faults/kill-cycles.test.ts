import { afterAll, expect, test } from 'bun:test'
import { stopServers } from '../support/harness.ts'
import { chosenSeed } from '../support/seeded-random.ts'
import { killRun } from './kill-run.ts'

afterAll(stopServers)

for (const database of ['sqlite', 'postgres'] as const) {
  test(`nothing acknowledged is lost, doubled or reordered when the server is killed five times (${database})`, async () => {
    const result = await killRun({ database, kills: 5, seed: chosenSeed() })
    console.log(JSON.stringify(result))
    expect(result.violations).toEqual([])
    expect(result.acknowledged).toBeGreaterThan(100)
  }, 120_000)
}
