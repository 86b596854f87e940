import type { SessionId, User } from '@parley/protocol'

/** Who asks: a user in one of their sessions. Made by `authenticate()` only. */
export interface Actor {
  readonly user: User
  readonly sessionId: SessionId
}
