import { type MessageId, type RoomId, roomStream, type UserId, userStream } from '@parley/protocol'
import { forgetPerson } from '../accounts/delete-account.ts'
import { buryRoom } from '../commands/close-room.ts'
import type { Database, Writer } from '../storage/database.ts'
import { removeReactionsOf } from '../storage/reactions.ts'
import { statement } from '../storage/statement.ts'
import { eraseTexts } from '../storage/texts.ts'
import { type LedgerLine, Transaction } from '../storage/transaction.ts'
import type { Ledger } from './ledger-lines.ts'

export interface Applied {
  readonly rooms: number
  readonly people: number
  readonly messages: number
  /** Lines whose erasing was never committed: what they name was alive long after. */
  readonly void: number
}

export interface ApplyOptions {
  readonly db: Database
  /** The backup's own, read before the moment that it copied. */
  readonly own: Ledger
  readonly others: readonly Ledger[]
  /** When the backup was made, epoch ms. */
  readonly madeAt: number
}

// A line is synced right before its commit. What was still alive in the backup so long after its line was not erased: the
// commit failed. Of other instances only their clocks tell, which may be wrong, and erasing once more is the lesser harm.
const COMMITTED_AFTER_MS = 60_000
const COMMITTED_ELSEWHERE_AFTER_MS = 3_600_000
const LINES_PER_TURN = 100

/** Erases again what the ledgers say was erased. Lines about what is not there are passed over. (SPEC D4) */
export async function applyLedgers({ db, own, others, madeAt }: ApplyOptions): Promise<Applied> {
  const lines = new Map<string, LedgerLine>()
  const isVoid = (line: LedgerLine, marginMs: number) => line.at + marginMs < madeAt
  let voided = 0
  const take = (line: LedgerLine, marginMs: number) => {
    const key = `${line.kind} ${line.id} ${line.at}`
    if (!lines.has(key)) lines.set(key, line)
    if (isVoid(line, marginMs)) voidKeys.add(key)
  }
  const voidKeys = new Set<string>()
  for (const line of own.lines) take(line, COMMITTED_AFTER_MS)
  for (const ledger of others) for (const line of ledger.lines) take(line, COMMITTED_ELSEWHERE_AFTER_MS)
  const counts = { rooms: 0, people: 0, messages: 0 }
  const all = [...lines]
  for (let start = 0; start < all.length; start += LINES_PER_TURN) {
    const turn = await db.write(async (writer) => {
      const done = { rooms: 0, people: 0, messages: 0, void: 0 }
      for (const [key, line] of all.slice(start, start + LINES_PER_TURN)) {
        if (!(await isAlive(writer, line))) continue
        if (voidKeys.has(key)) {
          done.void += 1
          continue
        }
        await erase(writer, line)
        done[line.kind === 'room' ? 'rooms' : line.kind === 'message' ? 'messages' : 'people'] += 1
      }
      return done
    })
    voided += turn.void
    counts.rooms += turn.rooms
    counts.people += turn.people
    counts.messages += turn.messages
  }
  return { ...counts, void: voided }
}

async function isAlive(writer: Writer, { kind, id }: LedgerLine): Promise<boolean> {
  switch (kind) {
    case 'room':
      return (await writer.lookup('rooms', ['id'], [{ id: id as RoomId }])).length > 0 // as: lines of this kind name a room
    case 'message': {
      const [row] = await writer.lookup('messages', ['id'], [{ id: id as MessageId }]) // as: … a message
      return row !== undefined && row.deleted_at === null
    }
    case 'person':
    case 'name': {
      const [row] = await writer.lookup('users', ['id'], [{ id: id as UserId }]) // as: … a person
      return row !== undefined && row.deleted_at === null
    }
    default:
      return unreachable(kind)
  }
}

async function erase(writer: Writer, { kind, id, at }: LedgerLine): Promise<void> {
  switch (kind) {
    case 'room':
      return eraseRoom(writer, id as RoomId, at) // as: lines of this kind name a room
    case 'message':
      return eraseMessage(writer, id as MessageId, at) // as: … a message
    case 'person':
    case 'name': {
      const userId = id as UserId // as: … a person
      await writer.lockStreams([userStream(userId)])
      await forgetPerson(writer, userId, { kind, at })
      return
    }
    default:
      return unreachable(kind)
  }
}

// By whom it was closed the ledger does not say.
async function eraseRoom(writer: Writer, id: RoomId, at: number): Promise<void> {
  const tx = new Transaction(writer)
  const nothing = { texts: { first: 0, count: 0 }, members: [], people: [], receipts: [] }
  await tx.begin({ ...nothing, locks: [roomStream(id)], rooms: [id] })
  const room = tx.rooms.find(id)
  if (!room) return
  await buryRoom(tx, room, { at, by: room.owner_id })
  await tx.flush()
}

async function eraseMessage(writer: Writer, id: MessageId, at: number): Promise<void> {
  const [row] = await writer.lookup('messages', ['id'], [{ id }])
  if (!row) return
  await eraseTexts(writer, [row.text_id])
  await writer.run(removeReactionsOf, { messageId: id })
  await writer.run(markDeleted, { id, at })
}

const markDeleted = statement<{ id: MessageId; at: number }>(({ db, params }) =>
  db.updateTable('messages').set({ deleted_at: params.at }).where('id', '=', params.id),
)

function unreachable(kind: never): never {
  throw new Error(`Unknown kind of line ${JSON.stringify(kind)}`)
}
