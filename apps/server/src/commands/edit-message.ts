import { bodyProblem, cleanBody, roomStream } from '@parley/protocol'
import { refuse } from '../rules/refusal.ts'
import { command, seqOf } from './command.ts'
import { messageToChange } from './message-to-change.ts'

export const editMessage = command('edit-message', {
  locks: (input) => [roomStream(input.roomId)],
  texts: 1,
  inRoom: 'edit-own-message',
  receipt: { types: ['message-edited'], answer: seqOf },
  async perform({ tx, actor, input, now }) {
    const body = cleanBody(input.body)
    const problem = bodyProblem(body)
    if (problem) refuse(problem)
    const row = await messageToChange(tx, input.roomId, input.messageId)
    if (row.author_id !== actor.id) refuse('not-your-message')
    const stream = roomStream(input.roomId)
    const textId = tx.texts.add(body)
    // The old text is overwritten at once: nobody may read it any more, so nothing keeps it. (SPEC D2)
    await tx.texts.erase([row.text_id])
    const changed = { ...row, text_id: textId, edited_at: now, version: tx.streams.nextSeq(stream) }
    await tx.messages.change(changed)
    const message = await tx.messages.present(changed)
    return { seq: tx.streams.append(stream, { type: 'message-edited', messageId: row.id, message }) }
  },
})
