import { roomStream } from '@parley/protocol'
import { refuse } from '../rules/refusal.ts'
import { removeReaction as deleteReaction } from '../storage/reactions.ts'
import { readUsers } from '../storage/users.ts'
import { command, seqOf } from './command.ts'

export const removeReaction = command('remove-reaction', {
  locks: (input) => [roomStream(input.roomId)],
  access: 'member',
  receipt: { types: ['reaction-removed'], answer: seqOf },
  async perform({ tx, actor, input }) {
    const row = await tx.messages.find(input.roomId, input.messageId)
    if (!row || row.deleted_at !== null) refuse('message-not-found')
    const stream = roomStream(input.roomId)
    const removed = await tx.run(deleteReaction, { messageId: row.id, emoji: input.emoji, userId: actor.id })
    if (removed === 0) return { seq: tx.streams.head(stream) }
    const changed = { ...row, version: tx.streams.nextSeq(stream) }
    await tx.messages.change(changed)
    const message = await tx.messages.present(changed)
    const people = await readUsers(
      tx.writer,
      message.reactions.flatMap((reaction) => reaction.people),
    )
    const event = { type: 'reaction-removed', messageId: row.id, emoji: input.emoji, message } as const
    return { seq: tx.streams.append(stream, event, people) }
  },
})
