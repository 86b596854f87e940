import { LIMITS, roomStream, type UserId } from '@parley/protocol'
import type { Tables } from '../storage/tables.ts'
import type { Transaction } from '../storage/transaction.ts'
import { command, roomOf } from './command.ts'

// A short transaction: from its commit on, nobody reads the room. The rows of its history are the eraser's. (SPEC D1)
export const closeRoom = command('close-room', {
  locks: (input) => [roomStream(input.roomId)],
  inRoom: 'close-room',
  whenClosed: () => ({}),
  async perform({ tx, actor, input, now }) {
    const room = roomOf(tx, input.roomId)
    const roomName = await tx.texts.read(room.name_text)
    const memberIds = await tx.members.firstIds(room.id, LIMITS.roomsPerPerson)
    await buryRoom(tx, room, { at: now, by: actor.id })
    tx.ledger.push({ kind: 'room', id: room.id, at: now })
    tx.tell({ kind: 'room-closed', roomId: room.id, roomName, closedBy: actor, closedAt: now, memberIds })
    return {}
  },
})

/** From the commit on the room is not there any more; the eraser has a job. Its stream is locked. */
export async function buryRoom(
  tx: Transaction,
  room: Tables['rooms'],
  closing: { at: number; by: UserId },
): Promise<void> {
  const { at, by } = closing
  await tx.texts.erase([room.name_text, room.topic_text])
  await tx.rooms.remove(room.id)
  await tx.streams.remove(roomStream(room.id))
  await tx.writer.insert('tombstones', [
    { room_id: room.id, was_listed: room.kind === 'public' ? 1 : 0, closed_at: at, closed_by: by },
  ])
  tx.insert('erasures', {
    subject: room.id,
    kind: 'room',
    requested_at: at,
    finished_at: null,
    messages: 0,
    texts: 2,
    events: 0,
    reactions: 0,
    members: 0,
  })
}
