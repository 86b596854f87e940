import { expect, test } from 'bun:test'
import { findSlowPatterns, patternsIn } from './patterns.ts'
import { parseSource } from './source-file.ts'

const faultsOf = (text: string) => findSlowPatterns(parseSource('a.ts', text))

test.each([
  ['nested repeats', 'const a = /^(a+)+$/', 'exponential'],
  ['spaces at the end', 'export const trim = (text: string) => text.replace(/\\s+$/, "")', '2nd degree polynomial'],
  ['a pattern in a constructor', 'const a = new RegExp("(x|x)*y")', 'exponential'],
  ['a pattern made at run time', 'const a = new RegExp(b)', 'is made at run time'],
  [
    "a pattern in a type position's neighbour",
    'function f(a: string): boolean { return /(.*)*z/.test(a) }',
    'exponential',
  ],
])('%s is found', async (_, text, words) => {
  const faults = await faultsOf(text)
  expect(faults).toHaveLength(1)
  expect(faults[0]).toContain(words)
})

test('a linear pattern is fine, and so is one with its reason', async () => {
  expect(await faultsOf('const a = /^[a-z]{1,8}$/u')).toEqual([])
  expect(await faultsOf('// pattern: what it is given has at most ten characters\nconst a = /^(a+)+$/')).toEqual([])
  expect(await faultsOf('const a = /^(a+)+$/ // pattern: ten characters at most')).toEqual([])
  expect(await faultsOf('// some other words\nconst a = /^(a+)+$/')).toHaveLength(1)
})

test('patterns are found wherever they stand, in markup too', () => {
  const file = parseSource(
    'a.tsx',
    'const a = [/a/g, "/b/"]; const b = <i title={x.replace(/c/u, "")}>{/d/.test(y)}</i>',
  )
  expect(patternsIn(file).map(({ pattern }) => pattern)).toEqual(['a', 'c', 'd'])
})
