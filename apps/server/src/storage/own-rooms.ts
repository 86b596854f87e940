import type { MyRoom, RoomId, Seq, UserId } from '@parley/protocol'
import { LIMITS } from '@parley/protocol'
import { sql } from 'kysely'
import { type Person, roomRole } from '../rules/permissions.ts'
import type { Reader } from './database.ts'
import { readPeers } from './direct-pairs.ts'
import { UNREAD_WITHIN } from './messages.ts'
import { type RoomRow, toRoom } from './rooms.ts'
import { asStandingMember, asStandingRoom } from './standing.ts'
import { type Building, statement } from './statement.ts'
import type { Tables } from './tables.ts'

interface OwnRoomRow extends RoomRow {
  readonly name: string
  readonly topic: string
  readonly last_number: number
  readonly marker: number
  readonly unread: number
  readonly member_role: Tables['members']['role']
  readonly muted_until: number | null
  readonly person_kind: Tables['users']['kind']
}

/** All rooms a person belongs to, in the order of entering, with unread counts. */
export async function readOwnRooms(reader: Reader, userId: UserId): Promise<MyRoom[]> {
  return toMyRooms(reader, userId, await reader.all(ownRooms, { userId, most: LIMITS.unreadShown + 1 }))
}

export async function readOwnRoom(reader: Reader, userId: UserId, roomId: RoomId): Promise<MyRoom | undefined> {
  const row = await reader.first(ownRoom, { userId, roomId, most: LIMITS.unreadShown + 1 })
  return row && (await toMyRooms(reader, userId, [row]))[0]
}

/** Head of the person's own stream, and their last room if it is still open. */
export async function readOwnPlace(reader: Reader, userId: UserId): Promise<{ seq: Seq; lastRoomId?: RoomId }> {
  const row = await reader.first(ownPlace, { userId })
  const seq = row?.head ?? 0
  return row?.room_id ? { seq, lastRoomId: row.room_id } : { seq }
}

async function toMyRooms(reader: Reader, userId: UserId, rows: readonly OwnRoomRow[]): Promise<MyRoom[]> {
  const direct = rows.filter((row) => row.kind === 'direct').map((row) => row.id)
  const peers = await readPeers(reader, userId, direct)
  return rows.map((row) => {
    const peer = peers.get(row.id)
    const member = asStandingMember({ role: row.member_role, muted_until: row.muted_until })
    const person: Person = { id: userId, kind: row.person_kind }
    return {
      room: toRoom(row, row.name, row.topic),
      ...(peer && { peer }),
      role: roomRole(asStandingRoom(row), member, person),
      ...(member.mutedUntil !== undefined && { mutedUntil: member.mutedUntil }),
      marker: row.marker,
      lastNumber: row.last_number,
      unread: Number(row.unread),
      mentions: 0,
    }
  })
}

const ownRooms = statement<{ userId: UserId; most: number }, OwnRoomRow>((on) =>
  select(on, on.params).orderBy('m.joined_at').orderBy('r.id'),
)
const ownRoom = statement<{ userId: UserId; roomId: RoomId; most: number }, OwnRoomRow>((on) =>
  select(on, on.params).where('m.room_id', '=', on.params.roomId),
)

function select(
  { db, bodyText }: Pick<Building<unknown>, 'db' | 'bodyText'>,
  params: { userId: UserId; most: number },
) {
  const marker = sql<number>`coalesce(k.number, 0)`
  const oldest = sql<number>`(s.number - ${UNREAD_WITHIN})`
  return db
    .selectFrom('members as m')
    .innerJoin('users as p', 'p.id', 'm.user_id')
    .innerJoin('rooms as r', 'r.id', 'm.room_id')
    .innerJoin('texts as n', 'n.id', 'r.name_text')
    .innerJoin('texts as t', 't.id', 'r.topic_text')
    .innerJoin('streams as s', (join) => join.on('s.id', '=', sql`'room:' || ${sql.ref('r.id')}`))
    .leftJoin('read_markers as k', (join) => join.onRef('k.room_id', '=', 'r.id').onRef('k.user_id', '=', 'm.user_id'))
    .selectAll('r')
    .select(['m.role as member_role', 'm.muted_until', 'p.kind as person_kind'])
    .select([
      bodyText('n.body').as('name'),
      bodyText('t.body').as('topic'),
      's.number as last_number',
      marker.as('marker'),
      sql<number>`(select count(*) from (select 1 from messages x where x.room_id = r.id
        and x.number > case when ${marker} > ${oldest} then ${marker} else ${oldest} end
        and x.author_id <> m.user_id and x.deleted_at is null and not exists (
          select 1 from blocks b where b.user_id = m.user_id and b.blocked_id = x.author_id) limit ${params.most}) u)`.as(
        'unread',
      ),
    ])
    .where('m.user_id', '=', params.userId)
}

const ownPlace = statement<{ userId: UserId }, { head: number; room_id: RoomId | null }>(({ db, params }) =>
  db
    .selectFrom('users as u')
    .innerJoin('streams as s', (join) => join.on('s.id', '=', sql`'user:' || ${sql.ref('u.id')}`))
    .leftJoin('rooms as r', 'r.id', 'u.last_room_id')
    .select(['s.head', 'r.id as room_id'])
    .where('u.id', '=', params.userId),
)
