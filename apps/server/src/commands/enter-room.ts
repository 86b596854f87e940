import { roomStream, userStream } from '@parley/protocol'
import { setLastRoom } from '../storage/users.ts'
import { command, roomOf } from './command.ts'
import { join, requireMayJoin } from './membership.ts'
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
    if (tx.members.has(roomId, actor.id)) {
      await tx.run(setLastRoom, { userId: actor.id, roomId })
      return { roomId, seq: tx.streams.head(roomStream(roomId)) }
    }
    await requireMayJoin(tx, { roomId, user: actor, now })
    const seq = await join(tx, { roomId, user: actor, now })
    await tx.run(setLastRoom, { userId: actor.id, roomId })
    await takeOverIfDeserted(tx, roomOf(tx, roomId), actor)
    return { roomId, seq }
  },
})
