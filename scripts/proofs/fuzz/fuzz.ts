import type { Parser } from '../../../tests/hostile/parsers.ts'
import { SeededRandom } from '../../../tests/support/seeded-random.ts'
import { inRuns, type ProofTools } from '../cluster.ts'
import { countBranches, Seen } from './coverage.ts'
import { mutate } from './mutate.ts'

interface FuzzResult {
  readonly parser: string
  readonly seed: number
  readonly cases: number
  readonly corpus: number
  readonly branches: { readonly reached: number; readonly all: number }
  readonly mostMs: number
  readonly problems: readonly string[]
}

const FILES = [
  'apps/server/src/sockets/decode-frame.ts',
  'apps/server/src/queries/page-place.ts',
  'apps/web/src/room/linkify.ts',
  'apps/web/src/room/emoji-only.ts',
  'apps/web/src/routes.ts',
  'packages/protocol/src/text.ts',
  'packages/client/src/cursors.ts',
]
const PER_RUN = 50_000
/** Longer inputs only repeat what shorter ones do; how time grows is measured by a test of its own. */
const LONGEST = 4_096
/** No parser may keep a thread so long with so short a text, even where the machine is shared. */
const SLOW_MS = 100

/**
 * Texts that are bred for reaching branches that none reached before, each held against the laws of its parser. Every run
 * takes the next parser, so a million cases are spread over all of them.
 */
export async function fuzz(tools: ProofTools): Promise<boolean> {
  countBranches(FILES)
  const { loadParsers } = await import('../../../tests/hostile/parsers.ts')
  const parsers = await loadParsers()
  const corpora = new Map(parsers.map((parser) => [parser, { texts: [...parser.seeds], seen: new Seen() }]))
  return inRuns<FuzzResult>(
    tools,
    { name: 'fuzz', wanted: 1_000_000, perRun: PER_RUN, of: ({ cases }) => cases },
    {
      run: async (seed, cases) => {
        const parser = parsers[seed % parsers.length]
        const corpus = parser && corpora.get(parser)
        if (!corpus) throw new Error('There are no parsers.')
        return breed(parser, corpus, { seed, cases })
      },
      sum: (done) =>
        parsers
          .map(({ name }) => {
            const own = done.filter(({ parser }) => parser === name)
            const most = (of: (result: FuzzResult) => number) => Math.max(0, ...own.map(of))
            const { reached, all } = own.at(-1)?.branches ?? { reached: 0, all: 0 }
            const cases = own.reduce((total, result) => total + result.cases, 0)
            return `${name}: ${cases} cases, corpus ${most(({ corpus }) => corpus)}, ${reached} of ${all} branches, at most ${most(({ mostMs }) => mostMs)} ms`
          })
          .join('; '),
    },
  )
}

interface Corpus {
  readonly texts: string[]
  readonly seen: Seen
}

function breed(parser: Parser, { texts, seen }: Corpus, { seed, cases }: { seed: number; cases: number }): FuzzResult {
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
