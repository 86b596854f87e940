import type { UserId } from '@parley/protocol'
import type { Reader } from './database.ts'
import { statement } from './statement.ts'

/** Whom a person blocks, in the order in which they came to this server. Nobody else ever learns it. */
export async function readBlocked(reader: Reader, userId: UserId): Promise<UserId[]> {
  return (await reader.all(blockedBy, { userId })).map((row) => row.blocked_id)
}

const blockedBy = statement<{ userId: UserId }, { blocked_id: UserId }>(({ db, params }) =>
  db.selectFrom('blocks').select('blocked_id').where('user_id', '=', params.userId).orderBy('blocked_id'),
)

/** Adding whom one blocks already changes nothing. */
export const addBlock = statement<{ userId: UserId; blockedId: UserId; at: number }>(({ db, params }) =>
  db
    .insertInto('blocks')
    .values({ user_id: params.userId, blocked_id: params.blockedId, blocked_at: params.at })
    .onConflict((conflict) => conflict.doNothing()),
)

export const removeBlock = statement<{ userId: UserId; blockedId: UserId }>(({ db, params }) =>
  db.deleteFrom('blocks').where('user_id', '=', params.userId).where('blocked_id', '=', params.blockedId),
)
