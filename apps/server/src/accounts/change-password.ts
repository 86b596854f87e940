import { userStream } from '@parley/protocol'
import type { Actor } from '../rules/actor.ts'
import { refuse } from '../rules/refusal.ts'
import { endSessionsOf } from '../storage/sessions.ts'
import type { AccountsParts } from './accounts-parts.ts'
import { findPassword, type PasswordCredential, setPassword } from './credentials.ts'
import { tellEnded } from './end-sessions.ts'
import { requireGoodPassword } from './passwords.ts'
import { requireProof } from './proof.ts'

/** Also the first password of an account that a provider vouches for. Whoever else was signed in is so no more. (SPEC U5) */
export async function changePassword(
  parts: AccountsParts,
  actor: Actor,
  ask: { readonly current?: string | undefined; readonly next: string },
): Promise<void> {
  const { db, passwords, fanout, now } = parts
  const { user, sessionId } = actor
  if (user.kind !== 'account') refuse('account-needed')
  const proved = await requirePassword(parts, user.id, ask.current)
  requireGoodPassword(ask.next, [user.handle, user.displayName])
  const hash = await passwords.hash(ask.next)
  const ended = await db.write(async (writer) => {
    const at = now()
    await writer.lockStreams([userStream(user.id)])
    requireUnchanged(await findPassword(writer, user.id), proved)
    // The first one: nothing but the session spoke for them so far. (SPEC U11)
    if (proved === null) await requireProof(writer, actor, at)
    await setPassword(writer, { userId: user.id, hash, at })
    return endSessionsOf(writer, { userId: user.id, except: sessionId, at })
  })
  tellEnded(fanout, ended)
}

/** Refuses `wrong-password`, unless there is none to give. Gives the digest that it was compared with. */
export async function requirePassword(
  { db, passwords }: AccountsParts,
  userId: Actor['user']['id'],
  password: string | undefined,
): Promise<string | null> {
  const known = await db.read((reader) => findPassword(reader, userId))
  if (!known || known.deleted_at !== null) refuse('not-signed-in')
  if (known.password === null) return null
  if (!(await passwords.verify(password ?? '', known.password))) refuse('wrong-password')
  return known.password
}

/** Under the lock: what was compared before must still be so. */
export function requireUnchanged(present: PasswordCredential | undefined, proved: string | null): void {
  if (!present || present.deleted_at !== null || present.disabled_at !== null) refuse('not-signed-in')
  if (present.password !== proved) refuse('wrong-password')
}
