import type { SeededRandom } from '../support/seeded-random.ts'
import { Disk, type Files, type Survival } from './disk.ts'
import { readJournal } from './journal.ts'

/** The server from one start to the next cut. */
export interface Life {
  readonly journal: string
  /** What it was started on. */
  readonly began: Files
}

export interface Look {
  /** How far the journal had come. */
  readonly at: number
  readonly survival: Survival
  readonly files: Files
  readonly unkept: number
}

/**
 * What would be left at random moments of a life: some right after somebody was told something, some while the log is copied
 * into the database, which takes little of the time and is where most could go wrong.
 */
export function* looksInto(
  life: Life,
  { random, wanted, told }: { random: SeededRandom; wanted: number; told: readonly number[] },
): Iterable<Look> {
  const entries = readJournal(life.journal)
  const everywhere = entries.map(({ end }) => end)
  const whileCopying = entries.filter(({ deed }) => deed.path === 'parley.db').map(({ end }) => end)
  const moments = Array.from({ length: wanted }, () => {
    const dice = random.next()
    if (dice < 0.4 && told.length > 0) return random.pick(told)
    return random.pick(dice < 0.6 && whileCopying.length > 0 ? whileCopying : everywhere)
  }).sort((a, b) => a - b)
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

/** What is left when the power ends this life. */
export function leftAtTheEnd(life: Life, random: SeededRandom): Files {
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
