import { LIMITS } from '@parley/protocol'
import { readOpenInvitations } from '../storage/invitations.ts'
import { readUsers } from '../storage/users.ts'
import { authorise, query } from './query.ts'
import { requireRole } from './require-role.ts'

export const listInvitations = query('list-invitations', async ({ reader, asker, input: { roomId }, now }) => {
  if (roomId) await authorise(reader, asker, roomId, 'invite-to-room')
  else await requireRole(reader, asker, 'invite-to-instance')
  const rows = await readOpenInvitations(reader, { roomId, now, limit: LIMITS.openInvitations })
  const makers = await readUsers(
    reader,
    rows.map((row) => row.created_by),
  )
  const people = new Map(makers.map((user) => [user.id, user]))
  const invitations = rows.flatMap((row) => {
    const createdBy = people.get(row.created_by)
    if (!createdBy) return []
    return {
      id: row.id,
      ...(row.room_id !== null && { roomId: row.room_id }),
      createdBy,
      createdAt: row.created_at,
      ...(row.expires_at !== null && { expiresAt: row.expires_at }),
      uses: row.uses,
      ...(row.max_uses !== null && { maxUses: row.max_uses }),
    }
  })
  return { invitations }
})
