import { LIMITS, roomStream, userStream } from '@parley/protocol'
import { refuse } from '../rules/refusal.ts'
import { setLastRoom } from '../storage/users.ts'
import { command, roomOf } from './command.ts'
import { takeOverIfDeserted } from './pass-room.ts'

export const enterRoom = command('enter-room', {
  locks: (input, actor) => [roomStream(input.roomId), userStream(actor.id)],
  inRoom: 'enter-room',
  receipt: {
    types: ['member-joined', 'room-entered'],
    answer: (first, input) => ({ roomId: input.roomId, seq: first.seq }),
  },
  async perform({ tx, actor, input, now }) {
    const { roomId } = input
    const stream = roomStream(roomId)
    if (tx.members.has(roomId, actor.id)) {
      await tx.run(setLastRoom, { userId: actor.id, roomId })
      return { roomId, seq: tx.streams.head(stream) }
    }
    if ((await tx.members.countOf(actor.id)) >= LIMITS.roomsPerPerson) refuse('too-many-rooms')
    await tx.members.add(roomId, actor.id, now, tx.streams.lastNumber(stream))
    await tx.run(setLastRoom, { userId: actor.id, roomId })
    const seq = tx.streams.append(stream, { type: 'member-joined', userId: actor.id })
    tx.streams.append(userStream(actor.id), { type: 'room-entered', roomId })
    await takeOverIfDeserted(tx, roomOf(tx, roomId), actor)
    return { roomId, seq }
  },
})
