import type { Actor } from '../rules/actor.ts'
import { refuse } from '../rules/refusal.ts'
import { changeToken, endSessionsOf, findSession } from '../storage/sessions.ts'
import { toUser } from '../storage/users.ts'
import type { ClaimAsk, Entered } from './accounts.ts'
import type { AccountsParts } from './accounts-parts.ts'
import { setPassword } from './credentials.ts'
import { tellEnded } from './end-sessions.ts'
import { joinInvited, lockInvited } from './invited.ts'
import { requireGoodPassword } from './passwords.ts'
import { becomeAccount } from './providers/become-account.ts'
import { readTypedEmail } from './register.ts'
import { newSessionToken, signToken } from './session-tokens.ts'
import { admitNewcomer } from './sign-up-policy.ts'

/**
 * The same person with the same id. The session gets another token and all others end, so that whoever planted or saw the
 * guest's session has nothing of the account. (SPEC U3)
 */
export async function claimAccount(parts: AccountsParts, actor: Actor, ask: ClaimAsk): Promise<Entered> {
  const { db, secret, passwords, fanout, now } = parts
  if (actor.user.kind !== 'guest') refuse('already-an-account')
  const email = readTypedEmail(ask.email)
  requireGoodPassword(ask.password, [actor.user.handle, actor.user.displayName, email?.address ?? ''])
  const hash = await passwords.hash(ask.password)
  const token = newSessionToken()
  const textId = await db.takeTextIds(1)
  const { sessionId } = actor
  const userId = actor.user.id
  const claimed = await db.write(async (writer) => {
    const at = now()
    await lockInvited(writer, { invitation: ask.invitation, userId, now: at })
    const session = await findSession(writer, { id: sessionId })
    if (!session || session.disabled_at !== null || session.deleted_at !== null) refuse('not-signed-in')
    if (session.kind !== 'guest') refuse('already-an-account')
    const newcomer = { door: 'password', email: email && { ...email, isVerified: false } } as const
    const admission = await admitNewcomer(writer, { ...newcomer, invitation: ask.invitation }, at)
    await setPassword(writer, { userId, hash, at })
    const address = email && { textId, address: email.address }
    const user = await becomeAccount(writer, toUser(session), { email: address, at })
    const ended = await endSessionsOf(writer, { userId, except: sessionId, at })
    await changeToken(writer, { sessionId, userId, token })
    const joined = await joinInvited(parts, writer, { user, admission, now: at })
    return { user, joined, ended, expiresAt: session.expires_at }
  })
  const { user, joined, ended, expiresAt } = claimed
  fanout.publish([{ kind: 'profile', user }, ...(joined?.publications ?? [])])
  tellEnded(fanout, ended)
  return { user, token: signToken(secret, token), expiresAt, ...(joined && { roomId: joined.roomId }) }
}
