import { newId, type SessionId, type UserId } from '@parley/protocol'
import type { Actor } from '../rules/actor.ts'
import { refuse } from '../rules/refusal.ts'
import type { Reader, Writer } from '../storage/database.ts'
import { statement } from '../storage/statement.ts'
import { PASSWORD } from './credentials.ts'

/** How long somebody who has proved who they are may change what lets them in. */
export const PROOF_LIFETIME_MS = 5 * 60_000

/** One way in: the password, or an identity at a provider. */
export interface Credential {
  readonly id: string
  /** The issuer, or `PASSWORD`. */
  readonly provider_id: string
  readonly account_id: string
  readonly created_at: number
}

/** All ways in of a person, in the order of their making. */
export function credentialsOf(reader: Reader, userId: UserId): Promise<Credential[]> {
  return reader.all(ofPerson, { userId })
}

/** Remembers for a session that its person has just proved to be who they are by this credential. `until`: epoch ms. */
export async function noteProof(
  writer: Writer,
  ask: { readonly sessionId: SessionId; readonly credentialId: string; readonly at: number; readonly until: number },
): Promise<void> {
  const identifier = identifierOf(ask.sessionId)
  await writer.run(forget, { identifier })
  await writer.run(remember, { id: newId(), identifier, credentialId: ask.credentialId, at: ask.at, until: ask.until })
}

/** Whether this session has proved lately, by what counts for its person now, that it is them. */
export async function hasProof(
  reader: Reader,
  { sessionId, credentials, now }: { sessionId: SessionId; credentials: readonly Credential[]; now: number },
): Promise<boolean> {
  const proof = await reader.first(find, { identifier: identifierOf(sessionId), now })
  // What was unlinked since proves nothing, and where there is a password only that does.
  const by = credentials.find(({ id }) => id === proof?.value)
  const hasPassword = credentials.some(isPassword)
  return by !== undefined && (!hasPassword || isPassword(by))
}

/**
 * Before anything that changes who can come in as this person, or ends it: a session alone, which somebody may have found
 * open or stolen, is not enough. A guest has nothing else. Refuses `proof-needed`. (SPEC U11)
 */
export async function requireProof(reader: Reader, { user, sessionId }: Actor, now: number): Promise<void> {
  const credentials = await credentialsOf(reader, user.id)
  if (credentials.length === 0 && user.kind === 'guest') return
  if (!(await hasProof(reader, { sessionId, credentials, now }))) refuse('proof-needed')
}

export const isPassword = ({ provider_id }: Credential): boolean => provider_id === PASSWORD

const identifierOf = (sessionId: SessionId): string => `proof:${sessionId}`

const ofPerson = statement<{ userId: UserId }, Credential>(({ db, params }) =>
  db
    .selectFrom('accounts')
    .select(['id', 'provider_id', 'account_id', 'created_at'])
    .where('user_id', '=', params.userId)
    .orderBy('created_at')
    .orderBy('id'),
)
const forget = statement<{ identifier: string }>(({ db, params }) =>
  db.deleteFrom('verifications').where('identifier', '=', params.identifier),
)
const remember = statement<{ id: string; identifier: string; credentialId: string; at: number; until: number }>(
  ({ db, params }) =>
    db.insertInto('verifications').values({
      id: params.id,
      identifier: params.identifier,
      value: params.credentialId,
      expires_at: params.until,
      created_at: params.at,
      updated_at: params.at,
    }),
)
const find = statement<{ identifier: string; now: number }, { value: string }>(({ db, params }) =>
  db
    .selectFrom('verifications')
    .select('value')
    .where('identifier', '=', params.identifier)
    .where('expires_at', '>', params.now)
    .orderBy('created_at', 'desc')
    .limit(1),
)
