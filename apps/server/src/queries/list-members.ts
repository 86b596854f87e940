import type { RoomId, UserId } from '@parley/protocol'
import { mayInRoom, roomRole } from '../rules/permissions.ts'
import { countMembers } from '../storage/members.ts'
import { asStandingMember } from '../storage/standing.ts'
import { statement } from '../storage/statement.ts'
import type { Tables } from '../storage/tables.ts'
import { toUser, type UserRow } from '../storage/users.ts'
import { authorise, query } from './query.ts'

export const listMembers = query('list-members', async ({ reader, asker, input }) => {
  const { room, member } = await authorise(reader, asker, input.roomId)
  if (!room) throw new Error('A room that may be read exists.')
  const seesMutes = mayInRoom('mute-member', roomRole(room, member, asker.user))
  const rows = await reader.all(membersAfter, { roomId: input.roomId, after: input.after ?? '', limit: input.limit })
  const last = rows.at(-1)
  return {
    members: rows.map((row) => {
      const user = toUser(row)
      const standing = asStandingMember({ role: row.room_role, muted_until: row.muted_until })
      return {
        user,
        joinedAt: row.joined_at,
        role: roomRole(room, standing, user),
        ...(seesMutes && standing.mutedUntil !== undefined && { mutedUntil: standing.mutedUntil }),
      }
    }),
    ...(last && rows.length === input.limit ? { next: last.id } : {}),
    total: await countMembers(reader, input.roomId),
  }
})

interface MemberRow extends UserRow {
  readonly joined_at: number
  readonly room_role: Tables['members']['role']
  readonly muted_until: number | null
}

// By id, which is the order in which people first came; names may change while somebody pages.
const membersAfter = statement<{ roomId: RoomId; after: string; limit: number }, MemberRow>(
  ({ db, params, bodyText }) =>
    db
      .selectFrom('members as m')
      .innerJoin('users as u', 'u.id', 'm.user_id')
      .innerJoin('texts as h', 'h.id', 'u.handle_text')
      .innerJoin('texts as n', 'n.id', 'u.name_text')
      .select(['u.id', 'u.kind', 'u.version', 'u.role', 'u.deleted_at'])
      .select(['m.joined_at', 'm.role as room_role', 'm.muted_until'])
      .select([bodyText('h.body').as('handle'), bodyText('n.body').as('name')])
      .where('m.room_id', '=', params.roomId)
      .where('m.user_id', '>', params.after as UserId) // as: any text may be a place between ids
      .orderBy('m.user_id')
      .limit(params.limit),
)
