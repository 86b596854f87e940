import { userStream } from '@parley/protocol'
import { findSession } from '../../storage/sessions.ts'
import type { Session } from '../accounts.ts'
import { credentialsOf, noteProof, PROOF_LIFETIME_MS } from '../proof.ts'
import type { ProviderSignInParts } from './parts.ts'
import { type Identity, SignInProblem } from './provider.ts'

/**
 * The provider was asked to let whoever is signed in here sign in there once more: if it is an identity of theirs, this session
 * has proved to be them. Errors: `SignInProblem`. (SPEC U11)
 */
export async function proveByProvider(
  { db, now }: ProviderSignInParts,
  { actor }: Session,
  identity: Identity,
): Promise<void> {
  // A provider that does not tell was asked all the same, and its word is taken.
  const ageMs = identity.signedInAgoMs ?? 0
  if (ageMs >= PROOF_LIFETIME_MS) throw new SignInProblem('not-confirmed')
  const { sessionId, user } = actor
  await db.write(async (writer) => {
    const at = now()
    await writer.lockStreams([userStream(user.id)])
    const session = await findSession(writer, { id: sessionId })
    if (!session || session.disabled_at !== null || session.deleted_at !== null) {
      throw new SignInProblem('signed-out-meanwhile')
    }
    const credential = (await credentialsOf(writer, user.id)).find(
      ({ provider_id, account_id }) => provider_id === identity.issuer && account_id === identity.subject,
    )
    if (!credential) throw new SignInProblem('other-identity')
    await noteProof(writer, { sessionId, credentialId: credential.id, at, until: at + PROOF_LIFETIME_MS - ageMs })
  })
}
