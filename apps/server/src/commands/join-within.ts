import { newId, type RoomId, roomStream, type User, userStream } from '@parley/protocol'
import type { Publication } from '../rules/publication.ts'
import { Refusal } from '../rules/refusal.ts'
import type { Writer } from '../storage/database.ts'
import { Transaction } from '../storage/transaction.ts'
import { joinByInvitation } from './join-by-invitation.ts'

/**
 * `join-by-invitation` inside the transaction that lets the person in, which has taken the invitation's use already. Gives what
 * to tell after the commit; undefined, and nothing written, where the room is closed to them. (SPEC U4)
 */
export async function joinWithin(
  writer: Writer,
  { user, roomId, now }: { readonly user: User; readonly roomId: RoomId; readonly now: number },
): Promise<readonly Publication[] | undefined> {
  const tx = new Transaction(writer)
  await tx.begin({
    locks: [roomStream(roomId), userStream(user.id)],
    texts: { first: 0, count: 0 },
    rooms: [roomId],
    members: [{ roomId, userId: user.id }],
    people: [],
    receipts: [],
  })
  tx.beginCommand(user, newId(), now)
  try {
    await joinByInvitation.perform({ tx, actor: user, input: { roomId, userId: user.id }, now })
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    if (tx.hasWritten) throw new Error(`join-by-invitation refused after its first write: ${error.code}`)
    return undefined
  }
  await tx.flush()
  return tx.publications()
}
