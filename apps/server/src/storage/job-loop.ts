import type { Lease } from './leases.ts'

const RETRY_MS = 250
/** Others go between: without it, turns that come to nothing would keep the whole process from anything else. */
const BETWEEN_TURNS_MS = 2
/** While another instance is at it: it may end at any moment, and leave jobs that came too late for it. */
const OTHERS_TURN_MS = 1_000
/** A job whose instance was killed, with the news of it, is found after this. */
const LOOK_MS = 10_000
/** After a failure: a full disk, a database that is away. */
const AGAIN_MS = 10_000

export interface JobLoopParts {
  /** Of several instances, one at a time works. */
  readonly lease: Pick<Lease, 'hold' | 'release'>
  /** True when other instances make jobs too. */
  readonly isShared: boolean
  /** Looks without taking anything. */
  readonly hasJob: () => Promise<boolean>
  /** Does a piece of the oldest job; false when there is none. */
  readonly takeTurn: () => Promise<boolean>
  readonly failed: (error: unknown) => void
  readonly againMs?: number
}

/**
 * Works off jobs that lie in the database, one piece after the other, in the background; begins again after a failure. Of
 * several instances one does it, and another takes over when that one is gone.
 */
export class JobLoop {
  readonly #parts: JobLoopParts
  #isAwake = false
  #wasCalled = false
  #isStopped = false
  #again: ReturnType<typeof setTimeout> | undefined
  #round: Promise<void> = Promise.resolve()
  readonly #stopping = Promise.withResolvers<void>()

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
    const { failed, isShared, againMs = AGAIN_MS } = this.#parts
    this.#round = this.#work().then(
      () => {
        if (isShared) this.#wakeIn(LOOK_MS)
      },
      (error: unknown) => {
        failed(error)
        this.#wakeIn(againMs)
      },
    )
  }

  #wakeIn(ms: number): void {
    clearTimeout(this.#again)
    if (!this.#isStopped) this.#again = setTimeout(() => this.wake(), ms)
  }

  /** Resolves when every job is finished; for tests and for stopping. */
  async settled(): Promise<void> {
    await this.#round
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    this.#stopping.resolve()
    clearTimeout(this.#again)
    await this.#round
  }

  /** True when it may go on: no other instance does it. Asked before each piece. False when the loop is stopped. */
  async mayGoOn(): Promise<boolean> {
    while (!this.#isStopped && !(await this.#parts.lease.hold())) {
      await Promise.race([pause(OTHERS_TURN_MS), this.#stopping.promise])
    }
    return !this.#isStopped
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
      // Whoever woke it while the lease was given back is seen to as well.
      do await this.#workOff()
      while (this.#wasCalled && !this.#isStopped)
    } finally {
      this.#isAwake = false
    }
  }

  async #workOff(): Promise<void> {
    try {
      do {
        this.#wasCalled = false
        if (await this.#parts.hasJob())
          while ((await this.mayGoOn()) && (await this.#parts.takeTurn())) await pause(BETWEEN_TURNS_MS)
        // A job may have come between the look and the answer.
      } while (this.#wasCalled && !this.#isStopped)
    } finally {
      await this.#parts.lease.release()
    }
  }
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
