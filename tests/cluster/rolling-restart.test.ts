import { expect, test } from 'bun:test'
import { chosenSeed } from '../support/seeded-random.ts'
import { clusterRun } from './support/cluster-run.ts'
import { passes, rollingRestart } from './support/disturbances.ts'

// More of them: `npm run prove -- rolling`.
const ROLLS = 3

test(`${ROLLS} rolling restarts under load lose nothing and are hardly noticed`, async () => {
  const result = await clusterRun({
    name: 'rolling',
    seed: chosenSeed(),
    gapMs: 100,
    disturb: async (cluster, { random, load }) => {
      for (let roll = 0; roll < ROLLS; roll++) {
        // Else who comes back late would meet only what was restarted already, and be sent away by none.
        await Promise.all(load.people.map((person) => person.comesBack()))
        await passes(random.between(300, 1_000))
        await rollingRestart(cluster)
      }
    },
  })
  console.log(JSON.stringify(result))
  expect(result.violations).toEqual([])
  expect(result.acknowledged).toBeGreaterThan(100)
  // Everybody was sent to another instance at least once in each.
  expect(result.backMs.count).toBeGreaterThanOrEqual(8 * ROLLS)
  // Of so few the slowest counts, on a machine that may be busy with other things; the proof at full count keeps to 2 s.
  expect(result.backMs.p99).toBeLessThanOrEqual(5_000)
}, 180_000)
