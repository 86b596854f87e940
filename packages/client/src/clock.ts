/** Time as the client sees it; replaced by the tests and by the simulation. */
export interface Clock {
  /** Epoch milliseconds. */
  now(): number
  setTimeout(run: () => void, ms: number): unknown
  clearTimeout(timer: unknown): void
}

/**
 * The time of day, but never running backwards. A device's clock that is set back by an hour would keep the outbox from sending
 * and a dead connection from being noticed for an hour.
 */
export function neverBack(timeOfDay: () => number): () => number {
  let last = Number.NEGATIVE_INFINITY
  let aheadMs = 0
  return () => {
    const now = timeOfDay()
    aheadMs = Math.max(aheadMs, last - now)
    last = now + aheadMs
    return last
  }
}

export const systemClock: Clock = {
  now: neverBack(() => Date.now()),
  setTimeout: (run, ms) => setTimeout(run, ms),
  clearTimeout: (timer) => clearTimeout(timer as ReturnType<typeof setTimeout>), // as: it is what `setTimeout` above gave
}
