import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { readHistory } from '../apps/cli/src/check/history.ts'
import { checkHistory, INVARIANTS } from '../apps/cli/src/check/history-checker.ts'
import { type KillRunResult, killRun } from '../tests/faults/kill-run.ts'
import { percentile } from '../tests/faults/lags.ts'
import { type LossyRunResult, lossyRun } from '../tests/faults/lossy-run.ts'
import { live } from '../tests/simulation/life.ts'
import { castOf, raceRemoval } from '../tests/simulation/removal-race.ts'
import { anyLifeOfSeed } from '../tests/simulation/seeds.ts'
import { WatchedRooms } from '../tests/simulation/watched-room.ts'
import { stopServers } from '../tests/support/harness.ts'
import { root } from './checks/source-file.ts'
import { mutantsOfRules, openMutantTree } from './mutate-rules.ts'
import { backups, backupsUsage } from './proofs/backups.ts'
import { clusterProofs, clusterUsage } from './proofs/cluster.ts'
import { coldRestart, coldRestartUsage } from './proofs/cold-restart.ts'
import { differential } from './proofs/differential.ts'
import { erasure } from './proofs/erasure.ts'
import { hostileProofs, hostileUsage } from './proofs/hostile.ts'
import { power, powerUsage } from './proofs/power.ts'

const usage = `usage: npm run prove -- <what> [options]

  kills  --database sqlite|postgres --cycles 100   kill -9 under load, then the history checker
  lossy  --database sqlite|postgres --cycles 20    5 % of the server's messages lost on the way
  removals --database sqlite|postgres --cycles 10000   removals against posts: nothing after them is stored or delivered
  mutants                                          are the rules' mistakes noticed by their tests and the matrix?
  simulations --cycles 1000                        seeded runs of many clients over breaking wires
  differential                                     random sequences alike on SQLite and PostgreSQL (10,000)
  erasure --cycles 400                             canaries everywhere, erased: 0 bytes left (200 on each database)
  check  <history.jsonl>                           judge a history that was kept
${clusterUsage}${powerUsage}
${backupsUsage}${coldRestartUsage}${hostileUsage}

Each run appends one line to .cache/prove/<what>-<database>.jsonl; the same command goes on where the last one stopped.
--results <file> takes another file, --seed <number> another first seed.`

const KILLS_PER_RUN = 5
const REMOVALS_PER_RUN = 500

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    database: { type: 'string', default: 'sqlite' },
    cycles: { type: 'string' },
    results: { type: 'string' },
    seed: { type: 'string', default: '1' },
  },
})

const [what, path] = positionals
const database = values.database === 'postgres' ? 'postgres' : 'sqlite'
const cycles = values.cycles === undefined ? undefined : Number(values.cycles)
const clusterProof =
  what === undefined
    ? undefined
    : { ...clusterProofs, ...hostileProofs, differential, backups, 'cold-restart': coldRestart, power, erasure }[what]
const isOfOneKind = what === 'simulations' || what === 'mutants' || clusterProof !== undefined
const file = values.results ?? join(root, `.cache/prove/${what}${isOfOneKind ? '' : `-${database}`}.jsonl`)

try {
  process.exitCode = (await prove()) ? 0 : 1
} finally {
  await stopServers()
}

async function prove(): Promise<boolean> {
  switch (what) {
    case 'kills':
      return kills(cycles ?? 100)
    case 'lossy':
      return lossy(cycles ?? 100)
    case 'removals':
      return removals(cycles ?? 100)
    case 'mutants':
      return mutants()
    case 'simulations':
      return simulations(cycles ?? 100)
    case 'check':
      return check(path)
    default:
      if (clusterProof) return clusterProof({ cycles, seed: Number(values.seed), results, keep })
      console.log(usage)
      return false
  }
}

async function kills(cycles: number): Promise<boolean> {
  let done = results<KillRunResult>()
  const killed = () => done.reduce((sum, result) => sum + result.kills, 0)
  while (killed() < cycles) {
    console.log(`kills on ${database}: ${killed()} of ${cycles} done, ${cycles - killed()} left`)
    const result = await killRun({
      database,
      kills: Math.min(KILLS_PER_RUN, cycles - killed()),
      seed: Number(values.seed) + done.length,
    })
    done = keep(done, result)
    if (result.violations.length > 0) console.log(JSON.stringify(result, null, 2))
  }
  const broken = done.filter((result) => result.violations.length > 0)
  const sum = (of: (result: KillRunResult) => number) => done.reduce((total, result) => total + of(result), 0)
  console.log(
    `${database}: ${killed()} kills, ${sum((result) => result.acknowledged)} commands acknowledged, ` +
      `${sum((result) => result.logged)} events logged, ${broken.length} runs with violations; ` +
      `outboxes empty at most ${Math.max(0, ...done.map((result) => result.drainedMs))} ms after the load, ` +
      `all clients at the head at most ${Math.max(0, ...done.map((result) => result.convergedMs.most))} ms later`,
  )
  return broken.length === 0
}

async function lossy(cycles: number): Promise<boolean> {
  let done = results<LossyRunResult>()
  while (done.length < cycles) {
    console.log(`lossy line on ${database}: ${done.length} of ${cycles} done, ${cycles - done.length} left`)
    const seed = Number(values.seed) + done.length
    const result = await lossyRun({ database, seed, loss: 0.05, loadMs: 10_000 })
    done = keep(done, result)
    if (result.violations.length > 0) console.log(JSON.stringify(result, null, 2))
  }
  const broken = done.filter((result) => result.violations.length > 0)
  const worst = done.map((result) => result.healedMs.p99).sort((a, b) => a - b)
  const most = Math.max(0, ...done.map((result) => result.healedMs.most))
  console.log(
    `${database}: ${done.length} runs, ${done.reduce((sum, result) => sum + result.dropped, 0)} messages dropped, ` +
      `${broken.length} runs with violations; healed at p99 after ${percentile(worst, 0.5)} ms (median run), ` +
      `${percentile(worst, 1)} ms (worst run), at most ${most} ms`,
  )
  return broken.length === 0 && percentile(worst, 0.5) <= 25_000 && most <= 45_000
}

interface RemovalsResult {
  readonly first: number
  readonly races: number
  readonly stored: number
  readonly refused: number
  readonly delivered: number
  readonly problems: readonly string[]
}

async function removals(cycles: number): Promise<boolean> {
  let done = results<RemovalsResult>()
  const raced = () => done.reduce((sum, result) => sum + result.races, 0)
  while (raced() < cycles) {
    console.log(`removals on ${database}: ${raced()} of ${cycles} done`)
    done = keep(done, await removalRun(Number(values.seed) + raced(), Math.min(REMOVALS_PER_RUN, cycles - raced())))
    for (const problem of done.at(-1)?.problems ?? []) console.log(problem)
  }
  const sum = (of: (result: RemovalsResult) => number) => done.reduce((total, result) => total + of(result), 0)
  const problems = sum((result) => result.problems.length)
  console.log(
    `${database}: ${raced()} removals against posts, ${sum((result) => result.stored)} posts stored before and ` +
      `${sum((result) => result.refused)} refused, ${sum((result) => result.delivered)} events and snapshots delivered ` +
      `up to the removal, ${problems} problems`,
  )
  return problems === 0
}

/** A person belongs to at most 1,000 rooms, so each run has its own people and its own database. */
async function removalRun(first: number, races: number): Promise<RemovalsResult> {
  const rooms = new WatchedRooms(database)
  await rooms.open()
  try {
    const cast = await castOf(rooms)
    const total = { stored: 0, refused: 0, delivered: 0 }
    const problems: string[] = []
    for (let seed = first; seed < first + races; seed++) {
      const outcome = await raceRemoval(rooms, cast, { seed, stepped: database === 'sqlite' || seed % 50 === 0 })
      for (const problem of outcome.problems) problems.push(`seed ${seed}: ${problem}`)
      total.stored += outcome.stored
      total.refused += outcome.refused
      total.delivered += outcome.delivered
    }
    return { first, races, ...total, problems: [...problems, ...rooms.faults] }
  } finally {
    await rooms.close()
  }
}

interface MutantResult {
  readonly place: string
  readonly change: string
  readonly killedBy?: string
}

/** Each mutant of `rules/` is given to the rules' own tests, and to the matrix of permissions when those notice nothing. */
async function mutants(): Promise<boolean> {
  const all = mutantsOfRules()
  let done = results<MutantResult>()
  const tree = openMutantTree()
  try {
    for (const mutant of all.slice(done.length)) {
      const { killedBy } = await tree.judge(mutant)
      const place = `${mutant.path}:${mutant.line}`
      const change = `${mutant.before.slice(0, 60)} → ${mutant.after}`
      done = keep(done, { place, change, ...(killedBy && { killedBy }) })
      if (!killedBy) console.log(`survived: ${place}  ${change}`)
    }
  } finally {
    tree.close()
  }
  const killed = done.filter((result) => result.killedBy !== undefined).length
  const share = (100 * killed) / done.length
  console.log(`${killed} of ${done.length} mutants of the rules killed, ${share.toFixed(1)} %`)
  return share >= 90
}

async function simulations(cycles: number): Promise<boolean> {
  let done = results<{ seed: number; events: number; steps: number; problem?: string }>()
  while (done.length < cycles) {
    const seed = Number(values.seed) + done.length
    try {
      const { events, steps, violations, faults } = await live(anyLifeOfSeed(seed))
      const problems = [...violations.map(({ invariant, what: words }) => `${invariant} ${words}`), ...faults]
      done = keep(done, { seed, events, steps, ...(problems.length > 0 ? { problem: problems.join('; ') } : {}) })
    } catch (error) {
      done = keep(done, { seed, events: 0, steps: 0, problem: String(error) })
    }
    const problem = done.at(-1)?.problem
    if (problem) console.log(`seed ${seed}: ${problem}`)
    if (done.length % 20 === 0) console.log(`simulations: ${done.length} of ${cycles} done`)
  }
  const broken = done.filter((result) => result.problem !== undefined)
  const events = done.reduce((sum, result) => sum + result.events, 0)
  console.log(`${done.length} simulations, ${events} events, ${broken.length} with problems`)
  for (const { seed, problem } of broken) console.log(`  seed ${seed}: ${problem?.slice(0, 300)}`)
  return broken.length === 0
}

function check(history: string | undefined): boolean {
  if (history === undefined) throw new Error(usage)
  const violations = checkHistory(readHistory(history))
  for (const { invariant, what: words } of violations) console.log(`${invariant} ${INVARIANTS[invariant]}: ${words}`)
  console.log(violations.length === 0 ? 'All twelve invariants hold.' : `${violations.length} violations`)
  return violations.length === 0
}

function results<Result>(): Result[] {
  if (!existsSync(file)) return []
  const lines = readFileSync(file, 'utf8').split('\n')
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Result) // as: `keep` wrote it
}

function keep<Result>(done: readonly Result[], result: Result): Result[] {
  mkdirSync(dirname(file), { recursive: true })
  appendFileSync(file, `${JSON.stringify(result)}\n`)
  return [...done, result]
}
