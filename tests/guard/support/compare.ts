import type { Driven } from './socket-load.ts'

/** One of two servers that run in turn. */
export interface Side {
  readonly name: string
  run(): Promise<Driven>
}

export interface Comparison {
  /** CPU of our server for each unit of work, as a multiple of the reference's. */
  readonly ratio: number
  /** A side has no valid block, so that the ratio is of void ones. */
  readonly isNoisy: boolean
  /** What each block gave, in words. */
  readonly blocks: readonly string[]
}

interface Block {
  readonly side: Side
  readonly perUnitNs: number
  readonly void: readonly string[]
}

/** Void blocks that are run again, in all. */
const MOST_REPEATS = 2

/** Runs both in the order A B B A, so that a machine that grows slower or faster meanwhile hurts both alike. */
export async function compare(own: Side, reference: Side, unit: 'acks' | 'deliveries'): Promise<Comparison> {
  const blocks: Block[] = []
  let repeats = MOST_REPEATS
  for (const side of [own, reference, reference, own]) {
    for (;;) {
      const block = await runBlock(side, unit)
      blocks.push(block)
      if (block.void.length === 0 || repeats === 0) break
      repeats -= 1
    }
  }
  const isValid = (block: Block) => block.void.length === 0
  const isNoisy = ![own, reference].every((side) => blocks.some((block) => block.side === side && isValid(block)))
  const counted = isNoisy ? blocks : blocks.filter(isValid)
  const mean = (side: Side) => {
    const values = counted.filter((block) => block.side === side).map(({ perUnitNs }) => perUnitNs)
    return values.reduce((sum, value) => sum + value, 0) / values.length
  }
  return { ratio: mean(own) / mean(reference), isNoisy, blocks: blocks.map(inWords) }
}

/** Noise voids a block; a server that loses or refuses what it was given is no faster for it, and that is thrown. */
async function runBlock(side: Side, unit: 'acks' | 'deliveries'): Promise<Block> {
  const driven = await side.run()
  const isWhole = driven.complete && driven.faults === 0
  if (!isWhole || driven[unit] === 0) throw new Error(`${side.name} did not do its work: ${JSON.stringify(driven)}`)
  return { side, perUnitNs: driven.serverNs / driven[unit], void: driven.void }
}

function inWords({ side, perUnitNs, void: reasons }: Block): string {
  return `${side.name} ${(perUnitNs / 1_000).toFixed(1)} µs${reasons.length > 0 ? ` (${reasons.join('; ')})` : ''}`
}

/** How many times the reference's cost is still well: as measured, and when no block was valid. */
export interface Limits {
  readonly limit: number
  readonly whenNoisy: number
}

/** Throws when our server costs more than it may, twice in a row. Answers the ratio that was good. */
export async function holds(once: () => Promise<Comparison>, { limit, whenNoisy }: Limits): Promise<number> {
  const said: string[] = []
  for (let attempt = 0; attempt < 2; attempt++) {
    const { ratio, isNoisy, blocks } = await once()
    const most = isNoisy ? whenNoisy : limit
    said.push(
      `${ratio.toFixed(2)} times the reference, at most ${most}${isNoisy ? ' (noisy)' : ''}: ${blocks.join(', ')}`,
    )
    console.log(said.at(-1))
    if (ratio <= most) return ratio
  }
  throw new Error(`Parley has become expensive.\n${said.join('\n')}`)
}
