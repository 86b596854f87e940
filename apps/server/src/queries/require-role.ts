import type { Actor } from '../rules/actor.ts'
import { type InstanceAction, requireOnInstance } from '../rules/permissions.ts'
import { refuse } from '../rules/refusal.ts'
import type { Reader } from '../storage/database.ts'
import { readUsers } from '../storage/users.ts'

/** The role counts as it is in the transaction that answers, whatever it was when the session was opened. */
export async function requireRole(reader: Reader, asker: Actor, action: InstanceAction): Promise<void> {
  const [person] = await readUsers(reader, [asker.user.id])
  if (!person || person.isDeleted) refuse('not-signed-in')
  requireOnInstance(action, person)
}
