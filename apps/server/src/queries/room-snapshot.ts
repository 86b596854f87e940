import type { RoomId, RoomSnapshot, Seq } from '@parley/protocol'
import { roomStream } from '@parley/protocol'
import type { Actor } from '../rules/actor.ts'
import { refuse } from '../rules/refusal.ts'
import type { Reader } from '../storage/database.ts'
import { readHead } from '../storage/heads.ts'
import { countMembers } from '../storage/members.ts'
import { readMessagePage } from '../storage/messages.ts'
import { readRooms } from '../storage/rooms.ts'
import { authorise } from './query.ts'

const PAGE = 60
const READ_BEFORE_NEW = 20

/** What a newcomer sees: the newest page, or the place where reading stopped with a little before it. */
export async function readRoomSnapshot(
  reader: Reader,
  asker: Actor,
  roomId: RoomId,
): Promise<{ snapshot: Omit<RoomSnapshot, 'occupants'>; seq: Seq }> {
  await authorise(reader, asker, roomId)
  const room = (await readRooms(reader, [roomId])).get(roomId) ?? refuse('room-not-found')
  const head = await readHead(reader, roomStream(roomId))
  const key = { user_id: asker.user.id, room_id: roomId }
  const [row] = await reader.lookup('read_markers', ['user_id', 'room_id'], [key])
  const marker = row?.number ?? 0
  const firstShown = marker - READ_BEFORE_NEW
  const isFarBehind = head.number - firstShown > PAGE
  const page = await readMessagePage(reader, {
    roomId,
    viewerId: asker.user.id,
    limit: PAGE,
    ...(isFarBehind && { after: Math.max(0, firstShown) }),
    lastNumber: head.number,
    seq: head.seq,
  })
  return { snapshot: { room, marker, page, memberCount: await countMembers(reader, roomId) }, seq: head.seq }
}
