import type { Clock as ClientClock } from '@parley/client'
import type { Clock as ServerClock } from '../../apps/server/src/clock.ts'

interface Timer {
  readonly at: number
  readonly order: number
  readonly run: () => void
}

/** One time for clients and server, which passes only when the scheduler says so. */
export class FakeClock implements ClientClock {
  #now: number
  #order = 0
  readonly #timers = new Set<Timer>()

  constructor(now: number) {
    this.#now = now
  }

  readonly now = (): number => this.#now

  readonly setTimeout = (run: () => void, ms: number): unknown => {
    const timer = { at: this.#now + Math.max(0, ms), order: this.#order++, run }
    this.#timers.add(timer)
    return timer
  }

  readonly clearTimeout = (timer: unknown): void => {
    this.#timers.delete(timer as Timer) // as: it is what `setTimeout` gave, or nothing
  }

  /** When the next timer is due, if there is one. */
  get next(): number | undefined {
    return this.#first()?.at
  }

  /** Goes to the next timer and runs it. */
  advance(): void {
    const timer = this.#first()
    if (!timer) return
    this.#timers.delete(timer)
    this.#now = Math.max(this.#now, timer.at)
    timer.run()
  }

  /** A server's view of the time that ends with its life: timers of a process that is gone never run. */
  lifetime(): { clock: ServerClock; end: () => void } {
    const own = new Set<unknown>()
    let isOver = false
    return {
      clock: {
        now: this.now,
        after: (ms, call) => {
          if (isOver) return () => undefined
          const timer = this.setTimeout(() => {
            own.delete(timer)
            call()
          }, ms)
          own.add(timer)
          return () => {
            own.delete(timer)
            this.clearTimeout(timer)
          }
        },
      },
      end: () => {
        isOver = true
        for (const timer of own) this.clearTimeout(timer)
        own.clear()
      },
    }
  }

  #first(): Timer | undefined {
    let first: Timer | undefined
    for (const timer of this.#timers) {
      if (!first || timer.at < first.at || (timer.at === first.at && timer.order < first.order)) first = timer
    }
    return first
  }
}
