import { newId, type UserId } from '@parley/protocol'
import type { Reader, Writer } from '../../storage/database.ts'
import { statement } from '../../storage/statement.ts'
import type { Identity } from './provider.ts'

export interface IdentityOwner {
  readonly userId: UserId
  /** Disabled or deleted. */
  readonly isGone: boolean
}

type IdentityKey = Pick<Identity, 'issuer' | 'subject'>

/** Whose this identity is. (SPEC P3) */
export async function findOwner(reader: Reader, { issuer, subject }: IdentityKey): Promise<IdentityOwner | undefined> {
  const row = await reader.first(ownerOf, { issuer, subject })
  return row && { userId: row.id, isGone: row.deleted_at !== null || row.disabled_at !== null }
}

/** Gives the identity to this person; false when it is somebody's already. */
export async function addIdentity(
  writer: Writer,
  { issuer, subject }: IdentityKey,
  to: { userId: UserId; at: number },
): Promise<boolean> {
  return (await writer.run(insertIdentity, { id: newId(), issuer, subject, ...to })) === 1
}

/** Somebody new, as the rules about who may come in ask. */
export function newcomerBy({ email }: Identity, invitation: string | undefined) {
  return { door: 'provider', email: email && { ...email, isVerified: true }, invitation } as const
}

const ownerOf = statement<IdentityKey, { id: UserId; deleted_at: number | null; disabled_at: number | null }>(
  ({ db, params }) =>
    db
      .selectFrom('accounts as a')
      .innerJoin('users as u', 'u.id', 'a.user_id')
      .select(['u.id', 'u.deleted_at', 'u.disabled_at'])
      .where('a.provider_id', '=', params.issuer)
      .where('a.account_id', '=', params.subject),
)

// What the provider's tokens would allow is not asked of it again, so none is kept.
const insertIdentity = statement<IdentityKey & { id: string; userId: UserId; at: number }>(({ db, params }) =>
  db
    .insertInto('accounts')
    .values({
      id: params.id,
      user_id: params.userId,
      provider_id: params.issuer,
      account_id: params.subject,
      password: null,
      access_token: null,
      refresh_token: null,
      id_token: null,
      access_token_expires_at: null,
      refresh_token_expires_at: null,
      scope: null,
      created_at: params.at,
      updated_at: params.at,
    })
    .onConflict((conflict) => conflict.columns(['provider_id', 'account_id']).doNothing()),
)
