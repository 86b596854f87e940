import type { User, UserId } from '@parley/protocol'
import type { Transaction } from '../storage/transaction.ts'

/** Somebody who is here: neither deleted nor disabled. */
export async function readPresentPerson(tx: Transaction, userId: UserId): Promise<User | undefined> {
  const [row] = await tx.writer.lookup('users', ['id'], [{ id: userId }])
  if (!row || row.deleted_at !== null || row.disabled_at !== null) return undefined
  return tx.people.read(userId)
}
