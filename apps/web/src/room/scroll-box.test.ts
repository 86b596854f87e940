import { expect, test } from 'bun:test'
import { distanceFromEnd, wasScrolledUp } from './scroll-box.ts'

const box = (scrollTop: number, scrollHeight: number, clientHeight: number) => ({
  scrollTop,
  scrollHeight,
  clientHeight,
})

test('a person scrolls up, the browser only follows an end that came nearer', () => {
  expect(wasScrolledUp(box(271, 894, 623), box(171, 894, 623))).toBe(true)
  // The text box shrank, then the newest row turned out higher than was guessed.
  expect(wasScrolledUp(box(271, 894, 623), box(248, 906, 646))).toBe(false)
  expect(wasScrolledUp(box(271, 894, 623), box(100, 906, 646))).toBe(true)
  expect(wasScrolledUp(box(271, 894, 623), box(271, 950, 623))).toBe(false)
  expect(wasScrolledUp(box(271, 894, 623), box(400, 1_100, 623))).toBe(false)
})

test('the distance from the end', () => {
  expect(distanceFromEnd(box(248, 906, 646))).toBe(12)
})
