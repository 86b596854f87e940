import { TIMES } from '@parley/protocol'
import type { Clock } from '../clock.ts'
import type { Admission } from './accept.ts'

interface SessionWatchParts {
  readonly admission: Admission
  readonly clock: Clock
  /** The session is no more. */
  ended(): void
  failed(error: unknown): void
}

/**
 * Timers cannot wait for weeks, so the last stretch only is measured exactly. An open socket uses its session, which is
 * thereby extended; one that is not any more closes its sockets. (SPEC G9)
 */
export class SessionWatch {
  readonly #parts: SessionWatchParts
  #expiresAt: number
  #callOff: (() => void) | undefined
  #isOver = false

  constructor(parts: SessionWatchParts) {
    this.#parts = parts
    this.#expiresAt = parts.admission.session.expiresAt
  }

  /** To be called at least once in a heartbeat's time. */
  look(): void {
    const { admission, clock, ended, failed } = this.#parts
    if (this.#left() > 3 * TIMES.heartbeatMs) return
    this.#callOff?.()
    this.#callOff = clock.after(Math.max(0, this.#left()), ended)
    admission.renew().then((session) => {
      if (!session || this.#isOver) return
      this.#expiresAt = session.expiresAt
      if (this.#left() <= 3 * TIMES.heartbeatMs) return
      this.#callOff?.()
      this.#callOff = undefined
    }, failed)
  }

  stop(): void {
    this.#isOver = true
    this.#callOff?.()
  }

  #left(): number {
    return this.#expiresAt - this.#parts.clock.now()
  }
}
