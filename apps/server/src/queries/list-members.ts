import type { RoomId, UserId } from '@parley/protocol'
import { mayInRoom, roomRole, type StandingMember } from '../rules/permissions.ts'
import { countMembers } from '../storage/members.ts'
import { asStandingMember } from '../storage/standing.ts'
import { type Building, statement } from '../storage/statement.ts'
import type { Tables } from '../storage/tables.ts'
import { toUser, type UserRow } from '../storage/users.ts'
import { authorise, query } from './query.ts'

export const listMembers = query('list-members', async ({ reader, asker, input, now }) => {
  const { room, member } = await authorise(reader, asker, input.roomId)
  if (!room) throw new Error('A room that may be read exists.')
  const seesMutes = mayInRoom('mute-member', roomRole(room, member, asker.user))
  const { roomId, userId, after = '', limit } = input
  const rows = userId
    ? await reader.all(oneMember, { roomId, userId })
    : await reader.all(membersAfter, { roomId, after, limit })
  const last = userId ? undefined : rows.at(-1)
  return {
    members: rows.map((row) => {
      const user = toUser(row)
      const standing = asStandingMember({ role: row.room_role, muted_until: row.muted_until })
      return {
        user,
        joinedAt: row.joined_at,
        role: roomRole(room, standing, user),
        ...(seesMutes && isMuted(standing, now) && { mutedUntil: standing.mutedUntil }),
      }
    }),
    ...(last && rows.length === input.limit ? { next: last.id } : {}),
    total: await countMembers(reader, input.roomId),
  }
})

/** A mute that is over is none. */
function isMuted(member: StandingMember, now: number): member is StandingMember & { readonly mutedUntil: number } {
  return member.mutedUntil !== undefined && member.mutedUntil > now
}

interface MemberRow extends UserRow {
  readonly joined_at: number
  readonly room_role: Tables['members']['role']
  readonly muted_until: number | null
}

// By id, which is the order in which people first came; names may change while somebody pages.
const membersAfter = statement<{ roomId: RoomId; after: string; limit: number }, MemberRow>((on) =>
  membersOf(on)
    .where('m.room_id', '=', on.params.roomId)
    .where('m.user_id', '>', on.params.after as UserId) // as: any text may be a place between ids
    .orderBy('m.user_id')
    .limit(on.params.limit),
)

const oneMember = statement<{ roomId: RoomId; userId: UserId }, MemberRow>((on) =>
  membersOf(on).where('m.room_id', '=', on.params.roomId).where('m.user_id', '=', on.params.userId),
)

function membersOf({ db, bodyText }: Pick<Building<unknown>, 'db' | 'bodyText'>) {
  return db
    .selectFrom('members as m')
    .innerJoin('users as u', 'u.id', 'm.user_id')
    .innerJoin('texts as h', 'h.id', 'u.handle_text')
    .innerJoin('texts as n', 'n.id', 'u.name_text')
    .select(['u.id', 'u.kind', 'u.version', 'u.role', 'u.deleted_at'])
    .select(['m.joined_at', 'm.role as room_role', 'm.muted_until'])
    .select([bodyText('h.body').as('handle'), bodyText('n.body').as('name')])
}
