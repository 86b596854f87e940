import { afterAll, expect, test } from 'bun:test'
import { stopServers } from '../support/harness.ts'
import { chosenSeed } from '../support/seeded-random.ts'
import { lossyRun } from './lossy-run.ts'

afterAll(stopServers)

test('clients notice and heal what a line loses: 5 % of the messages of the server dropped', async () => {
  const result = await lossyRun({ database: 'sqlite', seed: chosenSeed(), loss: 0.05, loadMs: 3_000 })
  console.log(JSON.stringify(result))
  expect(result.violations).toEqual([])
  expect(result.dropped).toBeGreaterThan(20)
  expect(result.healedMs.count).toBeGreaterThan(100)
  // The p99 of 25 s is judged over many runs (`npm run prove -- lossy`): here two lost heartbeats in a row would decide it.
  expect(result.healedMs.median).toBeLessThanOrEqual(1_000)
  expect(result.healedMs.most).toBeLessThanOrEqual(45_000)
}, 180_000)
