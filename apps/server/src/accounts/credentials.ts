import type { UserId } from '@parley/protocol'
import { newId } from '@parley/protocol'
import type { Reader, Writer } from '../storage/database.ts'
import { statement } from '../storage/statement.ts'

/** Stands in `accounts.provider_id` for the password that we check ourselves. */
export const PASSWORD = 'password'

export interface PasswordCredential {
  readonly user_id: UserId
  readonly password: string | null
  readonly disabled_at: number | null
  readonly deleted_at: number | null
}

/** Whom these keys of `handles` belong to, with their password if they have one. */
export async function findByKeys(reader: Reader, keys: readonly string[]): Promise<PasswordCredential | undefined> {
  const rows = await reader.all(byKeys, { keys })
  for (const key of keys) {
    const found = rows.find((row) => row.key === key)
    if (found) return found
  }
  return undefined
}

/** As it stands in this very transaction. */
export function findPassword(reader: Reader, userId: UserId): Promise<PasswordCredential | undefined> {
  return reader.first(ofPerson, { userId })
}

export async function setPassword(
  writer: Writer,
  ask: { readonly userId: UserId; readonly hash: string; readonly at: number },
): Promise<void> {
  await writer.run(putPassword, { ...ask, id: newId<string>(ask.at) })
}

const byKeys = statement<{ keys: readonly string[] }, PasswordCredential & { key: string }>(({ db, params, isOneOf }) =>
  db
    .selectFrom('handles as h')
    .innerJoin('users as u', 'u.id', 'h.user_id')
    .leftJoin('accounts as a', (join) => join.onRef('a.user_id', '=', 'u.id').on('a.provider_id', '=', PASSWORD))
    .select(['h.key', 'u.id as user_id', 'a.password', 'u.disabled_at', 'u.deleted_at'])
    .where(isOneOf('h.key', params.keys)),
)
const ofPerson = statement<{ userId: UserId }, PasswordCredential>(({ db, params }) =>
  db
    .selectFrom('users as u')
    .leftJoin('accounts as a', (join) => join.onRef('a.user_id', '=', 'u.id').on('a.provider_id', '=', PASSWORD))
    .select(['u.id as user_id', 'a.password', 'u.disabled_at', 'u.deleted_at'])
    .where('u.id', '=', params.userId),
)
const putPassword = statement<{ id: string; userId: UserId; hash: string; at: number }>(({ db, params }) =>
  db
    .insertInto('accounts')
    .values({
      id: params.id,
      user_id: params.userId,
      provider_id: PASSWORD,
      account_id: params.userId,
      password: params.hash,
      access_token: null,
      refresh_token: null,
      id_token: null,
      access_token_expires_at: null,
      refresh_token_expires_at: null,
      scope: null,
      created_at: params.at,
      updated_at: params.at,
    })
    .onConflict((conflict) =>
      conflict
        .columns(['provider_id', 'account_id'])
        .doUpdateSet((eb) => ({ password: eb.ref('excluded.password'), updated_at: eb.ref('excluded.updated_at') })),
    ),
)
