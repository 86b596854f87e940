import { expect, test } from 'bun:test'
import { chosenSeed } from '../support/seeded-random.ts'
import { startCluster } from './support/cluster.ts'
import { lobbyRun } from './support/lobby-oracle.ts'

// More of them: `npm run prove -- lobby`.
const STEPS = 240

test('[G7] every lobby and every room on three instances shows who is there, whoever enters, leaves, crashes or is killed', async () => {
  await using cluster = await startCluster()
  const result = await lobbyRun(cluster, { seed: chosenSeed(), steps: STEPS, lanes: 12, kills: 1 })
  console.log(JSON.stringify(result))
  expect(result.problems).toEqual([])
  expect(result.mostMs.crash).toBeGreaterThan(4_000)
}, 180_000)
