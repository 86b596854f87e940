import type { RoomId, RoomRole, User, UserId } from '@parley/protocol'
import { outranksInRoom, roomRole } from '../rules/permissions.ts'
import { refuse } from '../rules/refusal.ts'
import type { MemberRow } from '../storage/members.ts'
import { asStandingMember, asStandingRoom } from '../storage/standing.ts'
import type { Transaction } from '../storage/transaction.ts'
import { roomOf } from './command.ts'

/** Who acts on whom, and where. */
export interface Deed {
  readonly tx: Transaction
  readonly actor: User
  /** What the actor is in the room. */
  readonly role: RoomRole
  readonly input: { readonly roomId: RoomId; readonly userId: UserId }
}

/**
 * A member whom the actor outranks, by the roles that hold under the lock. Unknown people, deleted ones and those who are no
 * members answer alike, so that nobody can find out who has an account. (SPEC O3)
 */
export async function memberToChange(deed: Deed): Promise<{ user: User; member: MemberRow }> {
  const user = await personOfLowerRank(deed)
  const member = await deed.tx.members.read(deed.input.roomId, user.id)
  if (!member) refuse('person-not-found')
  return { user, member }
}

/** Somebody, member or not, whom the actor outranks. */
export async function personOfLowerRank({ tx, actor, role, input: { roomId, userId } }: Deed): Promise<User> {
  if (userId === actor.id) refuse('not-allowed')
  const user = await tx.people.read(userId)
  if (!user || user.isDeleted) refuse('person-not-found')
  const member = await tx.members.read(roomId, userId)
  const room = asStandingRoom(roomOf(tx, roomId))
  if (!outranksInRoom(role, roomRole(room, member && asStandingMember(member), user))) refuse('not-allowed')
  return user
}
