import { roomStream } from '@parley/protocol'
import { mayDeleteMessage } from '../rules/permissions.ts'
import { refuse } from '../rules/refusal.ts'
import { removeReactionsOf } from '../storage/reactions.ts'
import { command, roomOf, seqOf } from './command.ts'
import { messageToChange } from './message-to-change.ts'

export const deleteMessage = command('delete-message', {
  locks: (input) => [roomStream(input.roomId)],
  access: 'member-or-owner',
  receipt: { types: ['message-deleted'], answer: seqOf },
  async perform({ tx, actor, input, now }) {
    const row = await messageToChange(tx, input.roomId, input.messageId)
    const room = roomOf(tx, input.roomId)
    if (!mayDeleteMessage({ ownerId: room.owner_id }, { authorId: row.author_id }, actor.id)) refuse('not-your-message')
    const stream = roomStream(input.roomId)
    await tx.texts.erase([row.text_id])
    await tx.run(removeReactionsOf, { messageId: row.id })
    const changed = { ...row, deleted_at: now, version: tx.streams.nextSeq(stream) }
    await tx.messages.change(changed)
    const message = await tx.messages.present(changed)
    return { seq: tx.streams.append(stream, { type: 'message-deleted', messageId: row.id, message }) }
  },
})
