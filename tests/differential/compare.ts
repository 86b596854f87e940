import { SeededRandom } from '../support/seeded-random.ts'
import { type Operation, operationsOf } from './operations.ts'
import { Scene, type Side } from './side.ts'

export interface Compared {
  readonly sequences: number
  readonly operations: number
  readonly refused: number
  /** Where the two told or kept something different, or failed. */
  readonly problems: readonly string[]
}

const STEPS = 20
/** Sequences beside each other, which the databases may batch. */
const BESIDE = 100

interface Pair {
  readonly seed: number
  readonly scenes: readonly [Scene, Scene]
  readonly operations: readonly Operation[]
  readonly told: string[]
}

/** The same sequences on both sides, one for each seed: equal answers, equal refusals, equal logs. */
export async function compare(
  sides: readonly [Side, Side],
  { first, sequences }: { first: number; sequences: number },
): Promise<Compared> {
  const problems: string[] = []
  const total = { operations: 0, refused: 0 }
  for (let seed = first; seed < first + sequences; seed += BESIDE) {
    const seeds = Array.from({ length: Math.min(BESIDE, first + sequences - seed) }, (_, index) => seed + index)
    const pairs = await Promise.all(seeds.map((one) => opened(sides, one)))
    const clock = new SeededRandom(seed)
    for (let step = 0; step < STEPS; step++) {
      for (const side of sides) side.now = sides[0].now
      await Promise.all(pairs.map((pair) => takes(pair, step, { problems, total })))
      sides[0].now += clock.between(1, 15_000)
    }
    for (const side of sides) side.now = sides[0].now
    const [here, there] = await Promise.all(sides.map((side) => side.log()))
    if (!here || !there) throw new Error('There are two sides.')
    await Promise.all(
      pairs.map(async ({ seed: own, scenes }) => {
        const [one, other] = await Promise.all([scenes[0].everything(here), scenes[1].everything(there)])
        const index = one.findIndex((line, at) => line !== other[at] || line.includes('fault: '))
        if (index !== -1) problems.push(`seed ${own}, at the end:\n  ${one[index]}\n  ${other[index]}`)
      }),
    )
  }
  return { sequences, ...total, problems }
}

async function opened(sides: readonly [Side, Side], seed: number): Promise<Pair> {
  const lane = `${seed}`
  const scenes = await Promise.all([Scene.opens(sides[0], lane), Scene.opens(sides[1], lane)])
  return { seed, scenes, operations: [...operationsOf(new SeededRandom(seed), { lane, count: STEPS })], told: [] }
}

async function takes(
  { seed, scenes, operations, told }: Pair,
  step: number,
  { problems, total }: { problems: string[]; total: { operations: number; refused: number } },
): Promise<void> {
  const operation = operations[step]
  if (!operation) return
  const [one, other] = await Promise.all([scenes[0].does(operation), scenes[1].does(operation)])
  total.operations += 1
  if (one.startsWith('refused')) total.refused += 1
  told.push(`${operation.name} by ${operation.by}: ${one}`)
  if (one === other && !one.startsWith('fault')) return
  problems.push(
    `seed ${seed}, step ${step}: ${JSON.stringify(operation)}\n  ${one}\n  ${other}\n  before: ${told.slice(-6)}`,
  )
}
