import { roomStream, userStream } from '@parley/protocol'
import { clearLastRoom } from '../storage/users.ts'
import { command } from './command.ts'

export const leaveRoom = command('leave-room', {
  locks: (input, actor) => [roomStream(input.roomId), userStream(actor.id)],
  inRoom: 'leave-room',
  receipt: { types: ['member-left', 'room-left'], answer: () => ({}) },
  async perform({ tx, actor, input }) {
    const { roomId } = input
    if (!tx.members.has(roomId, actor.id)) return {}
    await tx.members.remove(roomId, actor.id)
    await tx.run(clearLastRoom, { userId: actor.id, roomId })
    tx.streams.append(roomStream(roomId), { type: 'member-left', userId: actor.id })
    tx.streams.append(userStream(actor.id), { type: 'room-left', roomId })
    return {}
  },
})
