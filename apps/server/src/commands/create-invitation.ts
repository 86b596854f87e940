import { type InvitationId, LIMITS, newId, roomStream, userStream } from '@parley/protocol'
import { invitationToken } from '../accounts/secret.ts'
import { requireOnInstance } from '../rules/permissions.ts'
import { refuse } from '../rules/refusal.ts'
import { addInvitation, readOpenInvitations } from '../storage/invitations.ts'
import { digestOf } from '../storage/token-digest.ts'
import { command } from './command.ts'

const HOUR_MS = 60 * 60_000

// The token is derived from the command's id, so that a repeat after a lost answer gives the same link though only its digest
// is stored. Nobody else can derive it: it takes the instance's secret.
export const createInvitation = command('create-invitation', {
  locks: ({ roomId }, actor) => [...(roomId ? [roomStream(roomId)] : []), userStream(actor.id)],
  inRoom: 'invite-to-room',
  async perform({ tx, actor, id, input, now, secret }) {
    const { roomId, expiresInHours, maxUses } = input
    if (!roomId) requireOnInstance('invite-to-instance', actor)
    const token = invitationToken(secret, `${actor.id} ${id}`)
    const digest = digestOf(token)
    const [known] = await tx.writer.lookup('invitations', ['token_hash'], [{ token_hash: digest }])
    if (known && known.room_id !== (roomId ?? null)) refuse('command-id-reused')
    if (known) return { invitationId: known.id, token }
    const open = await readOpenInvitations(tx.writer, { roomId, now, limit: LIMITS.openInvitations })
    if (open.length >= LIMITS.openInvitations) refuse('too-many-invitations')
    const invitationId = newId<InvitationId>(now)
    await tx.run(addInvitation, {
      id: invitationId,
      token_hash: digest,
      room_id: roomId ?? null,
      created_by: actor.id,
      created_at: now,
      expires_at: expiresInHours === undefined ? null : now + expiresInHours * HOUR_MS,
      max_uses: maxUses ?? null,
      uses: 0,
      revoked_at: null,
    })
    return { invitationId, token }
  },
})
