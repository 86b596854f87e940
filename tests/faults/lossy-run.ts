import { History } from '../../apps/cli/src/check/history.ts'
import type { Violation } from '../../apps/cli/src/check/history-checker.ts'
import { startFaultProxy } from '../support/fault-proxy.ts'
import { startServer } from '../support/harness.ts'
import { SeededRandom } from '../support/seeded-random.ts'
import { converge } from './converge.ts'
import { saved } from './kill-run.ts'
import { lags, percentile } from './lags.ts'
import { Load } from './load.ts'

export interface LossyRunOptions {
  readonly database: 'sqlite' | 'postgres'
  readonly seed: number
  /** How likely each message of the server is lost on the way. */
  readonly loss: number
  readonly loadMs: number
  readonly people?: number
  readonly rooms?: number
}

export interface LossyRunResult {
  readonly database: string
  readonly seed: number
  readonly dropped: number
  readonly passed: number
  readonly acknowledged: number
  readonly drainedMs: number
  /** How long after anybody had seen an event the others had it. */
  readonly healedMs: { readonly median: number; readonly p99: number; readonly most: number; readonly count: number }
  readonly violations: readonly Violation[]
  readonly history?: string
}

/** At most this long, always; 25 s at p99. (SPEC E7) */
const CONVERGE_WITHIN_MS = 45_000

/** People on a line that loses single messages of the server, during the load and after it. */
export async function lossyRun(options: LossyRunOptions): Promise<LossyRunResult> {
  const { database, seed, loss } = options
  const random = new SeededRandom(seed)
  const history = new History({ seed, isLossy: true, convergeWithinMs: CONVERGE_WITHIN_MS })
  const env = { PARLEY_LIMITS: 'guests=100000/s,all-guests=100000/s,posts=100000/s,queries=100000/s' }
  await using server = await startServer({ database, env })
  await using proxy = await startFaultProxy({ target: server, seed })
  const shape = { people: options.people ?? 8, rooms: options.rooms ?? 2, gapMs: 40 }
  const load = await Load.gathers({ ...shape, url: proxy.url, history, random: random.fork() })
  try {
    proxy.faults.dropServerFrames = loss
    load.start()
    await new Promise((resolve) => setTimeout(resolve, options.loadMs))
    const verdict = await converge({ load, history, truth: server, withinMs: CONVERGE_WITHIN_MS, visitsAll: false })
    const { violations } = verdict
    const healed = lags(history.entries)
    return {
      database,
      seed,
      ...proxy.counts,
      acknowledged: verdict.acknowledged,
      drainedMs: verdict.drainedMs,
      healedMs: {
        median: percentile(healed, 0.5),
        p99: percentile(healed, 0.99),
        most: percentile(healed, 1),
        count: healed.length,
      },
      violations: violations.slice(0, 20),
      ...(violations.length > 0 ? { history: saved(history, `lossy-${database}-${seed}`) } : {}),
    }
  } finally {
    load.leave()
  }
}
