import { History } from '../../../apps/cli/src/check/history.ts'
import type { Violation } from '../../../apps/cli/src/check/history-checker.ts'
import { converge } from '../../faults/converge.ts'
import { saved } from '../../faults/kill-run.ts'
import { lags, percentile, quantiles } from '../../faults/lags.ts'
import { Load } from '../../faults/load.ts'
import { SeededRandom } from '../../support/seeded-random.ts'
import { type Cluster, startCluster } from './cluster.ts'
import { comebacks } from './comebacks.ts'

export interface ClusterRunOptions {
  readonly name: string
  readonly seed: number
  /** What happens to the cluster while people write. */
  disturb(cluster: Cluster, around: { random: SeededRandom; history: History; load: Load }): Promise<void>
  readonly people?: number
  readonly rooms?: number
  /** Between two acts of a person, on average. */
  readonly gapMs?: number
  /** Whether everybody also resumes, at the end, the rooms that they do not look at. */
  readonly visitsAll?: boolean
  /** Default: on loopback, with proxies for lines. */
  readonly start?: typeof startCluster
}

export interface ClusterRunResult {
  readonly name: string
  readonly seed: number
  readonly posts: number
  readonly acknowledged: number
  readonly logged: number
  readonly drainedMs: number
  readonly convergedMs: { readonly median: number; readonly most: number }
  /** How long after anybody had seen an event the others who looked at its room had it. */
  readonly lagMs: { readonly median: number; readonly p99: number; readonly most: number }
  /** From a client's first attempt to come back until it was current again. */
  readonly backMs: { readonly count: number; readonly median: number; readonly p99: number; readonly most: number }
  readonly violations: readonly Violation[]
  /** Where the history lies, when something was violated. */
  readonly history?: string
}

const CONVERGE_WITHIN_MS = 25_000

/** Three instances under load, disturbed; then everything heals and the checker judges all that anybody saw. */
export async function clusterRun(options: ClusterRunOptions): Promise<ClusterRunResult> {
  const { name, seed } = options
  const random = new SeededRandom(seed)
  const history = new History({ seed, isLossy: false, convergeWithinMs: CONVERGE_WITHIN_MS })
  await using cluster = await (options.start ?? startCluster)()
  const shape = { people: options.people ?? 8, rooms: options.rooms ?? 3, gapMs: options.gapMs ?? 40 }
  const load = await Load.gathers({ ...shape, url: cluster.url, history, random: random.fork() })
  try {
    load.start()
    await options.disturb(cluster, { random, history, load })
    const { visitsAll = true } = options
    const verdict = await converge({ load, history, truth: truthOf(cluster), withinMs: CONVERGE_WITHIN_MS, visitsAll })
    const { acknowledged, logged, drainedMs, convergedMs, violations } = verdict
    return {
      name,
      seed,
      posts: load.posts,
      acknowledged,
      logged,
      drainedMs,
      convergedMs: { median: percentile(convergedMs, 0.5), most: percentile(convergedMs, 1) },
      lagMs: counted(lags(history.entries)),
      backMs: counted(comebacks(history.entries)),
      violations: violations.slice(0, 20),
      ...(violations.length > 0 ? { history: saved(history, `${name}-${seed}`) } : {}),
    }
  } finally {
    load.leave()
  }
}

export function truthOf({ databaseUrl }: Cluster): { databaseUrl: string; dataFolder: string } {
  return { databaseUrl, dataFolder: '' }
}

function counted(ascending: readonly number[]): ClusterRunResult['backMs'] {
  return { count: ascending.length, ...quantiles(ascending) }
}
