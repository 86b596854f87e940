import type { Clock } from '../clock.ts'

/**
 * Runs `call` at once when quiet, then at most once in each `gapMs()`; asking in between is remembered. For state that is
 * shown to many, where only the newest matters.
 */
export class Throttle {
  readonly #clock: Clock
  readonly #gapMs: () => number
  readonly #call: () => void
  #callOff: (() => void) | undefined
  #ranAt = Number.NEGATIVE_INFINITY

  constructor({ clock, gapMs, call }: { clock: Clock; gapMs: () => number; call: () => void }) {
    this.#clock = clock
    this.#gapMs = gapMs
    this.#call = call
  }

  ask(): void {
    if (this.#callOff) return
    // Never longer than the gap: the clock may have been set back since.
    const gapMs = this.#gapMs()
    const wait = Math.min(gapMs, this.#ranAt + gapMs - this.#clock.now())
    if (wait <= 0) {
      this.#run()
      return
    }
    this.#callOff = this.#clock.after(wait, this.#run)
  }

  stop(): void {
    this.#callOff?.()
    this.#callOff = undefined
  }

  readonly #run = (): void => {
    this.#callOff = undefined
    this.#ranAt = this.#clock.now()
    this.#call()
  }
}
