/** How fast all people together do things. The server has the last word: after each `busy` it is half as fast. */
export class Pace {
  #perSecond: number
  #slowedAt = 0
  #refusals = 0
  readonly #now: () => number

  constructor(perSecond: number, now: () => number = () => performance.now()) {
    this.#perSecond = perSecond
    this.#now = now
  }

  get perSecond(): number {
    return this.#perSecond
  }

  /** How often the server asked to wait. */
  get refusals(): number {
    return this.#refusals
  }

  /** What comes within a second is one answer to one rate. */
  slowDown(): void {
    this.#refusals += 1
    const now = this.#now()
    if (this.#slowedAt !== 0 && now - this.#slowedAt < SAME_ANSWER_MS) return
    this.#slowedAt = now
    this.#perSecond = Math.max(SLOWEST, this.#perSecond / 2)
  }
}

const SAME_ANSWER_MS = 1_000
const SLOWEST = 0.5
