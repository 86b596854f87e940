import type { Parser } from '../../../tests/hostile/parsers.ts'
import { SeededRandom } from '../../../tests/support/seeded-random.ts'
import { countBranches, Seen } from './coverage.ts'
import type { FuzzResult } from './fuzz.ts'
import { mutate } from './mutate.ts'

// A program of its own, because what is loaded already cannot be given counters: bun breed.ts <seed> <cases>

const FILES = [
  'apps/server/src/sockets/decode-frame.ts',
  'apps/server/src/queries/page-place.ts',
  'apps/web/src/room/linkify.ts',
  'apps/web/src/room/emoji-only.ts',
  'apps/web/src/routes.ts',
  'packages/protocol/src/text.ts',
  'packages/client/src/cursors.ts',
]
/** Longer inputs only repeat what shorter ones do; how time grows is measured by a test of its own. */
const LONGEST = 4_096
/** No parser may keep a thread so long with so short a text, even where the machine is shared. */
const SLOW_MS = 100

const [seed = 1, cases = 1_000] = process.argv.slice(2).map(Number)
countBranches(FILES)
const { loadParsers } = await import('../../../tests/hostile/parsers.ts')
const parsers = await loadParsers()
const parser = parsers[seed % parsers.length]
if (!parser) throw new Error('There are no parsers.')
console.log(JSON.stringify(breed(parser, { seed, cases })))

function breed(parser: Parser, { seed, cases }: { seed: number; cases: number }): FuzzResult {
  const texts = [...parser.seeds]
  const seen = new Seen()
  const random = new SeededRandom(seed)
  const problems: string[] = []
  let mostMs = 0
  for (const text of parser.seeds) parser.parse(text)
  seen.isNew()
  for (let left = cases; left > 0; left--) {
    const longest = Math.min(parser.limit, LONGEST)
    const text = mutate(random.pick(texts), texts, parser.words, random).slice(0, longest)
    const startedAt = performance.now()
    const problem = problemWith(parser, text)
    const tookMs = performance.now() - startedAt
    mostMs = Math.max(mostMs, tookMs)
    if (problem !== undefined) problems.push(`${parser.name}: ${problem} (${JSON.stringify(text)})`)
    else if (tookMs > SLOW_MS && isSlow(parser, text)) problems.push(`${parser.name}: slow (${JSON.stringify(text)})`)
    if (problems.length > 20) break
    if (seen.isNew()) texts.push(text)
  }
  return {
    parser: parser.name,
    seed,
    cases,
    corpus: texts.length,
    branches: seen.branches,
    mostMs: Math.round(mostMs),
    problems,
  }
}

function problemWith(parser: Parser, text: string): string | undefined {
  try {
    parser.parse(text)
    return undefined
  } catch (error) {
    return String(error)
  }
}

/** The machine may have been busy with something else; it is slow when it is every time. */
function isSlow(parser: Parser, text: string): boolean {
  return [1, 2, 3].every(() => {
    const startedAt = performance.now()
    parser.parse(text)
    return performance.now() - startedAt > SLOW_MS
  })
}
