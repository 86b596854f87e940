import { LIMITS, roomStream } from '@parley/protocol'
import { refuse } from '../rules/refusal.ts'
import { addReaction as insertReaction, readMine, readReactions } from '../storage/reactions.ts'
import { readUsers } from '../storage/users.ts'
import { command, seqOf } from './command.ts'

export const addReaction = command('add-reaction', {
  locks: (input) => [roomStream(input.roomId)],
  access: 'member',
  receipt: { types: ['reaction-added'], answer: seqOf },
  async perform({ tx, actor, input, now }) {
    const row = await tx.messages.find(input.roomId, input.messageId)
    if (!row || row.deleted_at !== null) refuse('message-not-found')
    const stream = roomStream(input.roomId)
    const mine = await readMine(tx.writer, actor.id, [row.id])
    if (mine[row.id]?.includes(input.emoji)) return { seq: tx.streams.head(stream) }
    const kinds = (await readReactions(tx.writer, [row.id])).get(row.id) ?? []
    const isNewKind = !kinds.some((reaction) => reaction.emoji === input.emoji)
    if (isNewKind && kinds.length >= LIMITS.reactionKindsPerMessage) refuse('too-many-reactions')
    await tx.run(insertReaction, {
      messageId: row.id,
      emoji: input.emoji,
      userId: actor.id,
      roomId: input.roomId,
      at: now,
    })
    const changed = { ...row, version: tx.streams.nextSeq(stream) }
    await tx.messages.change(changed)
    const message = await tx.messages.present(changed)
    const people = await readUsers(
      tx.writer,
      message.reactions.flatMap((reaction) => reaction.people),
    )
    const event = { type: 'reaction-added', messageId: row.id, emoji: input.emoji, message } as const
    return { seq: tx.streams.append(stream, event, people) }
  },
})
