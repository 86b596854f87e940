import { roomStream } from '@parley/protocol'
import { removeReaction as deleteReaction } from '../storage/reactions.ts'
import { command, seqOf } from './command.ts'
import { messageToChange } from './message-to-change.ts'
import { appendReaction } from './reaction-event.ts'

export const removeReaction = command('remove-reaction', {
  locks: (input) => [roomStream(input.roomId)],
  inRoom: 'take-reaction-back',
  receipt: { types: ['reaction-removed'], answer: seqOf },
  async perform({ tx, actor, input }) {
    const row = await messageToChange(tx, input.roomId, input.messageId)
    await tx.run(deleteReaction, { messageId: row.id, emoji: input.emoji, userId: actor.id })
    // Also when there was none: a late copy of the command must find that it was answered. (SPEC M4)
    return appendReaction(tx, row, { type: 'reaction-removed', emoji: input.emoji })
  },
})
