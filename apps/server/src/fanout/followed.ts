import type { StreamId } from '@parley/protocol'
import type { Clock } from '../clock.ts'

interface FollowedParts {
  readonly clock: Clock
  /** Resolves when Redis has confirmed it. */
  subscribe(streams: readonly StreamId[]): Promise<void>
  unsubscribe(streams: readonly StreamId[]): Promise<void>
  /** What was let go without a confirmation is confirmed now. */
  caughtUp(): void
}

/** Who looks in again within this time, after a reload say, finds the channel still open. */
const LINGER_MS = 5_000
/** So many channels are named in one command. */
const PER_COMMAND = 500

/** Which streams somebody here wants news of, counted, and which of their channels Redis has confirmed. */
export class Followed {
  readonly #parts: FollowedParts
  readonly #counts = new Map<StreamId, number>()
  /** Asked for on this connection, with when it was confirmed. */
  readonly #open = new Map<StreamId, Promise<void> | true>()
  /** To be asked for at the end of this turn. */
  #wanted: StreamId[] = []
  /** Whoever waits for a confirmation, by stream. */
  readonly #waiting = new Map<StreamId, PromiseWithResolvers<void>>()
  /** Of which nobody waits for a confirmation that is still owed. */
  readonly #owed = new Set<StreamId>()
  readonly #idle = new Set<StreamId>()
  #isListening = false
  #callOffClosing: (() => void) | undefined

  constructor(parts: FollowedParts) {
    this.#parts = parts
  }

  has(stream: StreamId): boolean {
    return this.#counts.has(stream)
  }

  /** Whether somebody went on without a confirmation that has not come yet. */
  get isBehind(): boolean {
    return this.#owed.size > 0
  }

  /** Redis may not answer for long: nobody waits for it any more. */
  letGo(): void {
    for (const [stream, { resolve }] of this.#waiting) {
      this.#owed.add(stream)
      resolve()
    }
    this.#waiting.clear()
  }

  follow(streams: readonly StreamId[]): Promise<void> | undefined {
    const waits: Promise<void>[] = []
    for (const stream of streams) {
      this.#counts.set(stream, (this.#counts.get(stream) ?? 0) + 1)
      this.#idle.delete(stream)
      if (!this.#isListening) continue // It is asked for when the connection is back.
      const open = this.#open.get(stream)
      if (open === undefined) waits.push(this.#want(stream))
      else if (open !== true) waits.push(open)
    }
    return waits.length === 0 ? undefined : Promise.all(waits).then(() => undefined)
  }

  unfollow(streams: readonly StreamId[]): void {
    for (const stream of streams) {
      const count = (this.#counts.get(stream) ?? 0) - 1
      if (count > 0) {
        this.#counts.set(stream, count)
        continue
      }
      this.#counts.delete(stream)
      if (this.#open.has(stream)) this.#idle.add(stream)
    }
    if (this.#idle.size > 0) this.#callOffClosing ??= this.#parts.clock.after(LINGER_MS, () => this.#closeIdle())
  }

  /** A fresh connection: asks for everything again. Errors: it is gone already. */
  async begin(): Promise<void> {
    this.#isListening = true
    this.#open.clear()
    this.#idle.clear()
    await this.#ask([...this.#counts.keys()])
  }

  /** The connection is gone; whoever waits for a confirmation has waited long enough. */
  end(): void {
    this.#isListening = false
    this.#open.clear()
    this.#idle.clear()
    this.#owed.clear()
    this.#wanted = []
    for (const { resolve } of this.#waiting.values()) resolve()
    this.#waiting.clear()
  }

  stop(): void {
    this.end()
    this.#callOffClosing?.()
  }

  // What is wanted in one turn is asked for together.
  #want(stream: StreamId): Promise<void> {
    const confirmed = Promise.withResolvers<void>()
    this.#open.set(stream, confirmed.promise)
    this.#waiting.set(stream, confirmed)
    if (this.#wanted.push(stream) === 1) setImmediate(() => void this.#askWanted())
    return confirmed.promise
  }

  async #askWanted(): Promise<void> {
    const wanted = this.#wanted
    this.#wanted = []
    try {
      await this.#ask(wanted)
    } catch {
      // The connection is gone: its end tells whoever waits, and the next one asks again.
    }
  }

  #confirmed(streams: readonly StreamId[]): void {
    if (!this.#isListening) return
    const wasBehind = this.isBehind
    for (const stream of streams) {
      this.#open.set(stream, true)
      this.#waiting.get(stream)?.resolve()
      this.#waiting.delete(stream)
      this.#owed.delete(stream)
    }
    if (wasBehind && !this.isBehind) this.#parts.caughtUp()
  }

  async #ask(streams: readonly StreamId[]): Promise<void> {
    const asked: Promise<void>[] = []
    for (let first = 0; first < streams.length; first += PER_COMMAND) {
      const some = streams.slice(first, first + PER_COMMAND)
      asked.push(this.#parts.subscribe(some).then(() => this.#confirmed(some)))
    }
    await Promise.all(asked)
  }

  #closeIdle(): void {
    this.#callOffClosing = undefined
    const idle = [...this.#idle].filter((stream) => this.#open.get(stream) === true)
    for (const stream of idle) {
      this.#idle.delete(stream)
      this.#open.delete(stream)
    }
    // Not confirmed yet: another time.
    if (this.#idle.size > 0) this.#callOffClosing = this.#parts.clock.after(LINGER_MS, () => this.#closeIdle())
    for (let first = 0; first < idle.length; first += PER_COMMAND) {
      this.#parts.unsubscribe(idle.slice(first, first + PER_COMMAND)).catch(() => undefined)
    }
  }
}
