const RETRY_MS = 250
/** After a failure: a full disk, a database that is away. */
const AGAIN_MS = 10_000

export interface JobLoopParts {
  /** Does a piece of the oldest job; false when there is none. */
  readonly takeTurn: () => Promise<boolean>
  readonly failed: (error: unknown) => void
  readonly againMs?: number
}

/** Works off jobs that lie in the database, one piece after the other, in the background; begins again after a failure. */
export class JobLoop {
  readonly #parts: JobLoopParts
  #isAwake = false
  #wasCalled = false
  #isStopped = false
  #again: ReturnType<typeof setTimeout> | undefined
  #round: Promise<void> = Promise.resolve()

  constructor(parts: JobLoopParts) {
    this.#parts = parts
  }

  get isStopped(): boolean {
    return this.#isStopped
  }

  /** Called at start and after every new job. */
  wake(): void {
    this.#wasCalled = true
    if (this.#isAwake || this.#isStopped) return
    this.#isAwake = true
    clearTimeout(this.#again)
    this.#round = this.#work().catch((error: unknown) => {
      this.#parts.failed(error)
      if (!this.#isStopped) this.#again = setTimeout(() => this.wake(), this.#parts.againMs ?? AGAIN_MS)
    })
  }

  /** Resolves when every job is finished; for tests and for stopping. */
  async settled(): Promise<void> {
    await this.#round
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    clearTimeout(this.#again)
    await this.#round
  }

  /** Tries until it is done. False when the loop was stopped before. */
  async until(done: () => Promise<boolean>): Promise<boolean> {
    while (!(await done())) {
      if (this.#isStopped) return false
      await pause(RETRY_MS)
    }
    return true
  }

  async #work(): Promise<void> {
    try {
      while (!this.#isStopped) {
        this.#wasCalled = false
        // A job may have come between the look and the answer.
        if (!(await this.#parts.takeTurn()) && !this.#wasCalled) return
      }
    } finally {
      this.#isAwake = false
    }
  }
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
