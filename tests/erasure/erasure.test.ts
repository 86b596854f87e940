import { afterAll, expect, test } from 'bun:test'
import { stopServers } from '../support/harness.ts'
import { erasureRun } from './support/erasure-run.ts'

afterAll(stopServers)

for (const database of ['sqlite', 'postgres'] as const) {
  test(`[D2, D3, D4, G18] what was erased is nowhere: not in files, logs, Redis, nor in an old backup that is restored (${database})`, async () => {
    const { problems, ...figures } = await erasureRun({ database, canaries: 40 })
    console.log(JSON.stringify({ database, ...figures }))
    expect(problems).toEqual([])
    expect(figures.canaries).toBeGreaterThanOrEqual(40)
    // The search would have found them.
    expect(figures.foundBefore).toBe(figures.stored)
  }, 240_000)
}
