export { SeededRandom } from '../../apps/cli/src/check/seeded-random.ts'

/** From `PARLEY_SEED`, or a new one; print it, so that a failure can be had again. */
export function chosenSeed(): number {
  const given = Number(process.env.PARLEY_SEED)
  return Number.isInteger(given) && given > 0 ? given : Math.floor(Math.random() * 1_000_000_000) + 1
}
