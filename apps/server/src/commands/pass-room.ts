import { type RoomId, roomStream, type StreamId, type User, type UserId } from '@parley/protocol'
import type { Reader } from '../storage/database.ts'
import { type RoomRow, toRoom } from '../storage/rooms.ts'
import { statement } from '../storage/statement.ts'
import type { Transaction } from '../storage/transaction.ts'
import { readUsers } from '../storage/users.ts'
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
    if (heir) await giveTo(tx, room, heir.user_id)
    return {}
  },
}

/** Where the owner is gone and nobody was left to take over, whoever enters does. */
export async function takeOverIfDeserted(tx: Transaction, room: RoomRow, newcomer: User): Promise<void> {
  const [handle] = await tx.writer.lookup('handles', ['user_id'], [{ user_id: room.owner_id }])
  if (!handle) await giveTo(tx, roomOf(tx, room.id), newcomer.id)
}

async function giveTo(tx: Transaction, room: RoomRow, ownerId: UserId): Promise<void> {
  const stream = roomStream(room.id)
  const changed = { ...room, owner_id: ownerId, version: tx.streams.nextSeq(stream) }
  const [name, topic] = [await tx.texts.read(room.name_text), await tx.texts.read(room.topic_text)]
  await tx.rooms.change(changed)
  const people = await readUsers(tx.writer, [ownerId])
  tx.streams.append(stream, { type: 'owner-changed', room: toRoom(changed, name, topic) }, people)
}

export async function readRoomsOwnedBy(reader: Reader, ownerId: UserId): Promise<RoomId[]> {
  return (await reader.all(ownedBy, { ownerId })).map((row) => row.id)
}

const ownedBy = statement<{ ownerId: UserId }, { id: RoomId }>(({ db, params }) =>
  db.selectFrom('rooms').select('id').where('owner_id', '=', params.ownerId).orderBy('id'),
)
const longestMember = statement<{ roomId: RoomId; except: UserId }, { user_id: UserId }>(({ db, params }) =>
  db
    .selectFrom('members')
    .select('user_id')
    .where('room_id', '=', params.roomId)
    .where('user_id', '!=', params.except)
    .orderBy('joined_at')
    .orderBy('user_id')
    .limit(1),
)
