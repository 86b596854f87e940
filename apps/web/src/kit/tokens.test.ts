import { expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { contrast } from './contrast.ts'

const css = readFileSync(new URL('./tokens.css', import.meta.url), 'utf8')
const plain = tokensOf(':root')
const strong = new Map([...plain, ...tokensOf(":root[data-theme='contrast']")])

const SURFACES = ['sunken', 'paper', 'raised', 'hover', 'selected']
const TEXT_PAIRS: readonly [text: string, ground: string][] = [
  ...['ink', 'ink-soft', 'ink-faint'].flatMap((ink) => SURFACES.map((ground): [string, string] => [ink, ground])),
  ...['you-text', 'them-text', 'danger-text', 'good-text'].flatMap((ink) =>
    ['sunken', 'paper', 'raised', 'hover'].map((ground): [string, string] => [ink, ground]),
  ),
  ['you-text', 'you-soft'],
  ['you-text', 'selected'],
  ['ink', 'you-soft'],
  ['ink', 'them-soft'],
  ['ink', 'danger-soft'],
  ['them-text', 'them-soft'],
  ['danger-text', 'danger-soft'],
  ['on-you', 'you'],
  ['on-you', 'you-strong'],
  ['on-them', 'them'],
  ['on-danger', 'danger'],
  ['on-danger', 'danger-strong'],
  ['on-inverse', 'inverse'],
]
const SHAPE_PAIRS: readonly [shape: string, ground: string][] = ['edge', 'focus', 'here', 'away', 'gone'].flatMap(
  (shape) => ['sunken', 'paper', 'raised'].map((ground): [string, string] => [shape, ground]),
)

for (const [name, tokens, wanted] of [
  ['light', plain, 4.5],
  ['dark', plain, 4.5],
  ['high contrast, light', strong, 7],
  ['high contrast, dark', strong, 7],
] as const) {
  const side = name.endsWith('dark') ? 'dark' : 'light'

  test(`text has ${wanted}:1 on every ground it meets (${name})`, () => {
    expect(tooWeak(tokens, side, TEXT_PAIRS, wanted)).toEqual([])
  })

  test(`shapes that carry meaning have 3:1 (${name})`, () => {
    expect(tooWeak(tokens, side, SHAPE_PAIRS, 3)).toEqual([])
  })
}

function tooWeak(
  tokens: Map<string, string>,
  side: 'light' | 'dark',
  pairs: readonly [string, string][],
  wanted: number,
): string[] {
  return pairs.flatMap(([over, under]) => {
    const measured = contrast(colour(tokens, over, side), colour(tokens, under, side))
    return measured < wanted ? [`${over} on ${under}: ${measured.toFixed(2)}`] : []
  })
}

function colour(tokens: Map<string, string>, name: string, side: 'light' | 'dark'): string {
  const value = tokens.get(name)
  if (value === undefined) throw new Error(`tokens.css has no --${name}`)
  const alias = /^var\(--([\w-]+)\)$/.exec(value)?.[1]
  if (alias) return colour(tokens, alias, side)
  const sides = /^light-dark\((#\w+|oklch\([^)]*\)), (#\w+|oklch\([^)]*\))\)$/.exec(value)
  return (side === 'light' ? sides?.[1] : sides?.[2]) ?? value
}

function tokensOf(selector: string): Map<string, string> {
  const start = css.indexOf(`${selector} {`)
  const block = css.slice(start, css.indexOf('\n}', start))
  return new Map(
    [...block.matchAll(/--([\w-]+):\s*([^;]+);/g)].map((match) => [match[1] ?? '', (match[2] ?? '').trim()]),
  )
}
