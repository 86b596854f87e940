import type { RoomId, SessionId, User, UserId } from '@parley/protocol'
import type { Reader } from './database.ts'
import { statement } from './statement.ts'
import { readUsers } from './users.ts'

// What an instance asks about those who are connected to it, in case it was not told.

/** The rooms a person belongs to, and nothing else about them. */
export async function readRoomIds(reader: Reader, userId: UserId): Promise<RoomId[]> {
  return (await reader.all(roomIdsOf, { userId })).map((row) => row.room_id)
}

/** Those of these sessions that hold no more, because they were ended or their person may not sign in. */
export async function readEndedSessions(reader: Reader, ids: readonly SessionId[]): Promise<SessionId[]> {
  const holding = new Set((await reader.all(sessionsThatHold, { ids })).map(({ id }) => id))
  return ids.filter((id) => !holding.has(id))
}

/** Those of these people who are called otherwise, or are something else, than by the version that is known. */
export async function readChangedPeople(reader: Reader, known: ReadonlyMap<UserId, number>): Promise<User[]> {
  const rows = await reader.all(versionsOf, { ids: [...known.keys()] })
  return readUsers(
    reader,
    rows.filter(({ id, version }) => version > (known.get(id) ?? 0)).map(({ id }) => id),
  )
}

export interface Closing {
  readonly roomId: RoomId
  readonly closedAt: number
  readonly closedBy: User
}

/** Those of these rooms that were closed. */
export async function readClosings(reader: Reader, roomIds: readonly RoomId[]): Promise<Closing[]> {
  const rows = await reader.lookup(
    'tombstones',
    ['room_id'],
    roomIds.map((id) => ({ room_id: id })),
  )
  const people = new Map(
    (
      await readUsers(
        reader,
        rows.map((row) => row.closed_by),
      )
    ).map((user) => [user.id, user]),
  )
  return rows.flatMap((row) => {
    const closedBy = people.get(row.closed_by)
    return closedBy ? [{ roomId: row.room_id, closedAt: row.closed_at, closedBy }] : []
  })
}

const roomIdsOf = statement<{ userId: UserId }, { room_id: RoomId }>(({ db, params }) =>
  db
    .selectFrom('members as m')
    .innerJoin('rooms as r', 'r.id', 'm.room_id')
    .select('m.room_id')
    .where('m.user_id', '=', params.userId),
)
const sessionsThatHold = statement<{ ids: readonly SessionId[] }, { id: SessionId }>(({ db, params, isOneOf }) =>
  db
    .selectFrom('sessions as s')
    .innerJoin('users as u', 'u.id', 's.user_id')
    .select('s.id')
    .where(isOneOf('s.id', params.ids))
    .where('u.disabled_at', 'is', null)
    .where('u.deleted_at', 'is', null),
)
const versionsOf = statement<{ ids: readonly UserId[] }, { id: UserId; version: number }>(({ db, params, isOneOf }) =>
  db.selectFrom('users').select(['id', 'version']).where(isOneOf('id', params.ids)),
)
