import type { RoomId } from '@parley/protocol'
import type { Actor } from '../rules/actor.ts'
import { refuse } from '../rules/refusal.ts'
import { findInvitation } from '../storage/invitations.ts'
import { readRooms } from '../storage/rooms.ts'
import { digestOf } from '../storage/token-digest.ts'
import { readUsers } from '../storage/users.ts'
import type { InvitationDescription } from './accounts.ts'
import type { AccountsParts } from './accounts-parts.ts'

/** Whatever is wrong with the token, the answer is the same. */
export async function describeInvitation({ db, now }: AccountsParts, token: string): Promise<InvitationDescription> {
  return db.read(async (reader) => {
    const invitation = (await findInvitation(reader, digestOf(token), now())) ?? refuse('invitation-invalid')
    const invitedBy = (await readUsers(reader, [invitation.created_by]))[0] ?? refuse('invitation-invalid')
    if (invitation.room_id === null) return { invitedBy }
    const room = (await readRooms(reader, [invitation.room_id])).get(invitation.room_id) ?? refuse('invitation-invalid')
    return { invitedBy, room: { roomId: room.id, name: room.name } }
  })
}

export async function acceptInvitation(
  { db, now, rooms }: AccountsParts,
  { user }: Actor,
  token: string,
): Promise<{ roomId?: RoomId }> {
  const tokenDigest = digestOf(token)
  const invitation = await db.read((reader) => findInvitation(reader, tokenDigest, now()))
  if (!invitation) {
    // Whoever used the last use is a member by it, and may open the link again.
    const roomId = await readInvitedRoom({ db }, token)
    if (roomId && (await isMember(db, roomId, user.id))) return { roomId }
    refuse('invitation-invalid')
  }
  const roomId = invitation.room_id
  if (roomId === null) return {}
  await rooms.accept(user, roomId, tokenDigest)
  return { roomId }
}

/** Where a link leads or led, whether or not it still holds. */
export async function readInvitedRoom(
  { db }: Pick<AccountsParts, 'db'>,
  token: string | undefined,
): Promise<RoomId | undefined> {
  if (token === undefined) return undefined
  const [row] = await db.read((reader) =>
    reader.lookup('invitations', ['token_hash'], [{ token_hash: digestOf(token) }]),
  )
  return row?.room_id ?? undefined
}

async function isMember(db: AccountsParts['db'], roomId: RoomId, userId: Actor['user']['id']): Promise<boolean> {
  const rows = await db.read(async (reader) => [
    ...(await reader.lookup('members', ['room_id', 'user_id'], [{ room_id: roomId, user_id: userId }])),
    ...(await reader.lookup('rooms', ['id'], [{ id: roomId }])),
  ])
  return rows.length === 2
}
