import type { Entry } from './batch.ts'

// A batch writes each touched page once, so larger ones cost less per command; this many are committed in some 15 ms.
const LARGEST_BATCH = 512

/** A command that has not entered a batch so long after it arrived is refused: nothing of it was stored. (SPEC S4) */
export const LONGEST_WAIT_MS = 3_000

/** Too long ago is looked for this often while anything waits, so an answer is late by no more. */
const LOOK_AFTER_MS = 250

export interface BatchQueueParts {
  readonly writers: number
  /** Resolves when all entries are answered; it may `release` their locks before, when they are committed. */
  readonly run: (entries: readonly Entry[], release: () => void) => Promise<unknown>
  /** Told of each command that waited too long and is out of the queue, in their order. */
  readonly waitedTooLong: (entry: Entry) => void
  /** In milliseconds. Default: `LONGEST_WAIT_MS`. */
  readonly longestWaitMs?: number | undefined
}

/**
 * Group commit. Commands that arrive in one turn of the event loop, or while a batch is being committed, go together into
 * the next. A stream is in one batch at a time, and a lane's commands enter batches in the order of arrival. (SPEC S4)
 */
export class BatchQueue {
  readonly #parts: BatchQueueParts
  readonly #longestWaitMs: number
  #waiting: Entry[] = []
  #isWatched = false
  /** Batches that hold their locks. */
  #running = 0
  /** Batches that are not answered yet. */
  #unanswered = 0
  #isScheduled = false
  readonly #heldLocks = new Set<unknown>()
  #idle: (() => void)[] = []

  constructor(parts: BatchQueueParts) {
    this.#parts = parts
    this.#longestWaitMs = parts.longestWaitMs ?? LONGEST_WAIT_MS
  }

  add(entry: Entry): void {
    this.#waiting.push(entry)
    this.#schedule()
    this.#watch()
  }

  idle(): Promise<void> {
    if (this.#unanswered === 0 && this.#waiting.length === 0) return Promise.resolve()
    return new Promise((resolve) => this.#idle.push(resolve))
  }

  #schedule(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    // After this turn's sockets have been read, so that what arrived together is committed together.
    setImmediate(() => {
      this.#isScheduled = false
      this.#pump()
    })
  }

  // One look for all, and none while nothing waits. What a batch has taken is waited for: only the database knows its outcome.
  #watch(): void {
    if (this.#isWatched) return
    this.#isWatched = true
    const look = () => {
      this.#isWatched = false
      this.#refuseOld()
      if (this.#waiting.length > 0) this.#watch()
    }
    setTimeout(look, Math.min(LOOK_AFTER_MS, this.#longestWaitMs)).unref()
  }

  #refuseOld(): void {
    const arrivedBefore = performance.now() - this.#longestWaitMs
    const isOld = ({ arrivedAt }: Entry) => arrivedAt <= arrivedBefore
    const old = this.#waiting.filter(isOld)
    if (old.length === 0) return
    this.#waiting = this.#waiting.filter((entry) => !isOld(entry))
    for (const entry of old) this.#parts.waitedTooLong(entry)
    this.#tellIdle()
  }

  #pump(): void {
    while (this.#running < this.#parts.writers && this.#waiting.length > 0) {
      const batch = this.#take()
      if (batch.length === 0) return
      void this.#start(batch)
    }
  }

  #take(): Entry[] {
    // Nothing is held, so nothing has to wait but what is too much; on SQLite it is always so.
    if (this.#running === 0) return this.#waiting.splice(0, LARGEST_BATCH)
    const batch: Entry[] = []
    const rest: Entry[] = []
    // What an earlier command waits for, a later one may not overtake it with.
    const passedOver = new Set<unknown>()
    for (const entry of this.#waiting) {
      const keys = [...entry.locks, entry.lane]
      const mayGo = batch.length < LARGEST_BATCH && !keys.some((key) => this.#heldLocks.has(key) || passedOver.has(key))
      if (mayGo) batch.push(entry)
      else {
        rest.push(entry)
        for (const key of keys) passedOver.add(key)
      }
    }
    this.#waiting = rest
    return batch
  }

  async #start(batch: readonly Entry[]): Promise<void> {
    const keys = new Set<unknown>()
    for (const { locks, lane } of batch) {
      for (const lock of locks) keys.add(lock)
      keys.add(lane)
    }
    for (const key of keys) this.#heldLocks.add(key)
    this.#running += 1
    this.#unanswered += 1
    let isHeld = true
    const release = () => {
      if (!isHeld) return
      isHeld = false
      this.#running -= 1
      for (const key of keys) this.#heldLocks.delete(key)
      if (this.#waiting.length > 0) this.#schedule()
    }
    await this.#parts.run(batch, release)
    release()
    this.#unanswered -= 1
    this.#tellIdle()
  }

  #tellIdle(): void {
    if (this.#unanswered > 0 || this.#waiting.length > 0) return
    const idle = this.#idle
    this.#idle = []
    for (const resolve of idle) resolve()
  }
}
