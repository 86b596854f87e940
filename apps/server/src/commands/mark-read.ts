import { LIMITS, roomStream } from '@parley/protocol'
import { moveMarker } from '../storage/members.ts'
import { command } from './command.ts'

// A max-merge, so it appends nothing and may be repeated freely. The lock makes "not beyond the newest message" true.
export const markRead = command('mark-read', {
  locks: (input) => [roomStream(input.roomId)],
  inRoom: 'mark-read',
  async perform({ tx, actor, input }) {
    const { roomId } = input
    const lastNumber = tx.streams.lastNumber(roomStream(roomId))
    const asked = Math.min(input.number, lastNumber)
    await moveMarker(tx.writer, { roomId, userId: actor.id, number: asked })
    const [marker] = await tx.writer.lookup(
      'read_markers',
      ['user_id', 'room_id'],
      [{ user_id: actor.id, room_id: roomId }],
    )
    const number = marker?.number ?? asked
    const unread = await tx.messages.countUnread({
      roomId,
      userId: actor.id,
      marker: number,
      lastNumber,
      most: LIMITS.unreadShown + 1,
    })
    tx.tell({ kind: 'marker', userId: actor.id, roomId, number, unread, lastNumber })
    return { number, unread }
  },
})
