import { expect, test } from 'bun:test'
import { withCounters } from './coverage.ts'

test('every branch gets a counter, and the code does what it did', () => {
  const code = `
    export function judge(n: number): string {
      if (n > 2) return 'many'
      else if (n === 2) { return 'two' }
      switch (n) {
        case 1: return 'one'
        default:
      }
      if (n < 1) [n, undefined].map((x) => x ?? 1)
      const words = [0].map((x) => (x === n ? 'none' : undefined))
      return words[0] ?? (n < 0 && 'less' || 'part')
    }`
  const { text, branches } = withCounters('judge.ts', code, 0)
  const hits = new Uint32Array(branches)
  const plain = new Bun.Transpiler({ loader: 'ts' }).transformSync(text).replace('export ', '')
  const judge = new Function('__hits', `${plain}; return judge`)(hits) as (n: number) => string
  expect([3, 2, 1, 0, -1, 0.5].map(judge)).toEqual(['many', 'two', 'one', 'none', 'less', 'part'])
  expect(hits.every((count) => count > 0)).toBe(true)
  expect(branches).toBeGreaterThan(8)
})
