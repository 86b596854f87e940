import { mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { History } from '../../apps/cli/src/check/history.ts'
import type { Violation } from '../../apps/cli/src/check/history-checker.ts'
import { startServer } from '../support/harness.ts'
import { SeededRandom } from '../support/seeded-random.ts'
import { converge } from './converge.ts'
import { Load } from './load.ts'

export interface KillRunOptions {
  readonly database: 'sqlite' | 'postgres'
  readonly kills: number
  readonly seed: number
  readonly people?: number
  readonly rooms?: number
}

export interface KillRunResult {
  readonly database: string
  readonly seed: number
  readonly kills: number
  readonly posts: number
  readonly acknowledged: number
  readonly logged: number
  readonly drainedMs: number
  readonly convergedMs: { readonly median: number; readonly most: number }
  readonly violations: readonly Violation[]
  /** Where the history lies, when something was violated. */
  readonly history?: string
}

const CONVERGE_WITHIN_MS = 25_000

/** One server under load, killed with `kill -9` at random moments and started again; then everything is checked. */
export async function killRun(options: KillRunOptions): Promise<KillRunResult> {
  const { database, kills, seed } = options
  const random = new SeededRandom(seed)
  const history = new History({ seed, isLossy: false, convergeWithinMs: CONVERGE_WITHIN_MS })
  const env = { PARLEY_LIMITS: 'guests=100000/s,all-guests=100000/s,posts=100000/s,queries=100000/s' }
  await using server = await startServer({ database, env })
  const shape = { people: options.people ?? 8, rooms: options.rooms ?? 3, gapMs: 40 }
  const load = await Load.gathers({ ...shape, url: server.url, history, random: random.fork() })
  try {
    load.start()
    for (let kill = 0; kill < kills; kill++) {
      await passes(momentOf(random))
      await server.kill9()
      await server.restart()
    }
    const verdict = await converge({ load, history, truth: server, withinMs: CONVERGE_WITHIN_MS, visitsAll: true })
    const { acknowledged, logged, drainedMs, convergedMs, violations } = verdict
    const median = convergedMs[Math.floor(convergedMs.length / 2)] ?? 0
    return {
      database,
      seed,
      kills,
      posts: load.posts,
      acknowledged,
      logged,
      drainedMs,
      convergedMs: { median, most: convergedMs.at(-1) ?? 0 },
      violations: violations.slice(0, 20),
      ...(violations.length > 0 ? { history: saved(history, `kills-${database}-${seed}`) } : {}),
    }
  } finally {
    load.leave()
  }
}

/** A third of the kills hit the rush of clients that come back, the others the middle of the work. */
function momentOf(random: SeededRandom): number {
  return random.chance(0.33) ? random.between(0, 300) : random.between(300, 1_500)
}

/** The moment of a kill is a time by its nature; nothing is waited for here. */
function passes(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

export function saved(history: History, name: string): string {
  const folder = join(tmpdir(), 'parley-histories')
  mkdirSync(folder, { recursive: true })
  const path = join(folder, `${name}.jsonl`)
  history.save(path)
  return path
}
