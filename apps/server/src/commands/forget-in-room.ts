import {
  type MessageId,
  type RoomId,
  roomStream,
  type StreamId,
  type User,
  type UserId,
  userStream,
} from '@parley/protocol'
import { type MessageRow, presentMessages } from '../storage/messages.ts'
import { removeReaction } from '../storage/reactions.ts'
import { statement } from '../storage/statement.ts'
import type { Transaction } from '../storage/transaction.ts'
import { appendReaction } from './reaction-event.ts'

const MESSAGES_PER_TURN = 50
const REACTIONS_PER_TURN = 20
/** Numbers looked at in one turn: a long room in which they said little must not be locked for long. */
const NUMBERS_PER_TURN = 5_000

export interface ForgetInRoom {
  readonly roomId: RoomId
  readonly userId: UserId
  /** Messages up to this number were seen to. */
  readonly after: number
  readonly erases: boolean
}

/** Where to go on; nothing when the room is done with. */
export interface Forgotten {
  readonly next?: number
}

/**
 * The server's own command, for somebody who deleted their account: one turn's worth of what they left in a room. Each message
 * is deleted as if by its author, so that every client hears of it the usual way; the membership goes last. (SPEC U8)
 */
export const forgetInRoom = {
  name: 'forget-in-room',
  locks: (input: ForgetInRoom): readonly StreamId[] => [roomStream(input.roomId), userStream(input.userId)],
  async perform(context: { tx: Transaction; actor: User; input: ForgetInRoom; now: number }): Promise<Forgotten> {
    const { tx, input } = context
    if (!tx.rooms.find(input.roomId)) return {}
    if (input.erases) {
      const next = await eraseSome(tx, input, context.now)
      if (next !== undefined) return { next }
    }
    await endMembership(tx, input)
    return {}
  },
}

async function eraseSome(tx: Transaction, input: ForgetInRoom, now: number): Promise<number | undefined> {
  const { roomId, userId, after } = input
  const stream = roomStream(roomId)
  const last = tx.streams.lastNumber(stream)
  if (after < last) {
    const upTo = after + NUMBERS_PER_TURN
    // What they posted a moment ago may be stored by this very batch.
    await tx.messages.settle()
    const rows = await tx.writer.all(someMessages, { roomId, userId, after, upTo, limit: MESSAGES_PER_TURN })
    await deleteMessages(tx, rows, now)
    await tx.run(countErased, { userId, messages: rows.length, texts: rows.length, reactions: 0, members: 0 })
    return rows.length < MESSAGES_PER_TURN ? Math.min(upTo, last) : (rows.at(-1)?.number ?? upTo)
  }
  const reactions = await tx.writer.all(someReactions, { roomId, userId, limit: REACTIONS_PER_TURN })
  for (const { message_id, emoji } of reactions) await takeBack(tx, { messageId: message_id, emoji, userId, roomId })
  if (reactions.length === 0) return undefined
  await tx.run(countErased, { userId, messages: 0, texts: 0, reactions: reactions.length, members: 0 })
  return last
}

async function deleteMessages(tx: Transaction, rows: readonly MessageRow[], now: number): Promise<void> {
  const [first] = rows
  if (!first) return
  const stream = roomStream(first.room_id)
  await tx.texts.erase(rows.map((row) => row.text_id))
  await tx.run(removeReactionsOfAll, { ids: rows.map((row) => row.id) })
  const seq = tx.streams.nextSeq(stream)
  const changed = rows.map((row, index) => ({ ...row, deleted_at: now, version: seq + index }))
  for (const row of changed) await tx.messages.change(row)
  for (const message of await presentMessages(tx.writer, changed)) {
    tx.streams.append(stream, { type: 'message-deleted', messageId: message.id, message })
  }
}

async function takeBack(
  tx: Transaction,
  reaction: { messageId: MessageId; emoji: string; userId: UserId; roomId: RoomId },
): Promise<void> {
  const { messageId, emoji, userId, roomId } = reaction
  await tx.run(removeReaction, { messageId, emoji, userId })
  const row = await tx.messages.find(roomId, messageId)
  if (row && row.deleted_at === null) await appendReaction(tx, row, { type: 'reaction-removed', emoji })
}

async function endMembership(tx: Transaction, { roomId, userId }: ForgetInRoom): Promise<void> {
  if (!(await tx.members.read(roomId, userId))) return
  await tx.members.remove(roomId, userId)
  await tx.run(countErased, { userId, messages: 0, texts: 0, reactions: 0, members: 1 })
  tx.streams.append(roomStream(roomId), { type: 'member-left', userId })
  tx.streams.append(userStream(userId), { type: 'room-left', roomId })
}

const someMessages = statement<
  { roomId: RoomId; userId: UserId; after: number; upTo: number; limit: number },
  MessageRow
>(({ db, params }) =>
  db
    .selectFrom('messages')
    .selectAll()
    .where('room_id', '=', params.roomId)
    .where('number', '>', params.after)
    .where('number', '<=', params.upTo)
    .where('author_id', '=', params.userId)
    .where('deleted_at', 'is', null)
    .orderBy('number')
    .limit(params.limit),
)
const removeReactionsOfAll = statement<{ ids: readonly MessageId[] }>(({ db, params, isOneOf }) =>
  db.deleteFrom('reactions').where(isOneOf('reactions.message_id', params.ids)),
)
const someReactions = statement<
  { roomId: RoomId; userId: UserId; limit: number },
  { message_id: MessageId; emoji: string }
>(({ db, params }) =>
  db
    .selectFrom('reactions')
    .select(['message_id', 'emoji'])
    .where('room_id', '=', params.roomId)
    .where('user_id', '=', params.userId)
    .limit(params.limit),
)
const countErased = statement<{
  userId: UserId
  messages: number
  texts: number
  reactions: number
  members: number
}>(({ db, params }) =>
  db
    .updateTable('erasures')
    .set((eb) => ({
      messages: eb('messages', '+', params.messages),
      texts: eb('texts', '+', params.texts),
      reactions: eb('reactions', '+', params.reactions),
      members: eb('members', '+', params.members),
    }))
    .where('subject', '=', params.userId),
)
