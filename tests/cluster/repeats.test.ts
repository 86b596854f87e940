import { expect, test } from 'bun:test'
import { chosenSeed, SeededRandom } from '../support/seeded-random.ts'
import { startCluster } from './support/cluster.ts'
import { disturbUntil, stallSomething } from './support/disturbances.ts'
import { sendRepeatedly } from './support/repeats.ts'

// More of them: `npm run prove -- repeats`.
const POSTS = 250

test('[A6] a post appears once however often, and wherever, it is sent again', async () => {
  await using cluster = await startCluster()
  const seed = chosenSeed()
  const random = new SeededRandom(seed)
  const sending = sendRepeatedly(cluster, { seed, posts: POSTS })
  // Instances, their lines to PostgreSQL and PostgreSQL itself stand still meanwhile, some in the middle of a commit.
  const stalls = await disturbUntil(sending, () => stallSomething(cluster, random))
  const result = await sending
  console.log(JSON.stringify({ ...result, stalls }))
  expect(result.problems).toEqual([])
  expect(result.sent).toBeGreaterThan(2 * POSTS)
}, 180_000)
