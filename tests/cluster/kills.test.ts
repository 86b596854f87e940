import { expect, test } from 'bun:test'
import { chosenSeed } from '../support/seeded-random.ts'
import { clusterRun } from './support/cluster-run.ts'
import { killInstance, killPostgres, killRedis } from './support/disturbances.ts'

const KILLS = 5
// More of each: `npm run prove -- cluster|redis`.
const VICTIMS = { instance: killInstance, PostgreSQL: killPostgres, Redis: killRedis }

for (const [victim, kill] of Object.entries(VICTIMS)) {
  test(`nothing acknowledged is lost, doubled or reordered when ${victim} is killed ${KILLS} times, on three instances`, async () => {
    const result = await clusterRun({
      name: `kills-${victim}`,
      seed: chosenSeed(),
      disturb: async (cluster, { random }) => {
        for (let count = 0; count < KILLS; count++) await kill(cluster, random)
      },
    })
    console.log(JSON.stringify(result))
    expect(result.violations).toEqual([])
    expect(result.acknowledged).toBeGreaterThan(100)
  }, 180_000)
}
