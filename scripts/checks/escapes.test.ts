import { expect, test } from 'bun:test'
import { findEscapes } from './escapes.ts'
import { parseSource } from './source-file.ts'

const escapesIn = (text: string) => findEscapes(parseSource('packages/client/src/sample.tsx', text))

test.each([
  'const id = value as RoomId',
  'const id = value!',
  'const anything: any = 1',
  '// @ts-ignore\nconst x = 1',
  '// biome-ignore lint/style/noNonNullAssertion: <explanation>\nconst x = y!',
])('an escape without a reason is found: %s', (text) => {
  expect(escapesIn(text).length).toBeGreaterThan(0)
})

test.each([
  'const id = value as RoomId // The key was made from a RoomId.',
  '// The key was made from a RoomId.\nconst id = value as RoomId',
  '// biome-ignore lint/style/noNonNullAssertion: the map was filled two lines above\nconst id = value!',
  'const kinds = ["a", "b"] as const',
  "import { a as b } from './a.ts'\nexport { b as c }",
  'const text = <p>known as Ann, is she!</p>',
  'const text = "x as Y"',
])('what is explained, or no escape, passes: %s', (text) => {
  expect(escapesIn(text)).toEqual([])
})
