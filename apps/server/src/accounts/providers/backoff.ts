import { randomInt } from 'node:crypto'
import type { Clock } from '../../clock.ts'

const FIRST_MS = 1_000
const LONGEST_MS = 60_000

/** Tries again for ever: after about 1 s, 2 s, 4 s … and at last every minute, never many servers at the same moment. */
export class Backoff {
  readonly #clock: Clock
  #failures = 0
  #callOff: (() => void) | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  next(call: () => void): void {
    const most = Math.min(LONGEST_MS, FIRST_MS * 2 ** this.#failures)
    this.#failures = Math.min(this.#failures + 1, 10)
    this.#callOff = this.#clock.after(most / 2 + randomInt(Math.ceil(most / 2)), call)
  }

  stop(): void {
    this.#callOff?.()
  }
}
