import type { Clock } from '../clock.ts'

/** A clock that stands still until it is moved; what is due meanwhile is called in order of time. */
export class FakeClock implements Clock {
  #now: number
  #next = 0
  readonly #timers = new Map<number, { at: number; call: () => void }>()

  constructor(now = Date.UTC(2026, 0, 1)) {
    this.#now = now
  }

  now(): number {
    return this.#now
  }

  after(ms: number, call: () => void): () => void {
    const id = this.#next++
    this.#timers.set(id, { at: this.#now + ms, call })
    return () => void this.#timers.delete(id)
  }

  advance(ms: number): void {
    const end = this.#now + ms
    for (;;) {
      const due = [...this.#timers].filter(([, { at }]) => at <= end).sort((a, b) => a[1].at - b[1].at || a[0] - b[0])
      const [next] = due
      if (!next) break
      const [id, { at, call }] = next
      this.#timers.delete(id)
      this.#now = Math.max(this.#now, at)
      call()
    }
    this.#now = end
  }

  get pending(): number {
    return this.#timers.size
  }
}
