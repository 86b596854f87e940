import { expect, test } from 'bun:test'
import { timeAgo } from './time-words.ts'

const NOW = new Date(2026, 10, 22, 14, 0).getTime()
const MINUTE = 60_000

test('how long ago, as rough as people say it', () => {
  expect(timeAgo(NOW - 10_000, NOW)).toBe('just now')
  expect(timeAgo(NOW - 50_000, NOW)).toMatch(/^1 min/)
  expect(timeAgo(NOW - 59 * MINUTE, NOW)).toMatch(/^59 min/)
  expect(timeAgo(NOW - 3 * 60 * MINUTE, NOW)).toMatch(/^3 h/)
  expect(timeAgo(NOW - 24 * 60 * MINUTE, NOW)).toBe('yesterday')
  expect(timeAgo(NOW - 30 * 24 * 60 * MINUTE, NOW)).not.toMatch(/2026|ago/)
  expect(timeAgo(new Date(2024, 1, 3).getTime(), NOW)).toMatch(/2024/)
})

test('a server’s clock that runs ahead never says "in 3 minutes"', () => {
  expect(timeAgo(NOW + 3 * MINUTE, NOW)).toBe('just now')
})
