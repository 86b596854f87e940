import { newId, type SessionId, type UserId } from '@parley/protocol'
import type { Writer } from '../storage/database.ts'
import { addSession } from '../storage/sessions.ts'
import type { Secret } from './secret.ts'
import { newSessionToken, SESSION_LIFETIME_MS, signToken } from './session-tokens.ts'

/** A session that is about to be stored: made before its transaction, which may run more than once. */
export interface FreshSession {
  readonly sessionId: SessionId
  /** Signed. */
  readonly token: string
  readonly expiresAt: number
  store(writer: Writer, userId: UserId): Promise<void>
}

export function freshSession(secret: Secret, at: number, device: string | null = null): FreshSession {
  const id = newId<SessionId>()
  const token = newSessionToken()
  const expiresAt = at + SESSION_LIFETIME_MS
  return {
    sessionId: id,
    token: signToken(secret, token),
    expiresAt,
    store: (writer, userId) => addSession(writer, { id, token, userId, device, at, expiresAt }),
  }
}
