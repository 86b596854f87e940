import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { History } from '../../apps/cli/src/check/history.ts'
import type { HistoryEntry } from '../../apps/cli/src/check/history-entry.ts'
import { converge } from '../faults/converge.ts'
import { saved } from '../faults/kill-run.ts'
import { Load } from '../faults/load.ts'
import { startServer } from '../support/harness.ts'
import { SeededRandom } from '../support/seeded-random.ts'
import { Disk, type Files, type Survival } from './disk.ts'
import { readJournal } from './journal.ts'
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
  fill(dataFolder, new Map())
  const history = new NotedHistory(seed, lives)
  const env = { PARLEY_LIMITS: LIMITS, ...watching(dataFolder, lives[0]?.journal ?? '') }
  const server = await startServer({ dataFolder, env })
  const shape = { people: 8, rooms: 3, gapMs: 40 }
  const load = await Load.gathers({ ...shape, url: server.url, history, random: random.fork() })
  try {
    load.start()
    for (let life = 1; life <= options.lives; life++) {
      await passes(random.between(options.loadMs / 2, options.loadMs * 1.5))
      await server.kill9()
      const journal = join(place, `journal-${life + 1}`)
      const left = leftAtTheEnd(lives[life - 1], random)
      fill(dataFolder, left)
      lives.push({ journal, began: left })
      await server.start(watching(dataFolder, journal))
    }
    const verdict = await converge({ load, history, truth: server, withinMs: CONVERGE_WITHIN_MS, visitsAll: true })
    await server.kill9()
    const problems = verdict.violations.map(({ invariant, what }) => `${invariant} ${what}`)
    const tokens = new Map(load.people.map((person) => [person.user.id as string, person.token]))
    let mostLost = 0
    for (const [index, life] of lives.slice(0, options.lives).entries()) {
      for (const look of looksInto(life, { random, wanted: options.looks, told: history.toldIn(index) })) {
        mostLost = Math.max(mostLost, look.unkept)
        const entries = history.until(index, look.at)
        const arrived = new Set(entries.flatMap((entry) => (entry.kind === 'dialled' ? [entry.user] : [])))
        const folder = join(place, 'look')
        fill(folder, look.files)
        const known = { entries, tokens: [...arrived].flatMap((user) => tokens.get(user) ?? []) }
        const found = await verify(folder, known).catch((error) => [String(error)])
        const where = `life ${index + 1}, byte ${look.at} of the journal, ${JSON.stringify(look.survival)} survived`
        problems.push(...found.map((problem) => `${where}: ${problem}`))
      }
    }
    if (problems.length > 0) console.log(`The history lies in ${saved(history, `power-${seed}`)}`)
    return {
      seed,
      cuts: options.lives * (options.looks + 1),
      acknowledged: verdict.acknowledged,
      logged: verdict.logged,
      mostLost,
      problems: problems.slice(0, 20),
    }
  } finally {
    load.leave()
    await server.stop()
    rmSync(place, { recursive: true, force: true })
  }
}

/** The server from one start to the next cut. */
export interface Life {
  readonly journal: string
  /** What it was started on. */
  readonly began: Files
}

/** Knows of each entry how far the server's journal had come when it was written down: what had caused it lies before. */
class NotedHistory extends History {
  readonly #lives: readonly Life[]
  /** Of every entry but the first, which tells of the run itself. */
  readonly #places: { readonly life: number; readonly at: number }[] = []
  readonly #note: () => void

  constructor(seed: number, lives: readonly Life[]) {
    super({ seed, isLossy: false, convergeWithinMs: CONVERGE_WITHIN_MS })
    this.#lives = lives
    this.#note = () => {
      const journal = this.#lives.at(-1)?.journal ?? ''
      const at = statSync(journal, { throwIfNoEntry: false })?.size ?? 0
      this.#places.push({ life: this.#lives.length - 1, at })
    }
  }

  override add(entry: HistoryEntry): void {
    super.add(entry)
    if (entry.kind !== 'run') this.#note()
  }

  /** What had been seen by then. */
  until(life: number, at: number): HistoryEntry[] {
    const isLater = (place: { life: number; at: number }) => place.life > life || (place.life === life && place.at > at)
    const count = this.#places.findIndex(isLater)
    return this.entries.slice(0, count === -1 ? undefined : count + 1)
  }

  /** Where somebody was told something in that life: right after it is the best moment to cut. */
  toldIn(life: number): number[] {
    const isTold = (index: number) => ['ok', 'delivered', 'read'].includes(this.entries[index + 1]?.kind ?? '')
    return this.#places.flatMap((place, index) => (place.life === life && isTold(index) ? [place.at] : []))
  }
}

export interface Look {
  /** How far the journal had come. */
  readonly at: number
  readonly survival: Survival
  readonly files: Files
  readonly unkept: number
}

/** What would be left at random moments of a life, half of them right after somebody was told something. */
export function* looksInto(
  life: Life,
  { random, wanted, told }: { random: SeededRandom; wanted: number; told: readonly number[] },
): Iterable<Look> {
  const entries = readJournal(life.journal)
  const anywhere = () => random.pick(entries).end
  const moments = Array.from({ length: wanted }, () =>
    told.length > 0 && random.chance(0.5) ? random.pick(told) : anywhere(),
  ).sort((a, b) => a - b)
  const disk = new Disk(life.began)
  let next = 0
  for (const { deed, end } of entries) {
    disk.does(deed)
    for (; next < moments.length && end >= (moments[next] ?? 0); next++) {
      const survival = anySurvival(random)
      yield { at: end, survival, files: disk.cut(survival, random), unkept: disk.unkept }
    }
  }
}

function leftAtTheEnd(life: Life | undefined, random: SeededRandom): Files {
  if (!life) throw new Error('There was no life before.')
  const disk = new Disk(life.began)
  for (const { deed } of readJournal(life.journal)) disk.does(deed)
  return disk.cut(anySurvival(random), random)
}

function anySurvival(random: SeededRandom): Survival {
  const dice = random.next()
  if (dice < 0.35) return 'nothing'
  if (dice < 0.45) return 'everything'
  if (dice < 0.6) return 'beginning'
  return { sectorBytes: dice < 0.8 ? 512 : 4096 }
}

/** The moment of a power cut is a time by its nature; nothing is waited for here. */
function passes(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
