import type { RoomId, UserId } from '@parley/protocol'
import { sql } from 'kysely'
import type { Standing, StandingMember, StandingRoom } from '../rules/permissions.ts'
import type { Reader } from './database.ts'
import { statement } from './statement.ts'
import type { Tables } from './tables.ts'

/**
 * How a person stands to a room, read from the truth. `rooms` decides: members of a closed room are nobody. For everybody who
 * is no member the same is read, whether the room exists or not, so that time tells nothing of a private one. (SPEC V2)
 */
export async function readStanding(reader: Reader, roomId: RoomId, userId: UserId): Promise<Standing> {
  const [room] = await reader.lookup('rooms', ['id'], [{ id: roomId }])
  const [member] = await reader.lookup('members', ['room_id', 'user_id'], [{ room_id: roomId, user_id: userId }])
  if (room && member) return standingOf(room, member)
  const closed = await readClosed(reader, roomId, userId)
  return room ? standingOf(room, undefined) : { room: undefined, member: undefined, closed }
}

/** How somebody with this row, if any, stands to an open room. */
export function standingOf(room: Tables['rooms'], member: Tables['members'] | undefined): Standing {
  return { room: asStandingRoom(room), member: member && asStandingMember(member), closed: undefined }
}

export function asStandingRoom(room: Tables['rooms']): StandingRoom {
  return { kind: room.kind, ownerId: room.owner_id }
}

export function asStandingMember(member: Pick<Tables['members'], 'role' | 'muted_until'>): StandingMember {
  return { role: member.role, mutedUntil: member.muted_until ?? undefined }
}

/** Whoever could have seen the room may know that it was closed: everybody if it was listed, else who once entered it. */
export async function readClosed(reader: Reader, roomId: RoomId, userId: UserId): Promise<Standing['closed']> {
  const [tombstone] = await reader.lookup('tombstones', ['room_id'], [{ room_id: roomId }])
  const hasEntered = await hasOnceEntered(reader, roomId, userId)
  if (!tombstone) return undefined
  const mayKnow = tombstone.was_listed === 1 || hasEntered
  return { at: tombstone.closed_at, by: tombstone.closed_by, mayKnow }
}

/** Whether somebody ever was in a room, as their own stream remembers. */
export async function hasOnceEntered(reader: Reader, roomId: RoomId, userId: UserId): Promise<boolean> {
  return (await reader.first(onceEntered, { stream: `user:${userId}`, roomId })) !== undefined
}

const onceEntered = statement<{ stream: string; roomId: string }, { seq: number }>(({ db, params }) =>
  db
    .selectFrom('events')
    .select('seq')
    // as: the parameter is a person's stream.
    .where('stream', '=', params.stream as never)
    // Written out, not bound: the index `events_entered` is of these events only.
    .where('type', '=', sql.lit('room-entered'))
    .where('subject', '=', params.roomId)
    .limit(1),
)
