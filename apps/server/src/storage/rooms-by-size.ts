import type { RoomId, RoomInfo } from '@parley/protocol'
import { sql } from 'kysely'
import type { Reader } from './database.ts'
import type { RoomRow } from './rooms.ts'
import { statement } from './statement.ts'
import { readUsers } from './users.ts'

/** Where a page ended. */
export interface SizePlace {
  readonly messages: number
  readonly id: string
}

/** Rooms that are not direct, the largest first: how much is in them, never what. */
export async function readRoomsBySize(
  reader: Reader,
  ask: SizePlace & { readonly limit: number },
): Promise<RoomInfo[]> {
  const rows = await reader.all(bySize, ask)
  const members = await reader.all(memberCounts, { ids: rows.map((row) => row.id) })
  const counts = new Map(members.map((row) => [row.room_id, Number(row.count)]))
  const owners = new Map(
    (
      await readUsers(
        reader,
        rows.map((row) => row.owner_id),
      )
    ).map((user) => [user.id, user]),
  )
  return rows.flatMap((row) => {
    const owner = owners.get(row.owner_id)
    if (row.kind === 'direct' || !owner) return []
    return {
      id: row.id,
      kind: row.kind,
      // What a private room is called is said in it, and nowhere else.
      name: row.kind === 'public' ? row.name : '',
      owner,
      members: counts.get(row.id) ?? 0,
      messages: row.number,
      createdAt: row.created_at,
      lastActivityAt: row.active_at,
    }
  })
}

export async function countRoomsBySize(reader: Reader): Promise<number> {
  return Number((await reader.first(count, {}))?.count ?? 0)
}

const bySize = statement<SizePlace & { limit: number }, RoomRow & { name: string; number: number }>(
  ({ db, params, bodyText }) =>
    db
      .selectFrom('rooms as r')
      .innerJoin('streams as s', (join) => join.on('s.id', '=', sql`'room:' || ${sql.ref('r.id')}`))
      .innerJoin('texts as n', 'n.id', 'r.name_text')
      .selectAll('r')
      .select([bodyText('n.body').as('name'), 's.number'])
      .where('r.kind', '!=', 'direct')
      .where((eb) =>
        // as: any text may be a place between ids.
        eb(eb.refTuple('s.number', 'r.id'), '<', eb.tuple(params.messages, params.id as RoomId)),
      )
      .orderBy('s.number', 'desc')
      .orderBy('r.id', 'desc')
      .limit(params.limit),
)
const memberCounts = statement<{ ids: readonly RoomId[] }, { room_id: RoomId; count: number }>(
  ({ db, params, isOneOf }) =>
    db
      .selectFrom('members')
      .select((eb) => ['room_id', eb.fn.countAll<number>().as('count')])
      .where(isOneOf('members.room_id', params.ids))
      .groupBy('room_id'),
)
const count = statement<object, { count: number }>(({ db }) =>
  db
    .selectFrom('rooms')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('kind', '!=', 'direct'),
)
