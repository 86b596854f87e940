import type { Clock } from '../clock.ts'

interface StandStillParts {
  readonly clock: Clock
  /** Finds out whose rights ended, and ends their connections. */
  askForSessions(): Promise<void>
  /** That is done. */
  awake(): void
  fault(error: unknown): void
}

const LOOK_MS = 500
/** Rights end on other instances within this time: after a shorter pause nobody is told more than without one. */
const TOO_LONG_MS = 2_000
const AFTER_FAILURE_MS = 500

/**
 * Notices that this process stood still (stopped, suspended, starved): what it wakes up to may be for people whose sessions
 * have ended meanwhile, so nothing is told before they were asked for again. (SPEC T4)
 *
 * The clock is the wall's, because the other one stands still as well while a machine sleeps; one that is set forward looks
 * like a pause and costs one question.
 */
export class StandStill {
  readonly #parts: StandStillParts
  #aliveAt: number
  #isWaking = false
  #pauses = 0
  #isStopped = false
  #callOff: (() => void) | undefined

  constructor(parts: StandStillParts) {
    this.#parts = parts
    this.#aliveAt = parts.clock.now()
    this.#tick()
  }

  /** Whether nothing may be told now. Looks by itself: whatever comes first after waking may be what would tell it. */
  get isWaking(): boolean {
    const now = this.#parts.clock.now()
    const pause = now - this.#aliveAt
    this.#aliveAt = now
    if (pause >= TOO_LONG_MS) {
      this.#pauses += 1
      if (!this.#isWaking) void this.#wake()
    }
    return this.#isWaking
  }

  stop(): void {
    this.#isStopped = true
    this.#callOff?.()
  }

  #tick(): void {
    this.#callOff = this.#parts.clock.after(LOOK_MS, () => {
      this.#tick()
      void this.isWaking
    })
  }

  async #wake(): Promise<void> {
    this.#isWaking = true
    let answered = 0
    for (let failures = 0; answered < this.#pauses && !this.#isStopped; ) {
      const pauses = this.#pauses
      try {
        await this.#parts.askForSessions()
        answered = pauses // Unless it stood still again while it asked.
      } catch (error) {
        // As long as the database is away nobody is told anything; clients come back when they hear nothing.
        if (failures++ === 0) this.#parts.fault(error)
        await new Promise<void>((resolve) => this.#parts.clock.after(AFTER_FAILURE_MS, resolve))
      }
    }
    this.#isWaking = false
    this.#parts.awake()
  }
}
