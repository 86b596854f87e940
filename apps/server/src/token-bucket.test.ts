import { expect, test } from 'bun:test'
import { TokenBucket, TokenBuckets } from './token-bucket.ts'

test('lets a burst pass, then says when the next may come', () => {
  const bucket = new TokenBucket({ count: 3, perMs: 3_000 }, 0)
  expect([bucket.take(0), bucket.take(0), bucket.take(0)]).toEqual([0, 0, 0])
  expect(bucket.take(0)).toBe(1_000)
  expect(bucket.take(400)).toBe(600)
  expect(bucket.take(1_000)).toBe(0)
  expect(bucket.take(1_000_000)).toBe(0)
  expect([bucket.take(1_000_000), bucket.take(1_000_000)]).toEqual([0, 0])
  expect(bucket.take(1_000_000)).toBe(1_000)
})

test('a clock that goes back gives nothing and takes nothing', () => {
  const bucket = new TokenBucket({ count: 1, perMs: 1_000 }, 10_000)
  expect(bucket.take(10_000)).toBe(0)
  expect(bucket.take(5_000)).toBe(1_000)
  expect(bucket.take(6_000)).toBe(0)
})

test('each key has its own bucket', () => {
  const buckets = new TokenBuckets({ count: 1, perMs: 1_000 })
  expect(buckets.take('a', 0)).toBe(0)
  expect(buckets.take('b', 0)).toBe(0)
  expect(buckets.take('a', 0)).toBe(1_000)
})
