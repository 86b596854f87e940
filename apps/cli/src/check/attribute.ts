import { type Event, roomStream } from '@parley/protocol'
import type { EntryOf, HistoryEntry, LogRow } from './history-entry.ts'
import { keyOf } from './history-facts.ts'
import type { RoomLog } from './reader.ts'

/**
 * The log of a room as it is in the database names the command of every event. From outside only posts carry theirs; of other
 * events it follows from the answers: whoever was told "this is seq 17" has written 17. What nobody was told is given to a
 * command that wrote its like already, so that something done twice is named so, and else to nobody. (I1, I2, I8)
 */
export function attributed(log: RoomLog, entries: readonly HistoryEntry[]): LogRow[] {
  const stream = roomStream(log.roomId)
  const commands = commandsIn(stream, entries)
  const messages = new Map(log.messages.map((message) => [message.id, message]))
  const taken = new Set<Command>()
  const joinedBy = new Map<string, Command>()
  const rows: LogRow[] = []
  for (const event of log.events) {
    const message = event.type === 'message-posted' ? messages.get(event.messageId) : undefined
    const mine = (commands.get(event.actorId) ?? []).filter((command) => writes(command, event))
    const free = mine.filter((command) => !taken.has(command))
    const since = event.type === 'member-left' ? (joinedBy.get(event.actorId)?.order ?? 0) : 0
    const writer = message
      ? undefined
      : (mine.find((command) => claims(command, event)) ??
        free.find((command) => command.name === 'leave-room' && command.ok && command.order > since) ??
        free.find((command) => !command.ok))
    if (writer && event.type === 'member-joined') joinedBy.set(event.actorId, writer)
    if (writer) taken.add(writer)
    const commandId = message?.commandId ?? (writer ?? mine[0])?.id ?? `nobody's (${event.seq})`
    rows.push({
      stream,
      seq: event.seq,
      type: event.type,
      actorId: event.actorId,
      commandId,
      // A creation writes two events: the room, and its first member.
      part: writer?.name === 'create-room' && event.type === 'member-joined' ? 1 : 0,
      ...subjectOf(event),
      ...(message ? { number: message.number } : {}),
    })
  }
  return rows
}

interface Command {
  readonly id: string
  readonly name: string
  readonly subject: string | undefined
  readonly ok: EntryOf<'ok'> | undefined
  /** Ascending in the order of sending. */
  readonly order: number
}

/** By person, in the order in which they were sent. */
function commandsIn(stream: string, entries: readonly HistoryEntry[]): ReadonlyMap<string, readonly Command[]> {
  const oks = new Map<string, EntryOf<'ok'>>()
  for (const entry of entries) {
    if (entry.kind === 'ok' && !oks.has(keyOf(entry.user, entry.id))) oks.set(keyOf(entry.user, entry.id), entry)
  }
  const commands = new Map<string, Command[]>()
  for (const [order, entry] of entries.entries()) {
    if (entry.kind !== 'invoke') continue
    const ok = oks.get(keyOf(entry.user, entry.id))
    if ((entry.stream ?? createdBy(ok)) !== stream) continue
    const known = commands.get(entry.user) ?? []
    commands.set(entry.user, known)
    known.push({ id: entry.id, name: entry.name, subject: entry.subject, ok, order })
  }
  return commands
}

const WRITES: Readonly<Record<string, readonly Event['type'][]>> = {
  'create-room': ['room-created', 'member-joined'],
  'enter-room': ['member-joined'],
  'leave-room': ['member-left'],
  'remove-member': ['member-removed'],
  'post-message': ['message-posted'],
  'edit-message': ['message-edited'],
  'delete-message': ['message-deleted'],
  'add-reaction': ['reaction-added'],
  'remove-reaction': ['reaction-removed'],
}

function writes(command: Command, event: Event): boolean {
  if (!WRITES[command.name]?.includes(event.type)) return false
  const { subject } = subjectOf(event)
  return command.subject === undefined || command.subject === subject
}

/**
 * Several may have been told the same seq, as when somebody enters who is inside already: the first that was sent is given
 * it, which asks least of the order. Leaving is answered without a seq, and does nothing for those who were removed before:
 * so it was the first that was sent after the last entering.
 */
function claims({ name, ok }: Command, event: Event): boolean {
  if (!ok) return false
  return name === 'create-room' ? event.seq <= 2 : seqIn(ok.output) === event.seq
}

function seqIn(output: unknown): number | undefined {
  const hasSeq = typeof output === 'object' && output !== null && 'seq' in output
  return hasSeq && typeof output.seq === 'number' ? output.seq : undefined
}

function createdBy(ok: EntryOf<'ok'> | undefined): string | undefined {
  const output = ok?.output
  const isRoom = typeof output === 'object' && output !== null && 'roomId' in output
  return isRoom ? `room:${output.roomId}` : undefined
}

function subjectOf(event: Event): { subject?: string } {
  if ('messageId' in event) return { subject: event.messageId }
  return 'userId' in event ? { subject: event.userId } : {}
}
