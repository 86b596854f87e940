import { type RoomId, roomStream, type Seq, type StreamId, type User, type UserId } from '@parley/protocol'
import type { Reader } from '../storage/database.ts'
import { type RoomRow, toRoom } from '../storage/rooms.ts'
import { statement } from '../storage/statement.ts'
import type { Transaction } from '../storage/transaction.ts'
import { roomOf } from './command.ts'

export interface PassRoom {
  readonly roomId: RoomId
}

/** The server's own command: a room whose owner is gone goes to its longest member. Nobody can ask for it. (SPEC G5) */
export const passRoom = {
  name: 'pass-room',
  locks: (input: PassRoom): readonly StreamId[] => [roomStream(input.roomId)],
  async perform({ tx, actor, input }: { tx: Transaction; actor: User; input: PassRoom }): Promise<object> {
    const room = tx.rooms.find(input.roomId)
    if (!room || room.owner_id !== actor.id) return {}
    const heir = await tx.writer.first(longestMember, { roomId: room.id, except: actor.id })
    const user = heir && (await tx.people.read(heir.user_id))
    if (user) await giveTo(tx, room, user)
    return {}
  },
}

/** Where the owner is gone and nobody was left to take over, whoever enters does. */
export async function takeOverIfDeserted(tx: Transaction, room: RoomRow, newcomer: User): Promise<void> {
  const [handle] = await tx.writer.lookup('handles', ['user_id'], [{ user_id: room.owner_id }])
  if (!handle) await giveTo(tx, roomOf(tx, room.id), newcomer)
}

/** Makes a member the owner. What they were before is over: an owner is no moderator, and nobody could unmute one. */
export async function giveTo(tx: Transaction, room: RoomRow, heir: User): Promise<Seq> {
  const stream = roomStream(room.id)
  const changed = { ...room, owner_id: heir.id, version: tx.streams.nextSeq(stream) }
  const [name, topic] = [await tx.texts.read(room.name_text), await tx.texts.read(room.topic_text)]
  await tx.rooms.change(changed)
  const member = await tx.members.read(room.id, heir.id)
  if (member) await tx.members.change({ ...member, role: 'member', muted_until: null })
  tx.tell({ kind: 'standing', userId: heir.id, roomId: room.id })
  return tx.streams.append(stream, { type: 'owner-changed', room: toRoom(changed, name, topic) }, [heir])
}

export async function readRoomsOwnedBy(reader: Reader, ownerId: UserId): Promise<RoomId[]> {
  return (await reader.all(ownedBy, { ownerId })).map((row) => row.id)
}

const ownedBy = statement<{ ownerId: UserId }, { id: RoomId }>(({ db, params }) =>
  db
    .selectFrom('rooms')
    .select('id')
    .where('owner_id', '=', params.ownerId)
    .where('kind', '!=', 'direct')
    .orderBy('id'),
)
const longestMember = statement<{ roomId: RoomId; except: UserId }, { user_id: UserId }>(({ db, params }) =>
  db
    .selectFrom('members as m')
    .innerJoin('users as u', 'u.id', 'm.user_id')
    .select('m.user_id')
    .where('m.room_id', '=', params.roomId)
    .where('m.user_id', '!=', params.except)
    .where('u.deleted_at', 'is', null)
    .where('u.disabled_at', 'is', null)
    .orderBy('m.joined_at')
    .orderBy('m.user_id')
    .limit(1),
)
