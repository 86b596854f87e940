import type { RoomId, RoomSnapshot, Seq } from '@parley/protocol'
import { roomStream } from '@parley/protocol'
import type { Actor } from '../rules/actor.ts'
import { roomRole } from '../rules/permissions.ts'
import { refuse } from '../rules/refusal.ts'
import type { Reader } from '../storage/database.ts'
import { readPeers } from '../storage/direct-pairs.ts'
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
  const { room: standingRoom, member } = await authorise(reader, asker, roomId)
  if (!standingRoom) throw new Error('A room that may be read exists.')
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
  const peer = (await readPeers(reader, asker.user.id, room.kind === 'direct' ? [roomId] : [])).get(roomId)
  const snapshot = {
    room,
    ...(peer && { peer }),
    role: roomRole(standingRoom, member, asker.user),
    ...(member?.mutedUntil !== undefined && { mutedUntil: member.mutedUntil }),
    marker,
    page,
    memberCount: await countMembers(reader, roomId),
  }
  return { snapshot, seq: head.seq }
}
