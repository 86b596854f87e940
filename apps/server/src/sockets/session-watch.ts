import { TIMES } from '@parley/protocol'
import type { Accounts, Session } from '../accounts/accounts.ts'
import type { Clock } from '../clock.ts'
import type { Actor } from '../rules/actor.ts'

/** What the watches of all connections share. */
interface SessionWatchParts {
  readonly accounts: Pick<Accounts, 'renew'>
  readonly clock: Clock
}

/** The connection whose session is watched. */
interface Owner {
  readonly actor: Actor
  end(reason: 'session-ended'): void
  fail(error: unknown): void
}

/**
 * Timers cannot wait for weeks, so the last stretch only is measured exactly. An open socket uses its session, which is
 * thereby extended; one that is not any more closes its sockets. (SPEC G9)
 */
export class SessionWatch {
  readonly #owner: Owner
  readonly #parts: SessionWatchParts
  #expiresAt: number
  #callOff: (() => void) | undefined
  #isOver = false

  constructor(owner: Owner, expiresAt: number, parts: SessionWatchParts) {
    this.#owner = owner
    this.#expiresAt = expiresAt
    this.#parts = parts
  }

  /** By id: claiming an account gives the session another token, and nobody is cut off for that. */
  renew(): Promise<Session | undefined> {
    return this.#parts.accounts.renew(this.#owner.actor.sessionId)
  }

  /** To be called at least once in a heartbeat's time. */
  look(): void {
    if (this.#left() > 3 * TIMES.heartbeatMs) return
    this.#callOff?.()
    this.#callOff = this.#parts.clock.after(Math.max(0, this.#left()), () => this.#owner.end('session-ended'))
    this.renew().then(
      (session) => {
        if (!session || this.#isOver) return
        this.#expiresAt = session.expiresAt
        if (this.#left() <= 3 * TIMES.heartbeatMs) return
        this.#callOff?.()
        this.#callOff = undefined
      },
      (error) => this.#owner.fail(error),
    )
  }

  stop(): void {
    this.#isOver = true
    this.#callOff?.()
  }

  #left(): number {
    return this.#expiresAt - this.#parts.clock.now()
  }
}
