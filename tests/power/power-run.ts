import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { converge } from '../faults/converge.ts'
import { saved } from '../faults/kill-run.ts'
import { Load } from '../faults/load.ts'
import { startServer, type TestServer } from '../support/harness.ts'
import type { Person } from '../support/person.ts'
import { SeededRandom } from '../support/seeded-random.ts'
import { Closings } from './closings.ts'
import { type Life, leftAtTheEnd, looksInto } from './looks.ts'
import { NotedHistory } from './noted-history.ts'
import { verify } from './verify.ts'
import { fill, watching } from './watched-folder.ts'

export interface PowerRunOptions {
  readonly seed: number
  /** How often the power goes under the server, which then starts on what is left while the clients go on. */
  readonly lives: number
  /** How often in each life, besides, what would be left is looked at without disturbing anybody. */
  readonly looks: number
  /** How long each life has its load. */
  readonly loadMs: number
}

export interface PowerRunResult {
  readonly seed: number
  /** Of both kinds. */
  readonly cuts: number
  readonly acknowledged: number
  readonly logged: number
  /** Bytes that were written, and not yet kept, at the worst of the cuts. */
  readonly mostLost: number
  readonly problems: readonly string[]
}

const CONVERGE_WITHIN_MS = 25_000
const LIMITS = 'guests=100000/s,all-guests=100000/s,posts=100000/s,queries=100000/s'

/** One server under load over several lives, each ended by a power cut; then everything is checked, and each look too. */
export async function powerRun(options: PowerRunOptions): Promise<PowerRunResult> {
  const { seed } = options
  const random = new SeededRandom(seed)
  const place = mkdtempSync(join(tmpdir(), `parley-power-${process.pid}-`))
  const dataFolder = join(place, 'data')
  const lives: Life[] = [{ journal: join(place, 'journal-1'), began: new Map() }]
  const history = new NotedHistory({ seed, convergeWithinMs: CONVERGE_WITHIN_MS }, lives)
  fill(dataFolder, new Map())
  const env = { PARLEY_LIMITS: LIMITS, ...watching(dataFolder, join(place, 'journal-1')) }
  const server = await startServer({ dataFolder, env })
  const shape = { people: 8, rooms: 3, gapMs: 40 }
  const load = await Load.gathers({ ...shape, url: server.url, history, random: random.fork() })
  const closings = await Closings.begin({ url: server.url, history })
  try {
    load.start()
    for (let life = 1; life <= options.lives; life++) {
      await passes(random.between(options.loadMs / 2, options.loadMs * 1.5))
      await losesPower(server, { lives, random, journal: join(place, `journal-${life + 1}`) })
    }
    await closings.stop()
    const ended = { load, history, truth: server, withinMs: CONVERGE_WITHIN_MS, visitsAll: true }
    const verdict = await converge(ended).catch((error) => ({ violations: [], acknowledged: 0, logged: 0, error }))
    await server.kill9()
    const people = [...load.people, closings.person]
    const looks = await judgeLooks({
      lives,
      history,
      people,
      random,
      wanted: options.looks,
      folder: join(place, 'look'),
    })
    const problems = [
      ...verdict.violations.map(({ invariant, what }) => `${invariant} ${what}`),
      ...looks.problems,
      ...('error' in verdict ? [String(verdict.error)] : []),
    ]
    if (problems.length > 0) console.log(`The history lies in ${saved(history, `power-${seed}`)}`)
    const { acknowledged, logged } = verdict
    const cuts = options.lives * (options.looks + 1)
    return { seed, cuts, acknowledged, logged, mostLost: looks.mostLost, problems: problems.slice(0, 20) }
  } finally {
    closings.leave()
    load.leave()
    await server.stop()
    rmSync(place, { recursive: true, force: true })
  }
}

/** Ends the server and starts it on what a disk would have kept, while its clients go on. */
async function losesPower(
  server: TestServer,
  { lives, random, journal }: { lives: Life[]; random: SeededRandom; journal: string },
): Promise<void> {
  await server.kill9()
  const ended = lives.at(-1)
  if (!ended) throw new Error('The server has not lived yet.')
  const left = leftAtTheEnd(ended, random)
  fill(server.dataFolder, left)
  lives.push({ journal, began: left })
  await server.start(watching(server.dataFolder, journal))
}

/** Looks into every life but the last, which no cut has ended. */
async function judgeLooks(ask: {
  readonly lives: readonly Life[]
  readonly history: NotedHistory
  readonly people: readonly Person[]
  readonly random: SeededRandom
  readonly wanted: number
  readonly folder: string
}): Promise<{ mostLost: number; problems: string[] }> {
  const { lives, history, people, random, wanted, folder } = ask
  const tokens = new Map<string, string>(people.map((person) => [person.user.id, person.token]))
  const problems: string[] = []
  let mostLost = 0
  for (const [index, life] of lives.slice(0, -1).entries()) {
    for (const look of looksInto(life, { random, wanted, told: history.toldIn(index) })) {
      mostLost = Math.max(mostLost, look.unkept)
      const entries = history.until(index, look.at)
      const arrived = new Set(entries.flatMap((entry) => (entry.kind === 'dialled' ? [entry.user] : [])))
      fill(folder, look.files)
      const known = { entries, tokens: [...arrived].flatMap((user) => tokens.get(user) ?? []) }
      const found = await verify(folder, known).catch((error) => [String(error)])
      const where = `life ${index + 1}, byte ${look.at} of the journal, ${JSON.stringify(look.survival)} survived`
      problems.push(...found.map((problem) => `${where}: ${problem}`))
    }
  }
  return { mostLost, problems }
}

/** The moment of a power cut is a time by its nature; nothing is waited for here. */
function passes(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
