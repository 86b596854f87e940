import { LIMITS, roomStream } from '@parley/protocol'
import { refuse } from '../rules/refusal.ts'
import { addReaction as insertReaction, readMine, readReactions } from '../storage/reactions.ts'
import { command, seqOf } from './command.ts'
import { messageToChange } from './message-to-change.ts'
import { appendReaction } from './reaction-event.ts'

export const addReaction = command('add-reaction', {
  locks: (input) => [roomStream(input.roomId)],
  inRoom: 'react',
  receipt: { types: ['reaction-added'], answer: seqOf },
  async perform({ tx, actor, input, now }) {
    const row = await messageToChange(tx, input.roomId, input.messageId)
    const mine = await readMine(tx.writer, actor.id, [row.id])
    const event = { type: 'reaction-added', emoji: input.emoji } as const
    // What changes nothing is logged too: a late copy of the command must find that it was answered. (SPEC M4)
    if (mine[row.id]?.includes(input.emoji)) return appendReaction(tx, row, event)
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
    return appendReaction(tx, row, event)
  },
})
