import {
  type CommandId,
  type RoomId,
  type RoomRole,
  type StreamId,
  UNKNOWN_OUTCOMES,
  type User,
  type UserId,
} from '@parley/protocol'
import type { Secret } from '../accounts/secret.ts'
import { requireInRoom, requireOnInstance, roomRole } from '../rules/permissions.ts'
import type { Publication } from '../rules/publication.ts'
import { Refusal, refuse } from '../rules/refusal.ts'
import type { Database, Writer } from '../storage/database.ts'
import type { ReceiptRow } from '../storage/receipts.ts'
import { readClosed, standingOf } from '../storage/standing.ts'
import { type LedgerLine, Transaction } from '../storage/transaction.ts'
import type { Performable } from './command.ts'
import type { LaneHolds } from './lane-holds.ts'

/** A parsed command on its way through a batch. */
export interface Entry {
  readonly command: Performable
  readonly id: CommandId
  readonly input: unknown
  readonly roomId: RoomId | undefined
  readonly actor: User
  readonly locks: readonly StreamId[]
  readonly lane: object
  /** When it was asked, on the clock of `performance.now()`, which nobody sets. */
  readonly arrivedAt: number
  /** How often commands of its lane had failed when it arrived. */
  readonly failures: number
  /** Whether a refusal keeps what its lane asks of the room after it waiting. (SPEC F3) */
  readonly isInLine: boolean
  readonly resolve: (output: unknown) => void
  readonly reject: (reason: unknown) => void
}

export type Outcome = { readonly output: unknown } | { readonly refusal: Refusal }

export interface BatchTools {
  readonly db: Database
  readonly now: () => number
  readonly nameKey: (source: string) => string
  readonly secret: Secret
  /** Syncs lines to the erase ledger; called before the commit that erases. (SPEC D4) */
  readonly writeLedger: (lines: readonly LedgerLine[], writer: Writer) => Promise<void>
  /** Told how long handlers kept the transaction open, in milliseconds. */
  readonly noteOpen: (ms: number) => void
  /** Told of each command that was answered from the log, because it had been performed before. */
  readonly noteRepeat?: (() => void) | undefined
}

/**
 * One transaction for all entries; one outcome each, in their order. A fault throws and nothing is stored. `committed` may be
 * called before the result is on disk: the next batch may begin then, and knows what this one left to wait.
 */
export async function runBatch(
  tools: BatchTools,
  entries: readonly Entry[],
  { holds, committed }: { holds: LaneHolds; committed: () => void },
): Promise<{ outcomes: Outcome[]; publications: Publication[] }> {
  let draft = holds.draft()
  const count = entries.reduce((sum, { command }) => sum + (command.texts ?? 0), 0)
  const texts = { first: count === 0 ? 0 : await tools.db.takeTextIds(count), count }
  const work = async (writer: Writer) => {
    const startedAt = performance.now()
    const now = tools.now()
    const tx = new Transaction(writer)
    await tx.begin({
      locks: [...new Set(entries.flatMap((entry) => entry.locks))].sort(),
      texts,
      rooms: [...new Set(entries.flatMap((entry) => entry.roomId ?? []))],
      members: memberships(entries),
      // A role on the server counts as it is now, whatever it was when the session was opened.
      people: entries.flatMap(({ command, actor }) => (command.onInstance || actor.role ? [actor.id] : [])),
      receipts: entries.flatMap((entry) =>
        entry.command.receipt ? { actorId: entry.actor.id, commandId: entry.id } : [],
      ),
    })
    draft = holds.draft()
    const outcomes: Outcome[] = []
    for (const entry of entries) {
      const outcome = outcomeOf({ tx, now, holds: draft }, entry, tools)
      outcomes.push(outcome instanceof Promise ? await outcome : outcome)
    }
    await tx.flush()
    if (tx.ledger.length > 0) await tools.writeLedger(tx.ledger, writer)
    tools.noteOpen(performance.now() - startedAt)
    return { outcomes, publications: tx.publications() }
  }
  const done = await tools.db.write(work, () => {
    draft.keep()
    committed()
  })
  draft.keep()
  return done
}

/** Each once: a busy sender's whole row of posts asks for the same. */
function memberships(entries: readonly Entry[]): { roomId: RoomId; userId: UserId }[] {
  const pairs = new Map<string, { roomId: RoomId; userId: UserId }>()
  for (const { roomId, actor } of entries) {
    if (roomId) pairs.set(`${roomId} ${actor.id}`, { roomId, userId: actor.id })
  }
  return [...pairs.values()]
}

/** One run of a batch. */
interface Run {
  readonly tx: Transaction
  readonly now: number
  readonly holds: LaneHolds
}

function outcomeOf(run: Run, entry: Entry, tools: BatchTools): Outcome | Promise<Outcome> {
  const { tx, now, holds } = run
  tx.beginCommand(entry.actor, entry.id, now)
  const answered = (output: unknown): Outcome => {
    if (entry.isInLine) holds.note(entry, 'settled', now)
    return { output }
  }
  const refused = (error: unknown): Outcome => {
    if (!(error instanceof Refusal)) throw error
    if (tx.hasWritten) throw new Error(`${entry.command.name} refused after its first write: ${error.code}`)
    if (entry.isInLine && !UNKNOWN_OUTCOMES.includes(error.code)) holds.note(entry, 'refused', now)
    return { refusal: error }
  }
  try {
    const output = perform(run, entry, tools)
    return output instanceof Promise ? output.then(answered, refused) : answered(output)
  } catch (error) {
    return refused(error)
  }
}

function perform({ tx, now, holds }: Run, entry: Entry, tools: BatchTools): unknown {
  const { command, roomId } = entry
  const actor = tx.people.find(entry.actor.id) ?? entry.actor
  const receipts = tx.receipts.find(actor.id, entry.id)
  if (receipts.length > 0) {
    tools.noteRepeat?.()
    return repeated(tx, entry, receipts)
  }
  if (entry.isInLine) holds.judge(entry, now)
  if (command.onInstance) requireOnInstance(command.onInstance, actor)
  let role: RoomRole = 'guest'
  if (command.inRoom && roomId) {
    const room = tx.rooms.find(roomId)
    if (!room) return withoutRoom(tx, entry, roomId)
    const standing = standingOf(room, tx.members.find(roomId, actor.id))
    requireInRoom(command.inRoom, standing, actor, now)
    if (standing.room) role = roomRole(standing.room, standing.member, actor)
  }
  const { nameKey, secret } = tools
  const context = { tx, actor, role, id: entry.id, input: entry.input, now, nameKey, secret }
  return command.perform(context as never) // as: `parse` produced the input of this very command
}

async function withoutRoom(tx: Transaction, { command, actor }: Entry, roomId: RoomId): Promise<unknown> {
  const closed = await readClosed(tx.writer, roomId, actor.id)
  if (closed?.by === actor.id && command.whenClosed) return command.whenClosed()
  return requireInRoom('see-room', { room: undefined, member: undefined, closed }, actor, 0)
}

/** A known id gets the first answer again, unless it stood for something else or its room is gone. (SPEC A6) */
async function repeated(tx: Transaction, entry: Entry, receipts: readonly ReceiptRow[]): Promise<unknown> {
  const [first] = receipts
  const { receipt } = entry.command
  if (!first || !receipt?.types.includes(first.type)) refuse('command-id-reused')
  // as: a room stream's name is the room's id, and a person's stream keeps the room as the event's subject.
  const roomId = (first.stream.startsWith('room:') ? first.stream.slice(5) : first.subject) as RoomId
  if (entry.roomId && entry.roomId !== roomId) refuse('command-id-reused')
  if (!tx.rooms.find(roomId)) {
    const closed = await readClosed(tx.writer, roomId, entry.actor.id)
    if (closed) refuse('room-closed', { closedAt: closed.at })
  }
  // as: the entry's input was parsed for this command.
  return receipt.answer(first, entry.input as never)
}
