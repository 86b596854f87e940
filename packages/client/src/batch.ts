/** Puts work off until everything that belongs together was done, and does it once. */
export class Batch {
  readonly #due = new Set<() => void>()
  #depth = 0

  /** All changes that `work` makes are seen together. */
  run(work: () => void): void {
    this.#depth += 1
    try {
      work()
    } finally {
      this.#depth -= 1
      if (this.#depth === 0) this.#flush()
    }
  }

  /** At the end of the batch, or at once when there is none. */
  afterwards(work: () => void): void {
    this.#due.add(work)
    if (this.#depth === 0) this.#flush()
  }

  #flush(): void {
    for (const work of this.#due) {
      this.#due.delete(work)
      work()
    }
  }
}
