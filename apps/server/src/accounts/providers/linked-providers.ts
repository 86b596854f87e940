import { type CommandOutput, type LinkId, type UserId, userStream } from '@parley/protocol'
import type { Actor } from '../../rules/actor.ts'
import { refuse } from '../../rules/refusal.ts'
import { endSessionsOf, findSession } from '../../storage/sessions.ts'
import { statement } from '../../storage/statement.ts'
import { tellEnded } from '../end-sessions.ts'
import { type Credential, credentialsOf, hasProof, isPassword, requireProof } from '../proof.ts'
import type { ProviderSignInParts } from './parts.ts'
import type { Provider } from './provider.ts'

/** By what somebody can sign in. */
export async function describeAccount(
  { db, providers, now }: ProviderSignInParts,
  { user, sessionId }: Actor,
): Promise<CommandOutput<'describe-account'>> {
  return db.read(async (reader) => {
    const credentials = await credentialsOf(reader, user.id)
    return {
      hasPassword: credentials.some(isPassword),
      isConfirmed: await hasProof(reader, { sessionId, credentials, now: now() }),
      providers: credentials.filter((one) => !isPassword(one)).map((one) => linked(one, providers.by(one.provider_id))),
    }
  })
}

/**
 * Who came in by it may be signed in anywhere, so that all sessions but this one end. Refusals: `proof-needed`, and
 * `last-way-in` where nothing would be left that this server can let them in by. (SPEC P7)
 */
export async function unlinkProvider(
  { db, fanout, providers, now }: ProviderSignInParts,
  actor: Actor,
  linkId: LinkId,
): Promise<void> {
  const userId = actor.user.id
  const ended = await db.write(async (writer) => {
    const at = now()
    await writer.lockStreams([userStream(userId)])
    const session = await findSession(writer, { id: actor.sessionId })
    if (!session || session.disabled_at !== null || session.deleted_at !== null) refuse('not-signed-in')
    await requireProof(writer, actor, at)
    const credentials = await credentialsOf(writer, userId)
    const isLinked = credentials.some((one) => one.id === linkId && !isPassword(one))
    if (!isLinked) return []
    const others = credentials.filter(({ id }) => id !== linkId)
    if (!others.some((one) => isPassword(one) || providers.by(one.provider_id))) refuse('last-way-in')
    await writer.run(remove, { id: linkId, userId })
    return endSessionsOf(writer, { userId, except: actor.sessionId, at })
  })
  tellEnded(fanout, ended)
}

function linked({ id, provider_id, created_at }: Credential, provider: Provider | undefined) {
  return {
    id: id as LinkId, // as: this is one's id
    provider: provider?.label ?? hostOf(provider_id),
    ...(provider && { providerId: provider.id }),
    linkedAt: created_at,
  }
}

function hostOf(issuer: string): string {
  return URL.canParse(issuer) ? new URL(issuer).host : issuer
}

const remove = statement<{ id: string; userId: UserId }>(({ db, params }) =>
  db.deleteFrom('accounts').where('id', '=', params.id).where('user_id', '=', params.userId),
)
