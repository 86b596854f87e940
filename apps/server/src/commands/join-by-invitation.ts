import { type RoomId, roomStream, type StreamId, type User, type UserId, userStream } from '@parley/protocol'
import { Refusal, refuse } from '../rules/refusal.ts'
import { useInvitation } from '../storage/invitations.ts'
import { hasOnceEntered } from '../storage/standing.ts'
import type { Transaction } from '../storage/transaction.ts'
import { setLastRoom } from '../storage/users.ts'
import { roomOf } from './command.ts'
import { join, requireMayJoin } from './membership.ts'
import { takeOverIfDeserted } from './pass-room.ts'

export interface JoinByInvitation {
  readonly roomId: RoomId
  readonly userId: UserId
  /** A use of this invitation is taken; absent: it was, in the transaction that let the person in. */
  readonly tokenDigest?: string
  /** They came in by it before: it leads nobody back who has left or was removed since. */
  readonly isRepeat?: boolean
}

/** The server's own command, for whoever came by an invitation: also into rooms that nobody else could find. (SPEC V4) */
export const joinByInvitation = {
  name: 'join-by-invitation',
  locks: (input: JoinByInvitation): readonly StreamId[] => [roomStream(input.roomId), userStream(input.userId)],
  async perform(context: { tx: Transaction; actor: User; input: JoinByInvitation; now: number }): Promise<object> {
    const { tx, actor, input, now } = context
    const { roomId, tokenDigest, isRepeat } = input
    const room = tx.rooms.find(roomId)
    if (!room || room.kind === 'direct') refuse('invitation-invalid')
    if (tx.members.has(roomId, actor.id)) return {}
    if (isRepeat && (await hasOnceEntered(tx.writer, roomId, actor.id))) refuse('invitation-invalid')
    await requireNotKeptOut(tx, { roomId, user: actor, now })
    if (tokenDigest !== undefined && !(await useInvitation(tx.writer, tokenDigest, now))) refuse('invitation-invalid')
    await join(tx, { roomId, user: actor, now })
    await tx.run(setLastRoom, { userId: actor.id, roomId })
    await takeOverIfDeserted(tx, roomOf(tx, roomId), actor)
    return {}
  },
}

// To whoever is banned, the link is as good as any other that does not hold: it must not tell that the room is there.
async function requireNotKeptOut(tx: Transaction, passage: Parameters<typeof requireMayJoin>[1]): Promise<void> {
  try {
    await requireMayJoin(tx, passage)
  } catch (error) {
    if (error instanceof Refusal && error.code === 'banned') refuse('invitation-invalid')
    throw error
  }
}
