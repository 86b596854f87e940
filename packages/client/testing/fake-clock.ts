import type { Clock } from '../src/clock.ts'

interface Timer {
  readonly at: number
  readonly order: number
  readonly run: () => void
}

/** Time that passes only when told to. */
export class FakeClock implements Clock {
  #now = 1_700_000_000_000
  #order = 0
  readonly #timers = new Map<number, Timer>()

  now(): number {
    return this.#now
  }

  setTimeout(run: () => void, ms: number): number {
    const order = ++this.#order
    this.#timers.set(order, { at: this.#now + Math.max(0, ms), order, run })
    return order
  }

  clearTimeout(timer: unknown): void {
    this.#timers.delete(timer as number)
  }

  get pending(): number {
    return this.#timers.size
  }

  /** Lets what is ready happen, then timers one by one in their order, each with all that follows from it. */
  async advance(ms: number): Promise<void> {
    const until = this.#now + ms
    await settled()
    for (;;) {
      const next = [...this.#timers.values()].filter((timer) => timer.at <= until).sort(inOrder)[0]
      if (!next) break
      this.#timers.delete(next.order)
      this.#now = Math.max(this.#now, next.at)
      next.run()
      await settled()
    }
    this.#now = until
  }
}

function inOrder(a: Timer, b: Timer): number {
  return a.at - b.at || a.order - b.order
}

/** Runs out the promises that are ready; nothing in these tests waits for real time. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 60; turn += 1) await Promise.resolve()
}
