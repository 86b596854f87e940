import { roomStream, type User, type UserId, userStream } from '@parley/protocol'
import type { Writer } from '../storage/database.ts'
import { findInvitation } from '../storage/invitations.ts'
import { digestOf } from '../storage/token-digest.ts'
import type { Joined, RoomDoor } from './accounts-parts.ts'
import type { Admission } from './sign-up-policy.ts'

/**
 * The first lock of a transaction that may let somebody in by an invitation: the room's stream before the person's and before
 * the invitation itself, as whoever accepts one from inside takes them. (SPEC A1)
 */
export async function lockInvited(
  writer: Writer,
  ask: { readonly invitation: string | undefined; readonly userId?: UserId; readonly now: number },
): Promise<void> {
  const { invitation, userId, now } = ask
  const open = invitation === undefined ? undefined : await findInvitation(writer, digestOf(invitation), now)
  const room = open?.room_id ? [roomStream(open.room_id)] : []
  await writer.lockStreams([...room, ...(userId === undefined ? [] : [userStream(userId)])])
}

/** Into the room of the invitation whose use this transaction has taken, so that nobody is left outside by a crash. (SPEC U4) */
export function joinInvited(
  { rooms }: { readonly rooms: Pick<RoomDoor, 'join'> },
  writer: Writer,
  { user, admission, now }: { readonly user: User; readonly admission: Admission; readonly now: number },
): Promise<Joined | undefined> {
  return admission.roomId ? rooms.join(writer, { user, roomId: admission.roomId, now }) : Promise.resolve(undefined)
}
