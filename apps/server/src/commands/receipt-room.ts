import type { RoomId } from '@parley/protocol'
import type { ReceiptRow } from '../storage/receipts.ts'

/** The room that a receipt speaks of: its own stream names it, a person's keeps it as the subject. */
export function roomOfReceipt(first: Pick<ReceiptRow, 'stream' | 'subject'>): RoomId {
  // as: see above
  return (first.stream.startsWith('room:') ? first.stream.slice('room:'.length) : (first.subject ?? '')) as RoomId
}
