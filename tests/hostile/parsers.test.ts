import { expect, test } from 'bun:test'
import { LIMITS } from '@parley/protocol'
import fc from 'fast-check'
import { loadParsers } from './parsers.ts'

const parsers = await loadParsers()
const named = parsers.map((parser) => [parser.name, parser] as const)

test.each(named)('[G14] whatever is written, %s keep their laws', (_, parser) => {
  const piece = fc.oneof(
    fc.constantFrom(...parser.words),
    fc.string({ unit: 'binary', maxLength: 20 }),
    fc.constantFrom(...parser.seeds),
    fc.json({ maxDepth: 4 }),
  )
  const cut = fc.tuple(fc.constantFrom(...parser.seeds), fc.nat(), piece, fc.nat(30)).map(([seed, at, words, gone]) => {
    const from = at % (seed.length + 1)
    return seed.slice(0, from) + words + seed.slice(from + gone)
  })
  const pieces = fc.array(piece, { maxLength: 12 }).map((all) => all.join(''))
  fc.assert(
    fc.property(fc.oneof(cut, pieces, fc.string({ unit: 'binary', maxLength: 200 })), (text) => {
      parser.parse(text.slice(0, parser.limit))
    }),
    { numRuns: 4_000 },
  )
})

/** A frame or text of some length that is awkward at every length. */
const SHAPES: Readonly<Record<string, (length: number) => string>> = {
  brackets: (length) => '['.repeat(length),
  'closing brackets': (length) => `https://a.b/${')'.repeat(length)}`,
  'brackets both ways': (length) => `https://a.b/${'()'.repeat(length / 2)}`,
  'objects in objects': (length) => '{"a":'.repeat(length / 5),
  slashes: (length) => '/'.repeat(length),
  'schemes in a row': (length) => 'https://'.repeat(length / 8),
  'www in a row': (length) => 'www.'.repeat(length / 4),
  'signs of addresses': (length) => `mailto:${'@'.repeat(length)}`,
  'addresses in a row': (length) => 'a@'.repeat(length / 2),
  'full stops': (length) => `www.${'.'.repeat(length)}x`,
  'combining marks': (length) => `a${'\u0316\u0301'.repeat(length / 2)}`,
  'marks after each scheme': (length) => 'www.\u0301'.repeat(length / 5),
  spaces: (length) => `${' '.repeat(length)}x`,
  'blank lines': (length) => '\n \n'.repeat(length / 3),
  'carriage returns': (length) => '\r'.repeat(length),
  'invisible characters': (length) => '\u200b\u3164'.repeat(length / 2),
  hands: (length) => `${'👋🏽'.repeat(length / 4)}x`,
  'a family without an end': (length) => '👩\u200d'.repeat(length / 3),
  digits: (length) => `1${'0'.repeat(length)}`,
  quotes: (length) => `"${'\\"'.repeat(length / 2)}`,
  'keys that repeat': (length) => `{${'"type":"open",'.repeat(length / 14)}"type":"pong"}`,
}

test.each(named)(
  '[G14] of twice the input, %s take twice the time',
  (_, parser) => {
    const slow: string[] = []
    for (const [shape, make] of Object.entries(SHAPES)) {
      // As long as the longest frame, even for what never gets so much: there a square of it would take seconds.
      const at = (length: number) => fastest(() => parser.parse(make(length)))
      const whole = at(LIMITS.frameBytes)
      if (whole < 60) continue
      const quarter = at(LIMITS.frameBytes / 4)
      if (whole / quarter > 9)
        slow.push(`${shape}: ${quarter.toFixed(1)} ms for a quarter, ${whole.toFixed(1)} ms for all`)
    }
    expect(slow).toEqual([])
  },
  60_000,
)

function fastest(act: () => void): number {
  let least = Number.POSITIVE_INFINITY
  for (let turn = 0; turn < 3; turn++) {
    const startedAt = performance.now()
    act()
    least = Math.min(least, performance.now() - startedAt)
  }
  return least
}
