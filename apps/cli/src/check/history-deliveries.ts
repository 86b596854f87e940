import type { Violation } from './history-checker.ts'
import type { DeliveredEvent, EntryOf, LogRow } from './history-entry.ts'
import { type Facts, rowAt } from './history-facts.ts'

// I5: what clients were given, and what they made of it.

export function* appliedEqualsLog({ run, entries, log, closed }: Facts): Iterable<Violation> {
  const positions = new Map<string, number>()
  /** Where the place stood that was open before on the same connection: more of it may be under way until it is answered. */
  const former = new Map<string, number>()
  for (const entry of entries) {
    if (entry.kind === 'dialled')
      for (const key of former.keys()) if (key.startsWith(`${entry.client} `)) former.delete(key)
    if (entry.kind === 'current') former.delete(`${entry.client} ${entry.stream}`)
    if (entry.kind !== 'opened' && entry.kind !== 'reset' && entry.kind !== 'delivered') continue
    const key = `${entry.client} ${entry.stream}`
    const position = positions.get(key)
    const where = `${entry.client} on ${entry.stream}`
    if (entry.kind === 'opened') {
      if (entry.cursor !== undefined && (position === undefined || entry.cursor > position)) {
        yield {
          invariant: 'I5',
          what: `${where} claims ${entry.cursor} but was given no more than ${position ?? 'nothing'}`,
        }
      }
      if (position !== undefined) former.set(key, Math.max(position, former.get(key) ?? 0))
      if (entry.cursor === undefined) positions.delete(key)
      else positions.set(key, entry.cursor)
    } else if (entry.kind === 'reset') {
      positions.set(key, entry.seq)
    } else {
      for (const event of entry.events) {
        const before = positions.get(key)
        if (before !== undefined && event.seq === before + 1) positions.set(key, event.seq)
        const isOfFormer = event.seq === (former.get(key) ?? Number.NaN) + 1
        if (isOfFormer) former.set(key, event.seq)
        if (before !== undefined && event.seq > before + 1 && !run.isLossy && !isOfFormer) {
          yield { invariant: 'I5', what: `${where} was given ${event.seq} after ${before}` }
          positions.set(key, event.seq)
        }
        const row = rowAt(log.get(entry.stream) ?? [], event.seq)
        if (!closed.has(entry.stream) && !isEqual(event, row)) {
          yield {
            invariant: 'I5',
            what: `${where} was given ${inWords(event)}, logged is ${row ? inWords(row) : 'nothing'}`,
          }
        }
      }
    }
  }
}

/** What was under way when a client opened a room may come twice; once that is answered, everything comes once. */
export function* nothingTwice({ entries }: Facts): Iterable<Violation> {
  const connections = new Map<string, Map<string, { unanswered: number; seq: number }>>()
  for (const entry of entries) {
    if (entry.kind === 'dialled') connections.delete(entry.client)
    if (entry.kind !== 'opened' && entry.kind !== 'current' && entry.kind !== 'delivered') continue
    const rooms = connections.get(entry.client) ?? new Map<string, { unanswered: number; seq: number }>()
    connections.set(entry.client, rooms)
    const room = rooms.get(entry.stream) ?? { unanswered: 0, seq: 0 }
    if (entry.kind === 'opened') rooms.set(entry.stream, { unanswered: room.unanswered + 1, seq: 0 })
    if (entry.kind === 'current') rooms.set(entry.stream, { unanswered: room.unanswered - 1, seq: entry.seq })
    if (entry.kind !== 'delivered' || room.unanswered > 0) continue
    for (const { seq } of entry.events) {
      if (seq <= room.seq)
        yield {
          invariant: 'I5',
          what: `${entry.client} was given ${seq} of ${entry.stream} once more, after ${room.seq}`,
        }
      room.seq = Math.max(room.seq, seq)
    }
  }
}

export function* viewsEqualLog({ entries, closed }: Facts): Iterable<Violation> {
  const truth = new Map<string, Map<number, string>>()
  for (const entry of entries) {
    if (entry.kind !== 'message') continue
    const messages = truth.get(entry.stream) ?? new Map<number, string>()
    messages.set(entry.number, shown(entry))
    truth.set(entry.stream, messages)
  }
  for (const view of entries) {
    if (view.kind !== 'view' || closed.has(view.stream)) continue
    for (const message of view.messages) {
      const stored = truth.get(view.stream)?.get(message.number)
      if (stored === shown(message)) continue
      yield { invariant: 'I5', what: `${view.client} shows ${shown(message)} in ${view.stream}, stored is ${stored}` }
    }
  }
}

function isEqual(event: DeliveredEvent, row: LogRow | undefined): boolean {
  if (!row || event.type !== row.type || event.actorId !== row.actorId) return false
  return event.subject === undefined || event.subject === row.subject
}

function inWords({ seq, type, actorId, subject }: DeliveredEvent): string {
  return `${seq} ${type} of ${subject ?? 'the room'} by ${actorId}`
}

function shown({ number, id, body, isDeleted }: EntryOf<'message'> | EntryOf<'view'>['messages'][number]): string {
  return JSON.stringify([number, id, isDeleted ? '' : body, isDeleted])
}
