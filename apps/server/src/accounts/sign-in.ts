import { userStream } from '@parley/protocol'
import { keysToSignIn } from '../rules/handles.ts'
import { refuse } from '../rules/refusal.ts'
import { readUsers } from '../storage/users.ts'
import type { Entered, SignInAsk } from './accounts.ts'
import type { AccountsParts } from './accounts-parts.ts'
import { findByKeys, findPassword } from './credentials.ts'
import { freshSession } from './new-session.ts'
import { plainKey } from './people.ts'

/**
 * Nobody, somebody without a password, a wrong password and somebody disabled are answered alike, and each after comparing
 * one password, so that neither words nor time tell who is known here. (SPEC U2)
 */
export async function signIn({ db, secret, passwords, now }: AccountsParts, ask: SignInAsk): Promise<Entered> {
  const keys = keysToSignIn(ask.handle).map((plain) => plainKey(secret, plain))
  const found = await db.read((reader) => findByKeys(reader, [...new Set(keys)]))
  const isRight = await passwords.verify(ask.password, found?.password ?? undefined)
  if (!found || !isRight || found.disabled_at !== null || found.deleted_at !== null) refuse('wrong-credentials')
  const session = freshSession(secret, now(), ask.device)
  const user = await db.write(async (writer) => {
    // Asked again under the lock that disabling and changing the password take: no session slips in behind them.
    await writer.lockStreams([userStream(found.user_id)])
    const present = await findPassword(writer, found.user_id)
    const isSame = present?.password === found.password && present.disabled_at === null && present.deleted_at === null
    if (!isSame) refuse('wrong-credentials')
    await session.store(writer, found.user_id)
    return (await readUsers(writer, [found.user_id]))[0] ?? refuse('wrong-credentials')
  })
  return { user, token: session.token, expiresAt: session.expiresAt }
}
