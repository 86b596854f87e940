import { expect, test } from 'bun:test'
import { TIMES } from '@parley/protocol'
import fc from 'fast-check'
import { backoffMs } from './backoff.ts'

test('[E7] the wait is never negative, at most 0.5 s at first, at most double of the one before, at most 8 s', () => {
  fc.assert(
    fc.property(fc.nat(200), fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (failures, chance) => {
      const wait = backoffMs(failures, () => chance)
      expect(wait).toBeGreaterThanOrEqual(0)
      expect(wait).toBeLessThanOrEqual(Math.min(TIMES.backoffMaxMs, TIMES.backoffFirstMs * 2 ** failures))
    }),
  )
})

test('[E7] full jitter: the whole range is used', () => {
  expect(backoffMs(10, () => 0)).toBe(0)
  expect(backoffMs(10, () => 0.999)).toBe(7_992)
})
