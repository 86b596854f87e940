import { LIMITS, type RoomId, roomStream, type Seq, type User, userStream } from '@parley/protocol'
import { refuse } from '../rules/refusal.ts'
import { readBan } from '../storage/bans.ts'
import type { Transaction } from '../storage/transaction.ts'
import { clearLastRoom } from '../storage/users.ts'

interface Passage {
  readonly roomId: RoomId
  readonly user: User
  readonly now: number
}

/** Refuses whoever is banned, or belongs to as many rooms as one may. To be asked before anything is written. */
export async function requireMayJoin(tx: Transaction, { roomId, user, now }: Passage): Promise<void> {
  const ban = await readBan(tx.writer, { roomId, userId: user.id, now })
  if (ban) refuse('banned', ban.banned_until === null ? {} : { until: ban.banned_until })
  if ((await tx.members.countOf(user.id)) >= LIMITS.roomsPerPerson) refuse('too-many-rooms')
}

/** Makes a member: nothing of what was said before counts as unread. Needs the locks of both streams. */
export async function join(tx: Transaction, { roomId, user, now }: Passage): Promise<Seq> {
  const stream = roomStream(roomId)
  await tx.members.add(roomId, user.id, now, tx.streams.lastNumber(stream))
  const seq = tx.streams.append(stream, { type: 'member-joined', userId: user.id }, [user])
  tx.streams.append(userStream(user.id), { type: 'room-entered', roomId })
  return seq
}

/** Ends a membership from outside. The event is where delivery to that person is cut. (SPEC E12) */
export async function remove(tx: Transaction, { roomId, user }: Omit<Passage, 'now'>): Promise<Seq> {
  await tx.members.remove(roomId, user.id)
  await tx.run(clearLastRoom, { userId: user.id, roomId })
  const seq = tx.streams.append(roomStream(roomId), { type: 'member-removed', userId: user.id }, [user])
  tx.streams.append(userStream(user.id), { type: 'room-left', roomId })
  return seq
}
