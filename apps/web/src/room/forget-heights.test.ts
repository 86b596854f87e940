import { expect, test } from 'bun:test'
import { forgetHeights } from './forget-heights.ts'

const rows = (from: number, count: number) =>
  Array.from({ length: count }, (_, index) => ({ key: `row ${from + index}` }))

test('a day in a busy room leaves no more heights than rows are loaded, and some', () => {
  const heights = new Map<unknown, number>()
  for (let last = 0; last < 100_000; last += 100) {
    for (const { key } of rows(last, 100)) heights.set(key, 23)
    forgetHeights(heights, rows(Math.max(0, last - 700), 800))
    expect(heights.size).toBeLessThanOrEqual(800 + 500)
  }
})

test('what is loaded keeps its height', () => {
  const heights = new Map<unknown, number>(rows(0, 2_000).map(({ key }, index) => [key, index]))
  forgetHeights(heights, rows(1_000, 1_000))
  expect(heights).toEqual(new Map(rows(1_000, 1_000).map(({ key }, index) => [key, 1_000 + index])))
})
