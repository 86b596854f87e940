import { expect, test } from 'bun:test'
import { dayAround, dayWords, isSameDay, isWithin, untilTomorrow } from './day-words.ts'

const at = (text: string) => new Date(text).getTime()
const now = at('2026-11-22T15:00:00')

test('today and yesterday have names, other days their date, other years their year', () => {
  expect(dayWords(at('2026-11-22T00:00:00'), now)).toBe('Today')
  expect(dayWords(at('2026-11-22T23:59:59'), now)).toBe('Today')
  expect(dayWords(at('2026-11-21T23:59:59'), now)).toBe('Yesterday')
  expect(dayWords(at('2026-11-21T00:00:00'), now)).toBe('Yesterday')
  expect(dayWords(at('2026-11-20T23:59:59'), now)).toContain('20')
  expect(dayWords(at('2026-11-20T23:59:59'), now)).not.toContain('2026')
  expect(dayWords(at('2025-12-31T12:00:00'), now)).toContain('2025')
})

test('yesterday is right just after midnight and over the turn of the year', () => {
  expect(dayWords(at('2025-12-31T12:00:00'), at('2026-01-01T00:00:01'))).toBe('Yesterday')
})

test('a day ends at local midnight', () => {
  expect(isSameDay(at('2026-11-22T23:59:59.999'), at('2026-11-23T00:00:00'))).toBe(false)
  expect(untilTomorrow(at('2026-11-22T23:59:00'))).toBe(60_000)
})

test('a day reaches from midnight to midnight, and the end belongs to the next', () => {
  const day = dayAround(at('2026-11-22T13:00:00'))
  expect(day).toEqual({ from: at('2026-11-22T00:00:00'), to: at('2026-11-23T00:00:00') })
  expect(isWithin(day, at('2026-11-22T00:00:00'))).toBe(true)
  expect(isWithin(day, at('2026-11-22T23:59:59.999'))).toBe(true)
  expect(isWithin(day, at('2026-11-23T00:00:00'))).toBe(false)
  expect(isWithin(day, at('2026-11-21T23:59:59.999'))).toBe(false)
})
