import type { RoomId, UserId } from '@parley/protocol'
import { countMembers } from '../storage/members.ts'
import { statement } from '../storage/statement.ts'
import { toUser, type UserRow } from '../storage/users.ts'
import { authorise, query } from './query.ts'

export const listMembers = query('list-members', async ({ reader, asker, input }) => {
  await authorise(reader, asker, input.roomId)
  const rows = await reader.all(membersAfter, { roomId: input.roomId, after: input.after ?? '', limit: input.limit })
  const last = rows.at(-1)
  return {
    members: rows.map((row) => ({ user: toUser(row), joinedAt: row.joined_at })),
    ...(last && rows.length === input.limit ? { next: last.id } : {}),
    total: await countMembers(reader, input.roomId),
  }
})

interface MemberRow extends UserRow {
  readonly joined_at: number
}

// By id, which is the order in which people first came; names may change while somebody pages.
const membersAfter = statement<{ roomId: RoomId; after: string; limit: number }, MemberRow>(
  ({ db, params, bodyText }) =>
    db
      .selectFrom('members as m')
      .innerJoin('users as u', 'u.id', 'm.user_id')
      .innerJoin('texts as h', 'h.id', 'u.handle_text')
      .innerJoin('texts as n', 'n.id', 'u.name_text')
      .select(['u.id', 'u.kind', 'u.version', 'u.deleted_at', 'm.joined_at'])
      .select([bodyText('h.body').as('handle'), bodyText('n.body').as('name')])
      .where('m.room_id', '=', params.roomId)
      .where('m.user_id', '>', params.after as UserId) // as: any text may be a place between ids
      .orderBy('m.user_id')
      .limit(params.limit),
)
