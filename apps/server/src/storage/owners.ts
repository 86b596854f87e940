import type { UserId } from '@parley/protocol'
import { refuse } from '../rules/refusal.ts'
import type { Writer } from './database.ts'
import { statement } from './statement.ts'

/**
 * Refuses `last-owner` when nobody else would own this server. All owners are locked: of two who give it up at the same time
 * the second sees what the first did.
 */
export async function requireOtherOwner(writer: Writer, userId: UserId): Promise<void> {
  const owners = await writer.all(lockOwners, {})
  const isOwner = owners.some(({ id }) => id === userId)
  if (isOwner && owners.length === 1) refuse('last-owner')
}

const lockOwners = statement<object, { id: UserId }>(({ db, dialect }) => {
  const owners = db
    .selectFrom('users')
    .select('id')
    .where('role', '=', 'owner')
    .where('deleted_at', 'is', null)
    .where('disabled_at', 'is', null)
    .orderBy('id')
  return dialect === 'postgres' ? owners.forUpdate() : owners
})
