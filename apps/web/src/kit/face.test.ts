import { expect, test } from 'bun:test'
import { faceOf, hashOf, initialsOf, PATTERNS } from './face.ts'

test('initials take the first and last word of an alphabetic name', () => {
  expect(initialsOf('Ann Lee')).toBe('AL')
  expect(initialsOf('ann')).toBe('A')
  expect(initialsOf('Juan Carlos de la Vega')).toBe('JV')
  expect(initialsOf('élodie o’brien')).toBe('ÉO')
  expect(initialsOf('анна каренина')).toBe('АК')
})

test('initials of joined and syllabic scripts are one grapheme', () => {
  expect(initialsOf('李 小龍')).toBe('李')
  expect(initialsOf('محمد علي')).toBe('م')
  expect(initialsOf('नमस्ते दुनिया')).toBe('न')
  expect(initialsOf('김 민준')).toBe('김')
})

test('initials keep an emoji sequence whole', () => {
  expect(initialsOf('👩‍👩‍👧 family')).toBe('👩‍👩‍👧')
  expect(initialsOf('🇳🇴 Norge')).toBe('🇳🇴')
})

test('initials pass over what shows nothing and never are empty', () => {
  expect(initialsOf('"Bob"')).toBe('B')
  expect(initialsOf('\u200b\u2067(ann)')).toBe('A')
  expect(initialsOf('')).toBe('?')
  expect(initialsOf('   ')).toBe('?')
  expect(initialsOf('!!!')).toBe('?')
  expect(initialsOf('ßen')).toBe('ß')
})

test('a face depends on nothing but name and seed', () => {
  expect(faceOf('Ann', 'user-1')).toEqual(faceOf('Ann', 'user-1'))
  expect(faceOf('Ann')).toEqual(faceOf('Ann', 'Ann'))
})

test('faces of like names spread over hues and patterns', () => {
  const faces = Array.from({ length: 240 }, (_, index) => faceOf(`user${index}`))
  const perHue = Map.groupBy(faces, (face) => face.hue)
  expect(perHue.size).toBe(12)
  expect(Math.max(...[...perHue.values()].map((group) => group.length))).toBeLessThan(45)
  expect(new Set(faces.map((face) => face.pattern)).size).toBe(PATTERNS)
  expect(new Set(faces.map((face) => face.quarterTurns)).size).toBe(4)
})

test('the hash is a 32-bit whole number', () => {
  for (const text of ['', 'a', '李小龍', '🦊']) {
    expect(Number.isInteger(hashOf(text))).toBe(true)
    expect(hashOf(text)).toBeGreaterThanOrEqual(0)
    expect(hashOf(text)).toBeLessThan(2 ** 32)
  }
})
