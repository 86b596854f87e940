import { expect, test } from 'bun:test'
import { REFUSALS, type RefusalCode } from '@parley/protocol'
import { refusalWords, secondsWords } from './refusal-words.ts'

const CODES = Object.keys(REFUSALS) as RefusalCode[] // as: the keys of the list

const say = (code: RefusalCode, more: object = {}) =>
  refusalWords({ code, message: REFUSALS[code].message, retryAfterMs: undefined, details: undefined, ...more })

test('[X1] every refusal has words of its own, in whole sentences', () => {
  const all = CODES.map((code) => say(code))
  expect(new Set(all).size).toBe(CODES.length)
  for (const words of all) expect(words).toMatch(/^[A-Z].*[.]$/s)
})

test('[X2] a fault names its incident, a wait its seconds, a closing its day', () => {
  expect(say('internal', { details: { incident: 'abc-123' } })).toContain('abc-123')
  expect(say('busy', { retryAfterMs: 2_400 })).toContain('in 3 seconds')
  expect(say('room-closed', { details: { closedAt: Date.UTC(2026, 4, 3, 12) } })).toMatch(/2026/)
})

test('nobody waits for zero seconds', () => {
  expect(secondsWords(0)).toBe('1 second')
  expect(secondsWords(1_001)).toBe('2 seconds')
})
