import type { Clock } from '../clock.ts'
import type { Peers } from '../fanout/peers.ts'
import type { State } from '../state.ts'

interface UnheardOthersParts {
  readonly clock: Clock
  readonly peers: Pick<Peers, 'self' | 'isHeard'>
  readonly truth: Pick<State['truth'], 'noteHere' | 'noteGone' | 'othersHere'>
  /** `areThere` is another than before. */
  changed(): void
  fault(error: unknown): void
}

const LOOK_MS = 3_000
/** Whoever runs says so with each look, and is thought to run this much longer. */
const HERE_MS = 10_000

/**
 * Instances that run, as they note in the database, and are not heard: cut off from Redis, or at another one. Nobody hears what
 * they commit, so it has to be looked for. Those who hear each other cannot know of one whom nobody hears, but all of them have
 * the database. A dead one notes nothing, and is looked for only until its last note runs out. (SPEC T4)
 */
export class UnheardOthers {
  readonly #parts: UnheardOthersParts
  #areThere = false
  #callOff: (() => void) | undefined
  #isStopped = false
  #hasFailed = false

  constructor(parts: UnheardOthersParts) {
    this.#parts = parts
    void this.#look()
  }

  get areThere(): boolean {
    return this.#areThere
  }

  stop(): void {
    this.#isStopped = true
    this.#callOff?.()
    const { peers, truth } = this.#parts
    // If that fails, the others look for what this one commits for a while longer.
    truth.noteGone(peers.self).catch(() => undefined)
  }

  async #look(): Promise<void> {
    const { clock, peers, truth, fault } = this.#parts
    try {
      await truth.noteHere(peers.self, HERE_MS)
      const others = await truth.othersHere(peers.self)
      this.#hasFailed = false
      // Each is asked for: without Redis they are told of when they stay.
      if (!this.#isStopped) this.#learn(others.filter((instance) => !peers.isHeard(instance)).length > 0)
    } catch (error) {
      // The database is away: what it said last holds until it answers, and that it is away is said once.
      if (!this.#hasFailed && !this.#isStopped) fault(error)
      this.#hasFailed = true
    }
    if (this.#isStopped) {
      // The note was under way when this one stopped.
      truth.noteGone(peers.self).catch(() => undefined)
      return
    }
    this.#callOff = clock.after(LOOK_MS, () => void this.#look())
  }

  #learn(areThere: boolean): void {
    if (areThere === this.#areThere) return
    this.#areThere = areThere
    this.#parts.changed()
  }
}
