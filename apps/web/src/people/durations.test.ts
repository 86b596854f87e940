import { expect, test } from 'bun:test'
import { endOf } from './durations.ts'

test('a mute or ban ends after what was chosen, or not by itself', () => {
  expect(endOf('hour', 1_000)).toBe(3_601_000)
  expect(endOf('day', 0)).toBe(86_400_000)
  expect(endOf('week', 0)).toBe(7 * 86_400_000)
  expect(endOf('ever', 0)).toBeUndefined()
})
