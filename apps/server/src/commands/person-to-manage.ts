import type { User, UserId } from '@parley/protocol'
import { instanceRole, outranksOnInstance } from '../rules/permissions.ts'
import { refuse } from '../rules/refusal.ts'
import { endSessionsOf } from '../storage/sessions.ts'
import type { Transaction } from '../storage/transaction.ts'

/** Somebody who is there, as they are under the lock. */
export async function personToManage(tx: Transaction, userId: UserId): Promise<User> {
  const person = await tx.people.read(userId)
  if (!person || person.isDeleted) refuse('person-not-found')
  return person
}

/** The same of lower rank: nobody disables or signs out their equals, nor themselves. */
export async function lowerPerson(tx: Transaction, actor: User, userId: UserId): Promise<User> {
  const person = await personToManage(tx, userId)
  if (!outranksOnInstance(instanceRole(actor), instanceRole(person))) refuse('not-allowed')
  return person
}

/** Ends all sessions; their sockets hear of it after the commit, on every instance. (SPEC U9) */
export async function endSessions(tx: Transaction, userId: UserId, at: number): Promise<void> {
  for (const sessionId of await endSessionsOf(tx.writer, { userId, at })) tx.tell({ kind: 'session-ended', sessionId })
}
