import type { Room, UserId } from '@parley/protocol'
import { refuse } from './refusal.ts'

/** What the rules need to know of a room and of one person in it. */
export interface Standing {
  readonly room: { readonly kind: Room['kind']; readonly ownerId: UserId } | undefined
  readonly isMember: boolean
  /** Set when the room was closed; `wasListed` or a former membership is what lets a person know that. */
  readonly closed: { readonly at: number; readonly by: UserId; readonly mayKnow: boolean } | undefined
}

/** What a command or query asks of the person: to know the room, to be in it, or to be in it or administer it. */
export type Access = 'visitor' | 'member' | 'member-or-owner'

/** Refuses whoever may not. Missing, private and foreign rooms answer alike. (SPEC A5) */
export function requireAccess(access: Access, standing: Standing, userId: UserId): void {
  const { room, isMember, closed } = standing
  if (!room) {
    if (closed?.mayKnow) refuse('room-closed', { closedAt: closed.at })
    refuse('room-not-found')
  }
  if (isMember) return
  if (access === 'member-or-owner' && mayAdminister(room, userId)) return
  if (room.kind !== 'public') refuse('room-not-found')
  if (access !== 'visitor') refuse('not-a-member')
}

/** Rename, change the topic, delete anybody's message, close: the owner, member or not. (SPEC G5) */
export function mayAdminister(room: { readonly ownerId: UserId }, userId: UserId): boolean {
  return room.ownerId === userId
}

export function mayEditMessage(message: { readonly authorId: UserId }, userId: UserId): boolean {
  return message.authorId === userId
}

export function mayDeleteMessage(
  room: { readonly ownerId: UserId },
  message: { readonly authorId: UserId },
  userId: UserId,
): boolean {
  return message.authorId === userId || mayAdminister(room, userId)
}
