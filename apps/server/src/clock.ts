/** Time as the server uses it, so that tests can move it. */
export interface Clock {
  /** Epoch milliseconds. */
  now(): number
  /** Calls once after so many milliseconds; returns how to call it off. */
  after(ms: number, call: () => void): () => void
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after: (ms, call) => {
    const timer = setTimeout(call, ms)
    return () => clearTimeout(timer)
  },
}
