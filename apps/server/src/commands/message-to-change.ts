import type { MessageId, RoomId } from '@parley/protocol'
import { refuse } from '../rules/refusal.ts'
import type { MessageRow } from '../storage/messages.ts'
import type { Transaction } from '../storage/transaction.ts'

/** A message of the room that still has a text. */
export async function messageToChange(tx: Transaction, roomId: RoomId, id: MessageId): Promise<MessageRow> {
  const row = await tx.messages.find(roomId, id)
  if (!row || row.deleted_at !== null) refuse('message-not-found')
  return row
}
