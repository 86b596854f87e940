import type { MessageId, Reaction, RoomId, UserId } from '@parley/protocol'
import { LIMITS } from '@parley/protocol'
import type { Reader } from './database.ts'
import { statement } from './statement.ts'

/** Per message: each emoji with its count and the first three people, in the order in which the kinds appeared. */
export async function readReactions(reader: Reader, ids: readonly MessageId[]): Promise<Map<MessageId, Reaction[]>> {
  const byMessage = new Map<MessageId, Reaction[]>()
  if (ids.length === 0) return byMessage
  for (const row of await reader.all(firstReactors, { ids, shown: LIMITS.reactionPeopleShown })) {
    const reactions = byMessage.get(row.message_id) ?? []
    byMessage.set(row.message_id, reactions)
    const known = reactions.find((reaction) => reaction.emoji === row.emoji)
    if (known) known.people.push(row.user_id)
    else reactions.push({ emoji: row.emoji, count: Number(row.count), people: [row.user_id] })
  }
  return byMessage
}

/** My reactions to these messages. */
export async function readMine(
  reader: Reader,
  userId: UserId,
  ids: readonly MessageId[],
): Promise<Record<MessageId, string[]>> {
  const mine: Record<MessageId, string[]> = {}
  if (ids.length === 0) return mine
  for (const row of await reader.all(reactionsOf, { userId, ids })) {
    const emojis = mine[row.message_id] ?? []
    mine[row.message_id] = emojis
    emojis.push(row.emoji)
  }
  return mine
}

export async function readReactors(
  reader: Reader,
  ask: { readonly messageId: MessageId; readonly emoji: string; readonly limit: number },
): Promise<{ ids: UserId[]; total: number }> {
  const rows = await reader.all(reactors, ask)
  const count = await reader.first(countReactors, ask)
  return { ids: rows.map((row) => row.user_id), total: Number(count?.count ?? 0) }
}

const firstReactors = statement<
  { ids: readonly MessageId[]; shown: number },
  { message_id: MessageId; emoji: string; user_id: UserId; count: number }
>(({ db, params, isOneOf }) =>
  db
    .selectFrom((eb) =>
      eb
        .selectFrom('reactions')
        .select((s) => [
          'message_id',
          'emoji',
          'user_id',
          s.fn
            .agg<number>('row_number')
            .over((over) => over.partitionBy(['message_id', 'emoji']).orderBy('at').orderBy('user_id'))
            .as('place'),
          s.fn
            .countAll<number>()
            .over((over) => over.partitionBy(['message_id', 'emoji']))
            .as('count'),
          s.fn
            .min<number>('at')
            .over((over) => over.partitionBy(['message_id', 'emoji']))
            .as('first_at'),
        ])
        .where(isOneOf('reactions.message_id', params.ids))
        .as('ranked'),
    )
    .select(['message_id', 'emoji', 'user_id', 'count'])
    .where('place', '<=', params.shown)
    .orderBy('message_id')
    .orderBy('first_at')
    .orderBy('emoji')
    .orderBy('place'),
)
const reactionsOf = statement<{ userId: UserId; ids: readonly MessageId[] }, { message_id: MessageId; emoji: string }>(
  ({ db, params, isOneOf }) =>
    db
      .selectFrom('reactions')
      .select(['message_id', 'emoji'])
      .where(isOneOf('reactions.message_id', params.ids))
      .where('user_id', '=', params.userId)
      .orderBy('message_id')
      .orderBy('at'),
)
const reactors = statement<{ messageId: MessageId; emoji: string; limit: number }, { user_id: UserId }>(
  ({ db, params }) =>
    db
      .selectFrom('reactions')
      .select('user_id')
      .where('message_id', '=', params.messageId)
      .where('emoji', '=', params.emoji)
      .orderBy('at')
      .orderBy('user_id')
      .limit(params.limit),
)
const countReactors = statement<{ messageId: MessageId; emoji: string }, { count: number }>(({ db, params }) =>
  db
    .selectFrom('reactions')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('message_id', '=', params.messageId)
    .where('emoji', '=', params.emoji),
)

export const addReaction = statement<{
  messageId: MessageId
  emoji: string
  userId: UserId
  roomId: RoomId
  at: number
}>(({ db, params }) =>
  db
    .insertInto('reactions')
    .values({
      message_id: params.messageId,
      emoji: params.emoji,
      user_id: params.userId,
      room_id: params.roomId,
      at: params.at,
    })
    .onConflict((conflict) => conflict.doNothing()),
)
export const removeReaction = statement<{ messageId: MessageId; emoji: string; userId: UserId }>(({ db, params }) =>
  db
    .deleteFrom('reactions')
    .where('message_id', '=', params.messageId)
    .where('emoji', '=', params.emoji)
    .where('user_id', '=', params.userId),
)
export const removeReactionsOf = statement<{ messageId: MessageId }>(({ db, params }) =>
  db.deleteFrom('reactions').where('message_id', '=', params.messageId),
)
