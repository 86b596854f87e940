import { changeToken, endSessionsOf, findSession } from '../../storage/sessions.ts'
import type { Entered, Session } from '../accounts.ts'
import { joinInvited, lockInvited } from '../invited.ts'
import { newSessionToken, signToken } from '../session-tokens.ts'
import { admitNewcomer } from '../sign-up-policy.ts'
import { becomeAccount } from './become-account.ts'
import { addIdentity, findOwner, newcomerBy } from './identities.ts'
import type { ProviderSignInParts } from './parts.ts'
import { type Identity, SignInProblem } from './provider.ts'

/**
 * Adds the identity to whoever is signed in. A guest is an account from then on: gives the session's new token then. Refusals:
 * those of `admitNewcomer`. Errors: `SignInProblem`. (SPEC P4)
 */
export async function linkIdentity(
  parts: ProviderSignInParts,
  { actor, expiresAt }: Session,
  { identity, invitation, asGuest }: { identity: Identity; invitation: string | undefined; asGuest: boolean },
): Promise<Pick<Entered, 'token' | 'expiresAt'> | undefined> {
  const { db, secret, now, fanout } = parts
  const userId = actor.user.id
  const emailTextId = await db.takeTextIds(1)
  const token = newSessionToken()
  const claimed = await db.write(async (writer) => {
    const at = now()
    await lockInvited(writer, { invitation, userId, now: at })
    const session = await findSession(writer, { id: actor.sessionId })
    if (!session || session.disabled_at !== null || session.deleted_at !== null) {
      throw new SignInProblem('signed-out-meanwhile')
    }
    // A guest began without a proof; an account would have needed one. (SPEC U11)
    if (asGuest !== (session.kind === 'guest')) throw new SignInProblem('expired')
    const isTheirs = await addIdentity(writer, identity, { userId, at })
    if (!isTheirs && (await findOwner(writer, identity))?.userId !== userId) throw new SignInProblem('identity-taken')
    if (session.kind === 'account') return undefined
    const admission = await admitNewcomer(writer, newcomerBy(identity, invitation), at)
    const email = identity.email && { textId: emailTextId, address: identity.email.address }
    const user = await becomeAccount(writer, actor.user, { email, at })
    // Whoever knew the guest's token must not be in the account, too.
    const ended = await endSessionsOf(writer, { userId, except: actor.sessionId, at })
    await changeToken(writer, { sessionId: actor.sessionId, userId, token })
    return { user, ended, joined: await joinInvited(parts, writer, { user, admission, now: at }) }
  })
  if (!claimed) return undefined
  const { user, ended, joined } = claimed
  fanout.publish([
    { kind: 'profile', user },
    ...(joined?.publications ?? []),
    ...ended.map((sessionId) => ({ kind: 'session-ended', sessionId }) as const),
  ])
  return { token: signToken(secret, token), expiresAt }
}
