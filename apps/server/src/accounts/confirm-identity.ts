import { userStream } from '@parley/protocol'
import type { Actor } from '../rules/actor.ts'
import { refuse } from '../rules/refusal.ts'
import type { AccountsParts } from './accounts-parts.ts'
import { requirePassword, requireUnchanged } from './change-password.ts'
import { findPassword } from './credentials.ts'
import { credentialsOf, isPassword, noteProof, PROOF_LIFETIME_MS } from './proof.ts'

/** By the password, for this session; who has none proves it by a provider (`prove-by-provider.ts`). (SPEC U11) */
export async function confirmIdentity(
  parts: AccountsParts,
  { user, sessionId }: Actor,
  password: string,
): Promise<void> {
  const { db, now } = parts
  if (user.kind !== 'account') refuse('account-needed')
  const proved = await requirePassword(parts, user.id, password)
  if (proved === null) refuse('proof-needed')
  await db.write(async (writer) => {
    const at = now()
    await writer.lockStreams([userStream(user.id)])
    requireUnchanged(await findPassword(writer, user.id), proved)
    const credential = (await credentialsOf(writer, user.id)).find(isPassword) ?? refuse('wrong-password')
    await noteProof(writer, { sessionId, credentialId: credential.id, at, until: at + PROOF_LIFETIME_MS })
  })
}
