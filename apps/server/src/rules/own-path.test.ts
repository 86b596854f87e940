import { expect, test } from 'bun:test'
import { ownPath } from './own-path.ts'

test.each([
  ['/', '/'],
  ['/lobby', '/lobby'],
  ['/rooms/0192?x=1#end', '/rooms/0192?x=1#end'],
  ['/a/../lobby', '/lobby'],
  ['/join#token', '/join#token'],
])('[P6] %s leads to %s', (text, path) => {
  expect(ownPath(text)).toBe(path)
})

test.each([
  undefined,
  '',
  'lobby',
  'https://evil.example/',
  '//evil.example',
  '///evil.example',
  '/\\evil.example',
  '\\\\evil.example',
  '/\t/evil.example',
  '/\n/evil.example',
  '\t//evil.example',
  '/.//evil.example',
  '/..//evil.example',
  '/%2e//evil.example',
  '/x/..//evil.example',
  '/./\\evil.example',
  'javascript:alert(1)',
  ' javascript:alert(1)',
  'http:/evil.example',
  '/@evil.example\u0000//',
  '/api/sign-in/corp',
  '/socket',
  `/${'x'.repeat(600)}`,
])('[P6] %p leads to the start', (text) => {
  const path = ownPath(text)
  expect(new URL(path, 'https://chat.example').origin).toBe('https://chat.example')
  if (text !== '/@evil.example\u0000//') expect(path).toBe('/')
})

test('[P6] a path is as long as it may be, and no longer', () => {
  const longest = `/${'x'.repeat(499)}`
  expect(ownPath(longest)).toBe(longest)
  expect(ownPath(`${longest}x`)).toBe('/')
})
