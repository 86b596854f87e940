import type { SessionId } from '@parley/protocol'
import { extendSession, findSession } from '../storage/sessions.ts'
import { readSettings } from '../storage/settings.ts'
import { toUser } from '../storage/users.ts'
import type { Accounts, Session } from './accounts.ts'
import type { AccountsParts } from './accounts-parts.ts'
import { becomeOwner, hasOwner } from './become-owner.ts'
import { changePassword } from './change-password.ts'
import { claimAccount } from './claim-account.ts'
import { confirmIdentity } from './confirm-identity.ts'
import { deleteAccount } from './delete-account.ts'
import { endOtherSessions, endOwnSession, openSession, renewToken } from './end-sessions.ts'
import { enter } from './enter.ts'
import { acceptInvitation, describeInvitation } from './invitations.ts'
import { requireProof } from './proof.ts'
import { register } from './register.ts'
import { openToken, SESSION_EXTENDED_EVERY_MS, SESSION_LIFETIME_MS } from './session-tokens.ts'
import { signIn } from './sign-in.ts'

/** Every account command by its name, and who is signed in. */
export function createAccounts(parts: AccountsParts): Accounts {
  const { db, secret, log, now } = parts
  const extending = new Set<SessionId>()

  async function sessionBy(by: { token: string } | { id: SessionId }): Promise<Session | undefined> {
    const row = await db.read((reader) => findSession(reader, by))
    const at = now()
    if (!row || row.expires_at <= at || row.deleted_at !== null || row.disabled_at !== null) return undefined
    if (row.expires_at - SESSION_LIFETIME_MS + SESSION_EXTENDED_EVERY_MS <= at) extendLater(row.session_id, at)
    return { actor: { user: toUser(row), sessionId: row.session_id }, expiresAt: row.expires_at }
  }

  // In the background: whoever asks waits for no write, and a failed one is made up for by the next request.
  function extendLater(sessionId: SessionId, at: number): void {
    if (extending.has(sessionId)) return
    extending.add(sessionId)
    db.write((writer) => extendSession(writer, { sessionId, at, expiresAt: at + SESSION_LIFETIME_MS }))
      .catch((err) => log.warn({ err, sessionId }, 'A session could not be extended'))
      .finally(() => extending.delete(sessionId))
  }

  return {
    enter: (ask) => enter(parts, ask),
    register: (ask) => register(parts, ask),
    signIn: (ask) => signIn(parts, ask),
    claimAccount: (actor, ask) => claimAccount(parts, actor, ask),
    confirmIdentity: (actor, password) => confirmIdentity(parts, actor, password),
    requireProof: (actor) => db.read((reader) => requireProof(reader, actor, now())),
    changePassword: (actor, ask) => changePassword(parts, actor, ask),
    deleteAccount: (actor, ask) => deleteAccount(parts, actor, ask),
    openSession: (userId, device) => openSession(parts, userId, device),
    renewToken: (actor) => renewToken(parts, actor),
    async authenticate(signed) {
      const token = openToken(secret, signed)
      return token === undefined ? undefined : sessionBy({ token })
    },
    renew: (sessionId) => sessionBy({ id: sessionId }),
    signOut: (actor) => endOwnSession(parts, actor, actor.sessionId),
    endSession: (actor, sessionId) => endOwnSession(parts, actor, sessionId),
    endOtherSessions: (actor) => endOtherSessions(parts, actor),
    becomeOwner: (actor, token) => becomeOwner(parts, actor, token),
    describeInvitation: (token) => describeInvitation(parts, token),
    acceptInvitation: (actor, token) => acceptInvitation(parts, actor, token),
    describeInstance: () =>
      db.read(async (reader) => ({ ...(await readSettings(reader)), needsOwner: !(await hasOwner(reader)) })),
  }
}
