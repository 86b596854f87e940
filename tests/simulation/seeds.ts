import type { LifeOptions } from './life.ts'

/** Every other seed loses single frames too; the others only break connections, which is all that TCP does. */
export function lifeOfSeed(seed: number): LifeOptions {
  return { seed, people: 5, rooms: 3, acts: 250, kills: 1, loss: seed % 2 === 0 ? 0 : 0.03 }
}

/** For runs of many seeds: by turns people only talk, also mingle, moderate, or keep each other from talking. */
export function anyLifeOfSeed(seed: number): LifeOptions {
  const ways = [{}, { mingles: true }, { moderates: true }, { restrains: true }]
  return { ...lifeOfSeed(seed), ...ways[Math.floor(seed / 2) % ways.length] }
}
