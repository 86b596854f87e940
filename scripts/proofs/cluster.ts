import { type Cluster, startCluster } from '../../tests/cluster/support/cluster.ts'
import { type ClusterRunResult, clusterRun } from '../../tests/cluster/support/cluster-run.ts'
import {
  breakLine,
  disturbUntil,
  healLine,
  killInstance,
  killPostgres,
  killRedis,
  momentOf,
  partition,
  passes,
  pauseInstance,
  rollingRestart,
  stallSomething,
} from '../../tests/cluster/support/disturbances.ts'
import { type LobbyRunResult, lobbyRun, WITHIN_MS } from '../../tests/cluster/support/lobby-oracle.ts'
import { mayMakeNamespaces, Namespaces } from '../../tests/cluster/support/namespaces.ts'
import { type RemovalsResult, raceRemovals } from '../../tests/cluster/support/removals.ts'
import { type RepeatsResult, sendRepeatedly } from '../../tests/cluster/support/repeats.ts'
import { becomeOwner, type RevocationsResult, revoke } from '../../tests/cluster/support/revocations.ts'
import { SeededRandom } from '../../tests/support/seeded-random.ts'

/** What a proof is given: how much is asked of it, and where it keeps what it has shown so far. */
export interface ProofTools {
  /** Undefined: as much as the guarantee promises. */
  readonly cycles: number | undefined
  readonly seed: number
  results<Result>(): Result[]
  keep<Result>(done: readonly Result[], result: Result): Result[]
}

/** 20 people, 10 rooms, 200 acts a second in total. */
const LOAD = { people: 20, rooms: 10, gapMs: 100 }

/** Proofs on three instances, Nginx, PostgreSQL and Redis. Each takes up where it was stopped. */
export const clusterProofs: Readonly<Record<string, (tools: ProofTools) => Promise<boolean>>> = {
  cluster,
  repeats,
  redis,
  removals3,
  revocations3,
  rolling,
  pauses,
  partitions,
  lobby,
}

export const clusterUsage = `
  On three instances, Nginx, PostgreSQL and Redis, as many as the guarantee names unless --cycles says otherwise:
  cluster       kill -9 of instances (100) and of PostgreSQL (30) under load
  repeats       posts sent one to five times each, to any instance (100,000)
  redis         kills, pauses and partitions of Redis (50)
  removals3     removals against posts, half of them without Redis (10,000)
  revocations3  ended sessions, disabled people, lost roles, half of them without Redis (500)
  rolling       rolling restarts under load (50)
  pauses        instances that stand still for 5 to 30 s (60)
  partitions    in network namespaces, which needs root (50)
  lobby         who is where: enters, leaves, crashes, kills (2,000)`

/** Ten instances for each three of PostgreSQL. */
async function cluster(tools: ProofTools): Promise<boolean> {
  return underLoad(tools, {
    name: 'cluster',
    wanted: 100,
    perRun: 10,
    disturb: async (around, { random }, count) => {
      const kills = random.shuffled([
        ...Array.from({ length: count }, () => killInstance),
        ...Array.from({ length: Math.ceil((count * 3) / 10) }, () => killPostgres),
      ])
      for (const kill of kills) await kill(around, random)
    },
    isGood: () => true,
  })
}

async function redis(tools: ProofTools): Promise<boolean> {
  return underLoad(tools, {
    name: 'redis',
    wanted: 50,
    perRun: 5,
    disturb: async (around, { random }, count) => {
      for (let index = 0; index < count; index++) {
        const dice = random.next()
        if (dice < 0.4) await killRedis(around, random, 6_000)
        else {
          await passes(momentOf(random))
          const lines = around.instances.map(({ toRedis }) => toRedis)
          const broken = dice < 0.6 ? lines : [random.pick(lines)]
          const how = random.pick(['frozen', 'swallowed', 'refused'] as const)
          for (const line of broken) breakLine(line, how)
          await passes(random.between(1_000, 8_000))
          for (const line of broken) healLine(line)
        }
      }
    },
    isGood: ({ lagMs }) => lagMs.p99 <= 3_000,
  })
}

async function rolling(tools: ProofTools): Promise<boolean> {
  return underLoad(tools, {
    name: 'rolling',
    wanted: 50,
    perRun: 5,
    disturb: async (around, { random }, count) => {
      for (let index = 0; index < count; index++) {
        await passes(random.between(300, 1_500))
        await rollingRestart(around)
      }
    },
    isGood: ({ backMs }) => backMs.p99 <= 2_000,
  })
}

async function pauses(tools: ProofTools): Promise<boolean> {
  return underLoad(tools, {
    name: 'pauses',
    wanted: 60,
    perRun: 4,
    disturb: async (around, { random }, count) => {
      for (let index = 0; index < count; index++) await pauseInstance(around, random, random.between(5_000, 30_000))
    },
    isGood: () => true,
  })
}

/** One to three lines at once, of one instance or of several, in every way that a line can break. */
async function partitions(tools: ProofTools): Promise<boolean> {
  if (!mayMakeNamespaces()) throw new Error('This proof makes networks: run it as root, with iproute2 and nftables.')
  return underLoad(tools, {
    name: 'partitions',
    wanted: 50,
    perRun: 5,
    start: startInNamespaces,
    disturb: async (around, { random }, count) => {
      for (let index = 0; index < count; index++) {
        const forMs = random.between(1_000, 12_000)
        const atOnce = random.between(1, 3)
        await Promise.all(Array.from({ length: atOnce }, () => partition(around, random, { forMs })))
      }
    },
    isGood: () => true,
  })
}

async function startInNamespaces(): Promise<Cluster> {
  const namespaces = new Namespaces()
  try {
    const around = await startCluster({ namespaces })
    const stop = async () => {
      await around.stop()
      namespaces.remove()
    }
    return { ...around, stop, [Symbol.asyncDispose]: stop }
  } catch (error) {
    namespaces.remove()
    throw error
  }
}

export interface UnderLoad {
  readonly name: string
  readonly wanted: number
  readonly perRun: number
  readonly start?: typeof startCluster
  disturb(cluster: Cluster, around: { random: SeededRandom }, count: number): Promise<void>
  /** Beyond the checker's invariants. */
  isGood(result: ClusterRunResult): boolean
}

export async function underLoad(tools: ProofTools, proof: UnderLoad): Promise<boolean> {
  const wanted = tools.cycles ?? proof.wanted
  let done = tools.results<ClusterRunResult & { count: number }>()
  const count = () => done.reduce((sum, result) => sum + result.count, 0)
  while (count() < wanted) {
    console.log(`${proof.name}: ${count()} of ${wanted} done, ${wanted - count()} left`)
    const now = Math.min(proof.perRun, wanted - count())
    const result = await clusterRun({
      ...LOAD,
      name: proof.name,
      seed: tools.seed + done.length,
      disturb: (around, tools) => proof.disturb(around, tools, now),
      ...(proof.start && { start: proof.start }),
    })
    done = tools.keep(done, { ...result, count: now })
    if (result.violations.length > 0 || !proof.isGood(result)) console.log(JSON.stringify(result, null, 2))
  }
  const broken = done.filter((result) => result.violations.length > 0 || !proof.isGood(result))
  const sum = (of: (result: ClusterRunResult) => number) => done.reduce((total, result) => total + of(result), 0)
  const most = (of: (result: ClusterRunResult) => number) => Math.max(0, ...done.map(of))
  console.log(
    `${proof.name}: ${count()} done, ${sum(({ acknowledged }) => acknowledged)} commands acknowledged, ` +
      `${sum(({ logged }) => logged)} events logged, ${broken.length} of ${done.length} runs broken; ` +
      `news late by ${most(({ lagMs }) => lagMs.p99)} ms at p99 and ${most(({ lagMs }) => lagMs.most)} ms at most, ` +
      `current again after ${most(({ backMs }) => backMs.p99)} ms at p99 (worst run)`,
  )
  return broken.length === 0
}

async function repeats(tools: ProofTools): Promise<boolean> {
  const perRun = 5_000
  return inRuns<RepeatsResult>(
    tools,
    { name: 'repeats', wanted: 100_000, perRun, of: ({ posts }) => posts },
    {
      run: async (seed, posts) => {
        await using around = await startCluster()
        const random = new SeededRandom(seed)
        const sending = sendRepeatedly(around, { seed, posts })
        await disturbUntil(sending, () => stallSomething(around, random))
        return sending
      },
      sum: (done) => `${done.reduce((total, { sent }) => total + sent, 0)} times sent`,
    },
  )
}

async function removals3(tools: ProofTools): Promise<boolean> {
  return inRuns<RemovalsResult>(
    tools,
    { name: 'removals3', wanted: 10_000, perRun: 500, of: ({ races }) => races },
    {
      run: async (seed, races) => {
        await using around = await startCluster()
        // Every second run is without Redis; there each race waits for the next look at the truth, so many run at once.
        const isWithout = seed % 2 === 0
        if (isWithout) await around.redis.kill9()
        return await raceRemovals(around, { seed, races, lanes: isWithout ? 50 : 8 })
      },
      sum: (done) => `${done.reduce((total, { delivered }) => total + delivered, 0)} delivered before them, none after`,
    },
  )
}

async function revocations3(tools: ProofTools): Promise<boolean> {
  const limit = (seed: number) => (seed % 2 === 0 ? 5_000 : 1_000)
  return inRuns<RevocationsResult>(
    tools,
    { name: 'revocations3', wanted: 500, perRun: 50, of: ({ trials }) => trials },
    {
      run: async (seed, trials) => {
        await using around = await startCluster()
        const owner = await becomeOwner(around)
        const isWithout = seed % 2 === 0
        if (isWithout) await around.redis.kill9()
        const result = await revoke(around, owner, { seed, trials, lanes: isWithout ? 25 : 2 })
        const late = result.stoppedMs.most > limit(seed) ? [`stopped after ${result.stoppedMs.most} ms`] : []
        return { ...result, problems: [...result.problems, ...late] }
      },
      sum: (done) => {
        const most = (isWithout: boolean) =>
          Math.max(
            0,
            ...done.filter(({ seed }) => (seed % 2 === 0) === isWithout).map(({ stoppedMs }) => stoppedMs.most),
          )
        return `stopped at most ${most(false)} ms after it, without Redis ${most(true)} ms`
      },
    },
  )
}

async function lobby(tools: ProofTools): Promise<boolean> {
  return inRuns<LobbyRunResult>(
    tools,
    { name: 'lobby', wanted: 2_000, perRun: 500, of: ({ steps }) => steps },
    {
      run: async (seed, steps) => {
        await using around = await startCluster()
        return await lobbyRun(around, { seed, steps, lanes: 12, kills: 2 })
      },
      sum: (done) =>
        Object.keys(WITHIN_MS)
          .map(
            (name) => `${name} ${Math.max(0, ...done.map(({ mostMs }) => mostMs[name as keyof typeof WITHIN_MS]))} ms`,
          )
          .join(', '), // as: these are its keys
    },
  )
}

interface Amount<Result> {
  readonly name: string
  readonly wanted: number
  readonly perRun: number
  of(result: Result): number
}

interface Runs<Result> {
  run(seed: number, count: number): Promise<Result>
  sum(done: readonly Result[]): string
}

export async function inRuns<Result extends { readonly problems: readonly string[] }>(
  tools: ProofTools,
  { name, wanted: promised, perRun, of }: Amount<Result>,
  { run, sum }: Runs<Result>,
): Promise<boolean> {
  const wanted = tools.cycles ?? promised
  let done = tools.results<Result>()
  const count = () => done.reduce((total, result) => total + of(result), 0)
  while (count() < wanted) {
    console.log(`${name}: ${count()} of ${wanted} done, ${wanted - count()} left`)
    const result = await run(tools.seed + done.length, Math.min(perRun, wanted - count()))
    done = tools.keep(done, result)
    for (const problem of result.problems) console.log(problem)
  }
  const problems = done.reduce((total, result) => total + result.problems.length, 0)
  console.log(`${name}: ${count()} done, ${sum(done)}, ${problems} problems`)
  return problems === 0
}
