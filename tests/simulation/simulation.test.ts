import { expect, test } from 'bun:test'
import { live } from './life.ts'

const SIZE = { people: 5, rooms: 3, acts: 250, kills: 1, loss: Number(process.env.LOSS ?? 0.03) }
const SEEDS = Array.from({ length: Number(process.env.PARLEY_SIMULATIONS ?? 12) }, (_, index) => index + 1)

for (const seed of SEEDS) {
  test(`clients on wires that break end equal to a fresh snapshot (seed ${seed})`, async () => {
    const result = await live({ seed, ...SIZE })
    expect(result.violations).toEqual([])
    expect(result.faults).toEqual([])
    expect(result.events).toBeGreaterThan(50)
  }, 60_000)
}
