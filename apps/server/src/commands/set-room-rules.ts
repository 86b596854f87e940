import { roomStream } from '@parley/protocol'
import { toRoom } from '../storage/rooms.ts'
import { command, roomOf, seqOf } from './command.ts'

export const setRoomRules = command('set-room-rules', {
  locks: (input) => [roomStream(input.roomId)],
  inRoom: 'set-room-rules',
  receipt: { types: ['rules-changed'], answer: seqOf },
  async perform({ tx, input }) {
    const room = roomOf(tx, input.roomId)
    const stream = roomStream(room.id)
    const is_read_only = input.isReadOnly === undefined ? room.is_read_only : Number(input.isReadOnly)
    const slow_seconds = input.slowSeconds ?? room.slow_seconds
    if (is_read_only === room.is_read_only && slow_seconds === room.slow_seconds)
      return { seq: tx.streams.head(stream) }
    const name = await tx.texts.read(room.name_text)
    const topic = await tx.texts.read(room.topic_text)
    const changed = { ...room, is_read_only, slow_seconds, version: tx.streams.nextSeq(stream) }
    await tx.rooms.change(changed)
    return { seq: tx.streams.append(stream, { type: 'rules-changed', room: toRoom(changed, name, topic) }) }
  },
})
