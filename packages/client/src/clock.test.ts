import { expect, test } from 'bun:test'
import { neverBack } from './clock.ts'

test('[F2] [E7] a clock that is set back goes on from where it was', () => {
  let timeOfDay = 1_000_000
  const now = neverBack(() => timeOfDay)
  expect(now()).toBe(1_000_000)
  timeOfDay += 500
  expect(now()).toBe(1_000_500)
  timeOfDay -= 3_600_000
  expect(now()).toBe(1_000_500)
  timeOfDay += 25_000
  expect(now()).toBe(1_025_500)
  timeOfDay += 7_200_000
  expect(now()).toBe(8_225_500)
})
