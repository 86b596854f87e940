import { newId, type RoomId, userStream } from '@parley/protocol'
import { requireInRoom, requireOnInstance } from '../rules/permissions.ts'
import { Refusal, refuse } from '../rules/refusal.ts'
import { endInvitation } from '../storage/invitations.ts'
import { readStanding } from '../storage/standing.ts'
import { command } from './command.ts'

// Whoever may make such an invitation may end it. Unknown ones and those of others' rooms are answered alike, with the same
// reads, so that nobody learns which ids exist.
export const revokeInvitation = command('revoke-invitation', {
  locks: (_, actor) => [userStream(actor.id)],
  async perform({ tx, actor, input, now }) {
    const [row] = await tx.writer.lookup('invitations', ['id'], [{ id: input.invitationId }])
    const standing = await readStanding(tx.writer, row?.room_id ?? newId<RoomId>(), actor.id)
    try {
      if (row?.room_id === null) requireOnInstance('invite-to-instance', actor)
      else requireInRoom('invite-to-room', standing, actor, now)
    } catch (error) {
      if (error instanceof Refusal) refuse('not-allowed')
      throw error
    }
    await tx.run(endInvitation, { id: input.invitationId, now })
    return {}
  },
})
