import { roomStream } from '@parley/protocol'
import { mayInRoom } from '../rules/permissions.ts'
import { refuse } from '../rules/refusal.ts'
import { removeReactionsOf } from '../storage/reactions.ts'
import { command, seqOf } from './command.ts'
import { messageToChange } from './message-to-change.ts'

export const deleteMessage = command('delete-message', {
  locks: (input) => [roomStream(input.roomId)],
  inRoom: 'delete-own-message',
  receipt: { types: ['message-deleted'], answer: seqOf },
  async perform({ tx, actor, role, input, now }) {
    const row = await messageToChange(tx, input.roomId, input.messageId)
    if (row.author_id !== actor.id && !mayInRoom('delete-any-message', role)) refuse('not-your-message')
    const stream = roomStream(input.roomId)
    await tx.texts.erase([row.text_id])
    await tx.run(removeReactionsOf, { messageId: row.id })
    const changed = { ...row, deleted_at: now, version: tx.streams.nextSeq(stream) }
    await tx.messages.change(changed)
    tx.ledger.push({ kind: 'message', id: row.id, at: now })
    const message = await tx.messages.present(changed)
    return { seq: tx.streams.append(stream, { type: 'message-deleted', messageId: row.id, message }) }
  },
})
