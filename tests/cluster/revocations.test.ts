import { expect, test } from 'bun:test'
import { chosenSeed } from '../support/seeded-random.ts'
import { startCluster } from './support/cluster.ts'
import { becomeOwner, revoke } from './support/revocations.ts'

// More of them: `npm run prove -- revocations3`.
const TRIALS = 24

test('[U9] an ended session, a disabled person and a lost role stop on every instance within a second, within five without Redis', async () => {
  await using cluster = await startCluster()
  const owner = await becomeOwner(cluster)
  const seed = chosenSeed()
  const withRedis = await revoke(cluster, owner, { seed, trials: TRIALS, lanes: 2 })
  console.log(JSON.stringify(withRedis))
  expect(withRedis.problems).toEqual([])
  expect(withRedis.stoppedMs.most).toBeLessThanOrEqual(1_000)
  await cluster.redis.kill9()
  const without = await revoke(cluster, owner, { seed: seed + 1, trials: TRIALS, lanes: TRIALS })
  console.log(JSON.stringify(without))
  expect(without.problems).toEqual([])
  expect(without.stoppedMs.most).toBeLessThanOrEqual(5_000)
}, 120_000)
