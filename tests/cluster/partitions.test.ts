import { expect, test } from 'bun:test'
import { chosenSeed } from '../support/seeded-random.ts'
import { clusterRun } from './support/cluster-run.ts'
import { type LineName, partition, pauseInstance } from './support/disturbances.ts'

// More of each: `npm run prove -- partitions|pauses`.
const PAUSES = 3
const LINES: readonly LineName[] = ['toDatabase', 'toRedis', 'fromNginx']

test('a room stays one and whole when an instance loses PostgreSQL, Redis or Nginx for a while', async () => {
  const said: string[] = []
  const result = await clusterRun({
    name: 'partitions',
    seed: chosenSeed(),
    disturb: async (cluster, { random }) => {
      for (const line of LINES) said.push(await partition(cluster, random, { lines: [line], forMs: 3_000 }))
    },
  })
  console.log(JSON.stringify({ ...result, said }))
  expect(result.violations).toEqual([])
  expect(result.acknowledged).toBeGreaterThan(100)
}, 180_000)

test('an instance that stands still and goes on does not fork a room', async () => {
  const result = await clusterRun({
    name: 'pauses',
    seed: chosenSeed(),
    disturb: async (cluster, { random }) => {
      // Longer than PostgreSQL leaves a transaction open that nobody speaks in.
      for (let count = 0; count < PAUSES; count++) await pauseInstance(cluster, random, 2_500)
    },
  })
  console.log(JSON.stringify(result))
  expect(result.violations).toEqual([])
  expect(result.acknowledged).toBeGreaterThan(100)
}, 180_000)
