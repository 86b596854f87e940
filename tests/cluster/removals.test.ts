import { expect, test } from 'bun:test'
import { chosenSeed } from '../support/seeded-random.ts'
import { startCluster } from './support/cluster.ts'
import { type RemovalsResult, raceRemovals } from './support/removals.ts'

// More of them: `npm run prove -- removals3`.
const RACES = 60
const RACES_WITHOUT_REDIS = 20
const LANES = 10

test('[O1] posts against removals on different instances: nothing after them is stored or delivered, with Redis and without', async () => {
  await using cluster = await startCluster()
  const seed = chosenSeed()
  const note = (result: RemovalsResult, races: number) => {
    console.log(JSON.stringify(result))
    expect(result.problems).toEqual([])
    expect(result.stored + result.refused).toBeGreaterThan(races)
    expect(result.delivered).toBeGreaterThan(races)
  }
  note(await raceRemovals(cluster, { seed, races: RACES, lanes: LANES }), RACES)
  await cluster.redis.kill9()
  const without = { seed: seed + 1, races: RACES_WITHOUT_REDIS, lanes: RACES_WITHOUT_REDIS }
  note(await raceRemovals(cluster, without), RACES_WITHOUT_REDIS)
}, 120_000)
