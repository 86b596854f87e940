import type { SeededRandom } from '../support/seeded-random.ts'
import type { FakeClock } from './fake-clock.ts'

interface Pause {
  readonly label: string
  readonly go: () => void
  readonly fail: (reason: Error) => void
}

/**
 * Decides what happens next: which paused piece of the server goes on, which wire delivers its next frame, when time
 * passes. Everything else runs until it waits for one of these, so a seed decides the whole run.
 */
export class Scheduler {
  #random: SeededRandom
  readonly #clock: FakeClock
  readonly #pauses: Pause[] = []
  readonly #queues = new Map<string, (() => void)[]>()
  #running = 0
  #activity = 0
  #steps = 0

  constructor(random: SeededRandom, clock: FakeClock) {
    this.#random = random
    this.#clock = clock
  }

  /** Another order of things from here on. */
  reseed(random: SeededRandom): void {
    this.#random = random
  }

  get steps(): number {
    return this.#steps
  }

  /** Waits until the scheduler lets it go on, or until its server is killed. */
  pause(label: string): Promise<void> {
    this.#activity += 1
    this.#running -= 1
    return new Promise((resolve, reject) => {
      const resumed = (settle: () => void) => () => {
        this.#running += 1
        settle()
      }
      const fail = (reason: Error) => resumed(() => reject(reason))()
      this.#pauses.push({ label, go: resumed(resolve), fail })
    })
  }

  /** Notes that real work is under way, so that nothing is decided before it waits or ends. */
  async working<T>(work: () => Promise<T>): Promise<T> {
    this.#running += 1
    try {
      return await work()
    } finally {
      this.#running -= 1
      this.#activity += 1
    }
  }

  /** Of one queue, what was put first happens first; between queues chance decides. */
  enqueue(queue: string, happen: () => void): void {
    this.#activity += 1
    const waiting = this.#queues.get(queue)
    if (waiting) waiting.push(happen)
    else this.#queues.set(queue, [happen])
  }

  /** How much waits in a queue. */
  length(queue: string): number {
    return this.#queues.get(queue)?.length ?? 0
  }

  forgetQueue(queue: string): void {
    this.#queues.delete(queue)
  }

  /** Whatever is paused under this label fails: its process is gone. */
  failPauses(label: string, reason: Error): void {
    const dead = this.#pauses.filter((pause) => pause.label === label)
    for (const pause of dead) {
      this.#pauses.splice(this.#pauses.indexOf(pause), 1)
      pause.fail(reason)
    }
  }

  /** Steps until `isDone`, or until so much time has passed. `act` may add something of its own at any step. */
  async run({
    isDone,
    forMs = Number.POSITIVE_INFINITY,
    act,
  }: {
    isDone?: () => boolean
    forMs?: number
    act?: () => void
  }): Promise<void> {
    const until = this.#clock.now() + forMs
    for (;;) {
      await this.#settle()
      if (isDone?.()) return
      const next = this.#clock.next
      const hasWork = this.#pauses.length > 0 || this.#queues.size > 0
      if (!hasWork && (next === undefined || next > until)) return
      this.#steps += 1
      act?.()
      if (!hasWork || this.#random.chance(TIME_PASSES)) this.#clock.advance()
      else this.#step()
    }
  }

  #step(): void {
    const ready = this.#pauses.length + this.#queues.size
    if (ready === 0) return
    const chosen = Math.floor(this.#random.next() * ready)
    if (chosen < this.#pauses.length) {
      const [pause] = this.#pauses.splice(chosen, 1)
      pause?.go()
      return
    }
    const key = [...this.#queues.keys()][chosen - this.#pauses.length]
    if (key === undefined) return
    const queue = this.#queues.get(key)
    const happen = queue?.shift()
    if (queue?.length === 0) this.#queues.delete(key)
    happen?.()
  }

  /** Until everything that can go on by itself has done so. */
  async #settle(): Promise<void> {
    let quietTurns = 0
    let seen = this.#activity
    const startedAt = performance.now()
    while (quietTurns < QUIET_TURNS) {
      await new Promise((resolve) => setImmediate(resolve))
      const isStuck = performance.now() - startedAt > LONGEST_WAIT_MS && this.#pauses.length > 0
      // On PostgreSQL one transaction may wait for the lock of another that is paused here.
      if (isStuck) return
      if (this.#running > 0 || this.#activity !== seen) {
        seen = this.#activity
        quietTurns = 0
      } else quietTurns += 1
    }
  }
}

/** While there is other work, time passes at one step in so many: slow disks and slow lines. */
const TIME_PASSES = 0.03
/** A batch is begun one turn after its first command, and frames leave at the end of a turn. */
const QUIET_TURNS = 3
const LONGEST_WAIT_MS = 20
