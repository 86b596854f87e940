import type { UserId } from '@parley/protocol'
import { type PersonName, readPersonName } from '../rules/handles.ts'
import { refuse } from '../rules/refusal.ts'
import type { Writer } from '../storage/database.ts'
import { statement } from '../storage/statement.ts'
import { freeName, keysOf, takeKey } from './people.ts'
import type { Secret } from './secret.ts'

/**
 * Gives a person another name: reserves it as at entry, and frees what belonged to the old one alone. What belongs to the
 * handle, which stays, is kept but not taken anew. Refuses `name-taken` and `name-confusable` with a free name as the
 * suggestion, and has then changed nothing. (SPEC A7)
 */
export async function takeNewName(
  writer: Writer,
  secret: Secret,
  { userId, name }: { readonly userId: UserId; readonly name: PersonName },
): Promise<void> {
  const wanted = keysOf(secret, readPersonName(name.displayName))
  const known = await writer.lookup(
    'handles',
    ['key'],
    wanted.map(({ key }) => ({ key })),
  )
  const owners = new Map(known.map((row) => [row.key, row.user_id]))
  const added: string[] = []
  for (const { key, refusal } of wanted) {
    if (owners.get(key) === userId) continue
    if (!owners.has(key) && (await writer.run(takeKey, { key, userId })) === 1) {
      added.push(key)
      continue
    }
    // Taken, or lost to somebody who wants it at the same moment.
    if (added.length > 0) await writer.run(freeKeys, { userId, keys: added })
    const { displayName } = await freeName(writer, secret, name.displayName)
    refuse(refusal, { suggestion: displayName })
  }
  const kept = [...wanted, ...keysOf(secret, name)].map(({ key }) => key)
  await writer.run(freeOtherKeys, { userId, keys: kept })
}

const freeKeys = statement<{ userId: UserId; keys: readonly string[] }>(({ db, params, isOneOf }) =>
  db.deleteFrom('handles').where('user_id', '=', params.userId).where(isOneOf('handles.key', params.keys)),
)
const freeOtherKeys = statement<{ userId: UserId; keys: readonly string[] }>(({ db, params, isOneOf }) =>
  db
    .deleteFrom('handles')
    .where('user_id', '=', params.userId)
    .where((eb) => eb.not(isOneOf('handles.key', params.keys))),
)
