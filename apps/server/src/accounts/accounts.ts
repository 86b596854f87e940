import type { CommandId, User } from '@parley/protocol'
import type { Actor } from '../rules/actor.ts'

/** Who people are. The only way to an `Actor`. */
export interface Accounts {
  /**
   * A guest types a name and is in. `id` and `secret` together make it repeatable for ten minutes: the same pair gets a new
   * session of the same guest. Refusals: `name-empty`, `name-too-long`, `name-taken`, `name-confusable`.
   */
  enter(ask: { id: CommandId; name: string; secret: string }): Promise<Entered>
  /**
   * Checks a signed token (from the cookie or the bearer header) and reads session and user. Undefined for anything that is
   * not a valid, unexpired session. The one function that pages, API and sockets all call.
   */
  authenticate(token: string): Promise<Session | undefined>
  /** Ends the session, then tells every instance through the fan-out (`session-ended`). */
  signOut(actor: Actor): Promise<void>
}

export interface Entered {
  readonly user: User
  /** Signed; goes into the cookie, or into the body for clients that are no browsers. */
  readonly token: string
  /** Epoch ms. */
  readonly expiresAt: number
}

export interface Session {
  readonly actor: Actor
  /** Epoch ms; sockets of the session are closed then. */
  readonly expiresAt: number
}
