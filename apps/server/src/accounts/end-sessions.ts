import { type SessionId, type UserId, userStream } from '@parley/protocol'
import type { Fanout } from '../fanout/fanout.ts'
import type { Actor } from '../rules/actor.ts'
import { refuse } from '../rules/refusal.ts'
import { changeToken, endSession, endSessionsOf } from '../storage/sessions.ts'
import { readUsers } from '../storage/users.ts'
import type { Entered } from './accounts.ts'
import type { AccountsParts } from './accounts-parts.ts'
import { findPassword } from './credentials.ts'
import { freshSession } from './new-session.ts'
import { newSessionToken, SESSION_LIFETIME_MS, signToken } from './session-tokens.ts'

export async function endOwnSession(parts: AccountsParts, { user }: Actor, sessionId: SessionId): Promise<void> {
  const { db, fanout, now } = parts
  const at = now()
  const isEnded = await db.write((writer) => endSession(writer, { userId: user.id, sessionId, at }))
  // Of somebody else's session nothing is said to anybody. (SPEC U7)
  if (isEnded) tellEnded(fanout, [sessionId])
}

export async function endOtherSessions(parts: AccountsParts, { user, sessionId }: Actor): Promise<void> {
  const { db, fanout, now } = parts
  const at = now()
  const ended = await db.write((writer) => endSessionsOf(writer, { userId: user.id, except: sessionId, at }))
  tellEnded(fanout, ended)
}

export async function openSession(parts: AccountsParts, userId: UserId, device?: string | null): Promise<Entered> {
  const { db, secret, now } = parts
  const session = freshSession(secret, now(), device)
  const user = await db.write(async (writer) => {
    // Whoever disables somebody holds the same lock, so that no session slips in behind.
    await writer.lockStreams([userStream(userId)])
    const person = await findPassword(writer, userId)
    if (!person || person.deleted_at !== null || person.disabled_at !== null) refuse('not-signed-in')
    await session.store(writer, userId)
    return (await readUsers(writer, [userId]))[0] ?? refuse('not-signed-in')
  })
  return { user, token: session.token, expiresAt: session.expiresAt }
}

export async function renewToken({ db, secret, now }: AccountsParts, { user, sessionId }: Actor): Promise<Entered> {
  const token = newSessionToken()
  const present = await db.write(async (writer) => {
    if (!(await changeToken(writer, { sessionId, userId: user.id, token }))) refuse('not-signed-in')
    return (await readUsers(writer, [user.id]))[0] ?? refuse('not-signed-in')
  })
  // The cookie may outlive the session by a day at most: it is set anew whenever the page asks who it is.
  return { user: present, token: signToken(secret, token), expiresAt: now() + SESSION_LIFETIME_MS }
}

/** After the commit: sockets of these sessions are closed on every instance. */
export function tellEnded(fanout: Fanout, ended: readonly SessionId[]): void {
  if (ended.length > 0) fanout.publish(ended.map((sessionId) => ({ kind: 'session-ended', sessionId })))
}
