import { roomStream, type Seq } from '@parley/protocol'
import type { MessageRow } from '../storage/messages.ts'
import type { Transaction } from '../storage/transaction.ts'
import { readUsers } from '../storage/users.ts'

/** Records that the reactions of a message changed, with the state that everybody sees from now on. */
export async function appendReaction(
  tx: Transaction,
  row: MessageRow,
  { type, emoji }: { type: 'reaction-added' | 'reaction-removed'; emoji: string },
): Promise<{ seq: Seq }> {
  const stream = roomStream(row.room_id)
  const changed = { ...row, version: tx.streams.nextSeq(stream) }
  await tx.messages.change(changed)
  const message = await tx.messages.present(changed)
  const people = message.reactions.flatMap((reaction) => reaction.people)
  const event = { type, messageId: row.id, emoji, message } as const
  return { seq: tx.streams.append(stream, event, await readUsers(tx.writer, people)) }
}
