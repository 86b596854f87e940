import { TIMES } from '@parley/protocol'

/**
 * Full jitter: anything from nothing to the ceiling, which doubles with each failure, so that a thousand clients whose
 * server came back do not come back together. (SPEC E7)
 */
export function backoffMs(failures: number, random: () => number, most: number = TIMES.backoffMaxMs): number {
  const ceiling = Math.min(most, TIMES.backoffFirstMs * 2 ** Math.min(failures, 20))
  return Math.floor(random() * ceiling)
}
