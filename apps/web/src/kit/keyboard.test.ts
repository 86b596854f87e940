import { expect, test } from 'bun:test'
import { gridStep } from './grid-step.ts'
import { findByPrefix, nextIndex } from './roving.ts'

const vertical = { axis: 'vertical', wraps: true, rtl: false } as const

test('arrows walk a group along its axis, Home and End jump, the ends meet', () => {
  expect(nextIndex('ArrowDown', 0, 3, vertical)).toBe(1)
  expect(nextIndex('ArrowDown', 2, 3, vertical)).toBe(0)
  expect(nextIndex('ArrowUp', 0, 3, vertical)).toBe(2)
  expect(nextIndex('End', 0, 3, vertical)).toBe(2)
  expect(nextIndex('Home', 2, 3, vertical)).toBe(0)
  expect(nextIndex('ArrowRight', 0, 3, vertical)).toBeUndefined()
  expect(nextIndex('ArrowDown', 0, 0, vertical)).toBeUndefined()
})

test('without wrapping the ends hold; right to left mirrors', () => {
  expect(nextIndex('ArrowDown', 2, 3, { ...vertical, wraps: false })).toBe(2)
  expect(nextIndex('ArrowLeft', 0, 3, { axis: 'horizontal', wraps: false, rtl: true })).toBe(1)
  expect(nextIndex('ArrowUp', -1, 3, vertical)).toBe(2)
})

test('a menu finds items by what is typed; one letter again and again walks its matches', () => {
  const labels = ['Copy text', 'Edit', 'Copy link', 'Delete']
  expect(findByPrefix(labels, 'd', 0)).toBe(3)
  expect(findByPrefix(labels, 'c', 0)).toBe(2)
  expect(findByPrefix(labels, 'cc', 2)).toBe(0)
  expect(findByPrefix(labels, 'copy l', 0)).toBe(2)
  expect(findByPrefix(labels, 'x', 0)).toBeUndefined()
})

test('a grid runs on over the ends of its rows and leads out at the top', () => {
  const widths = [8, 3, 8]
  expect(gridStep('ArrowRight', { row: 0, column: 7 }, widths)).toEqual({ row: 1, column: 0 })
  expect(gridStep('ArrowLeft', { row: 1, column: 0 }, widths)).toEqual({ row: 0, column: 7 })
  expect(gridStep('ArrowDown', { row: 0, column: 6 }, widths)).toEqual({ row: 1, column: 2 })
  expect(gridStep('ArrowUp', { row: 0, column: 2 }, widths)).toBe('above')
  expect(gridStep('End', { row: 0, column: 2 }, widths)).toEqual({ row: 2, column: 7 })
  expect(gridStep('ArrowLeft', { row: 0, column: 0 }, widths, true)).toEqual({ row: 0, column: 1 })
  expect(gridStep('a', { row: 0, column: 0 }, widths)).toBeUndefined()
})
