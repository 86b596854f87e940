/** Whether what this instance says comes back to it: the only proof that both ways to Redis are open. */
export class Probe {
  readonly #limitMs: number
  readonly #sent = new Map<number, number>()

  constructor(limitMs: number) {
    this.#limitMs = limitMs
  }

  sent(count: number, now: number): void {
    // However long nothing comes back, a few are enough to know that.
    if (this.#sent.size < 100) this.#sent.set(count, now)
  }

  cameBack(count: number): void {
    for (const earlier of this.#sent.keys()) if (earlier <= count) this.#sent.delete(earlier)
  }

  /** For how long the oldest has been waited for. */
  silence(now: number): number {
    for (const at of this.#sent.values()) return now - at
    return 0
  }

  isLate(now: number): boolean {
    return this.silence(now) >= this.#limitMs
  }

  forget(): void {
    this.#sent.clear()
  }
}
