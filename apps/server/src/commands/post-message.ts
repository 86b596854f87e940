import {
  bodyProblem,
  cleanBody,
  isStorable,
  LIMITS,
  type MessageId,
  newId,
  type RoomId,
  roomStream,
  UUID_V7,
} from '@parley/protocol'
import { mustWaitAfter, requireMayPostNow } from '../rules/posting.ts'
import { refuse } from '../rules/refusal.ts'
import { command, roomOf } from './command.ts'

// perform takes the locks before the handler runs, or a removal could commit between the check and the write. (SPEC A1)
export const postMessage = command('post-message', {
  recognise(input) {
    if (typeof input !== 'object' || input === null || !('roomId' in input && 'body' in input)) return undefined
    const { roomId, body } = input
    if (typeof roomId !== 'string' || !UUID_V7.test(roomId)) return undefined
    if (typeof body !== 'string' || body.length > LIMITS.frameBytes || !isStorable(body)) return undefined
    return { roomId: roomId as RoomId, body } // as: just checked
  },
  locks: (input) => [roomStream(input.roomId)],
  texts: 1,
  inRoom: 'post-message',
  receipt: {
    types: ['message-posted'],
    answer: (first) => ({
      messageId: first.subject as MessageId, // as: `message-posted` keeps the message's id as its subject
      number: first.number ?? 0,
      seq: first.seq,
    }),
  },
  perform({ tx, actor, role, id, input, now }) {
    const room = roomOf(tx, input.roomId)
    const member = tx.members.find(room.id, actor.id)
    const slowSeconds = room.slow_seconds
    const isReadOnly = room.is_read_only === 1
    requireMayPostNow({ role, isReadOnly, slowSeconds, postedAt: member?.posted_at ?? undefined, now })
    const body = cleanBody(input.body)
    const problem = bodyProblem(body)
    if (problem) refuse(problem)
    if (member && mustWaitAfter({ role, slowSeconds })) tx.members.notePost(member, now)
    const stream = roomStream(input.roomId)
    const messageId = newId<MessageId>(now)
    const number = tx.streams.takeNumber(stream)
    const version = tx.streams.nextSeq(stream)
    tx.messages.insert({
      room_id: input.roomId,
      number,
      id: messageId,
      author_id: actor.id,
      command_id: id,
      posted_at: now,
      text_id: tx.texts.add(body),
      version,
      edited_at: null,
      deleted_at: null,
    })
    const message = {
      id: messageId,
      roomId: input.roomId,
      number,
      version,
      authorId: actor.id,
      commandId: id,
      postedAt: now,
      body,
      reactions: [],
    }
    const seq = tx.streams.append(stream, { type: 'message-posted', messageId, message })
    tx.rooms.touch(input.roomId, now)
    return { messageId, number, seq }
  },
})
