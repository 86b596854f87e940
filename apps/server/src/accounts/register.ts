import { newId, type UserId } from '@parley/protocol'
import { readAccountName } from '../rules/handles.ts'
import type { Entered, RegisterAsk } from './accounts.ts'
import type { AccountsParts } from './accounts-parts.ts'
import { setPassword } from './credentials.ts'
import { readEmail } from './email.ts'
import { joinInvited, lockInvited } from './invited.ts'
import { freshSession } from './new-session.ts'
import { requireGoodPassword } from './passwords.ts'
import { addPerson } from './people.ts'
import { admitNewcomer } from './sign-up-policy.ts'

export async function register(parts: AccountsParts, ask: RegisterAsk): Promise<Entered> {
  const { db, secret, passwords, fanout, now } = parts
  const name = readAccountName(ask.handle, ask.name)
  const email = readTypedEmail(ask.email)
  requireGoodPassword(ask.password, [name.handle, name.displayName, email?.address ?? ''])
  // Hashing takes long: it is done before the transaction, which holds up everybody who writes.
  const hash = await passwords.hash(ask.password)
  const at = now()
  const id = newId<UserId>()
  const session = freshSession(secret, at, ask.device)
  const firstTextId = await db.takeTextIds(3)
  const { user, joined } = await db.write(async (writer) => {
    await lockInvited(writer, { invitation: ask.invitation, now: at })
    const newcomer = { door: 'password', email: email && { ...email, isVerified: false } } as const
    const admission = await admitNewcomer(writer, { ...newcomer, invitation: ask.invitation }, at)
    const person = { id, kind: 'account', name, email: email?.address, firstTextId, now: at } as const
    const added = await addPerson(writer, secret, person)
    await setPassword(writer, { userId: id, hash, at })
    await session.store(writer, id)
    return { user: added, joined: await joinInvited(parts, writer, { user: added, admission, now: at }) }
  })
  if (joined) fanout.publish(joined.publications)
  return { user, token: session.token, expiresAt: session.expiresAt, ...(joined && { roomId: joined.roomId }) }
}

/** An e-mail address is optional: a field left empty is none. */
export const readTypedEmail = (typed: string | undefined) =>
  typed === undefined || typed.trim() === '' ? undefined : readEmail(typed)
