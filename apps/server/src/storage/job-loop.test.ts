import { expect, test } from 'bun:test'
import { JobLoop } from './job-loop.ts'

test('turns that come to nothing leave time to everything else', async () => {
  let turns = 0
  const loop = new JobLoop({
    lease: { hold: async () => true, release: async () => undefined },
    isShared: false,
    hasJob: async () => true,
    takeTurn: async () => ++turns < 100_000, // Ends by itself, so that a failure of this test is one.
    failed: () => undefined,
  })
  loop.wake()
  await new Promise(setImmediate)
  expect(turns).toBeLessThan(100)
  await loop.stop()
})
