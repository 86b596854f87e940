import type { Clock } from '../clock.ts'
import type { Rate } from '../limits.ts'
import { TokenBucket } from '../token-bucket.ts'

/** Calls of one connection that may be under way at once. */
const IN_FLIGHT = 256
/** Frames beyond the limits that are answered before the socket is closed as `flooding`. */
const EXCESS = { count: 500, perMs: 10_000 }

interface Owner {
  end(reason: 'flooding'): void
}

/** How much one connection may send. */
export class FrameLimits {
  readonly #rate: Rate
  readonly #clock: Clock
  readonly #owner: Owner
  // Made when first needed, so that an idle connection is small.
  #frames: TokenBucket | undefined
  #excess: TokenBucket | undefined
  #inFlight = 0

  constructor({ rate, clock, owner }: { rate: Rate; clock: Clock; owner: Owner }) {
    this.#rate = rate
    this.#clock = clock
    this.#owner = owner
  }

  get isIdle(): boolean {
    return this.#inFlight === 0
  }

  /** A call is under way, until it is `ended`. */
  began(): void {
    this.#inFlight += 1
  }

  ended(): void {
    this.#inFlight -= 1
  }

  /** In how many milliseconds another call may begin, or 0. */
  waitForCalls(): number {
    return this.#inFlight >= IN_FLIGHT ? 100 : 0
  }

  /** For whatever is no command: in how many milliseconds it may be asked, or 0. */
  take(): number {
    const now = this.#clock.now()
    this.#frames ??= new TokenBucket(this.#rate, now)
    return this.#frames.take(now)
  }

  /** For frames without an answer: within the limit, or close to flooding. */
  mayGoOn(): boolean {
    if (this.take() === 0) return true
    this.countExcess()
    return false
  }

  countExcess(): void {
    const now = this.#clock.now()
    this.#excess ??= new TokenBucket(EXCESS, now)
    if (this.#excess.take(now) > 0) this.#owner.end('flooding')
  }
}
