import { type Event, type RoomId, roomOfStream, type Seq, type StreamId, type User } from '@parley/protocol'
import type { EventsPublication } from '../rules/publication.ts'
import { readCatchUp } from './catch-up.ts'
import type { Reader } from './database.ts'
import { eventFromRow, eventsAfter } from './event-rows.ts'
import { readHead } from './heads.ts'

/** A part of what was missed in a stream. */
export interface Missed {
  /** Undefined when nothing was missed. */
  readonly publication: EventsPublication | undefined
  /** Up to where the log goes. */
  readonly head: Seq
}

const OWN_EVENTS_PER_PART = 250

/**
 * What happened in a stream after `after`, as if it were published now, in parts of at most 256 KiB; undefined when there is no
 * such stream any more. No part tells what a later one is to tell: whoever is taken out of the room by an event of this part
 * must not see what became of a message after that. (SPEC E12)
 */
export async function readMissed(reader: Reader, stream: StreamId, after: Seq): Promise<Missed | undefined> {
  const [row] = await reader.lookup('streams', ['id'], [{ id: stream }])
  if (!row) return undefined
  const { seq: head, number: lastNumber } = await readHead(reader, stream)
  if (head <= after) return { publication: undefined, head }
  const roomId = roomOfStream(stream)
  const part =
    roomId === undefined ? await readOwnEvents(reader, stream, after) : await readCatchUp(reader, roomId, after)
  const last = part.events.at(-1)
  if (!last) return { publication: undefined, head }
  const events = last.seq === head ? part.events : part.events.map((event) => withoutFuture(event, last.seq))
  const publication = { kind: 'events', stream, events, users: part.users, lastNumber } as const
  return { publication: { ...publication, ...(await aboutRoom(reader, roomId, events)) }, head }
}

function withoutFuture(event: Event, end: Seq): Event {
  if ('message' in event && event.message && event.message.version > end) {
    const { message: _, ...rest } = event
    return rest
  }
  if ('room' in event && event.room && event.room.version > end) {
    const { room: _, ...rest } = event
    return rest
  }
  return event
}

async function aboutRoom(
  reader: Reader,
  roomId: RoomId | undefined,
  events: readonly Event[],
): Promise<Pick<EventsPublication, 'room' | 'isUnlisted'>> {
  if (roomId === undefined) return {}
  const [row] = await reader.lookup('rooms', ['id'], [{ id: roomId }])
  const last = events.findLast((event) => 'room' in event && event.room !== undefined)
  const room = last && 'room' in last ? last.room : undefined
  return { ...(room && { room }), ...(row?.kind !== 'public' && { isUnlisted: true }) }
}

async function readOwnEvents(
  reader: Reader,
  stream: StreamId,
  after: Seq,
): Promise<{ events: Event[]; users: readonly User[] }> {
  const rows = await reader.all(eventsAfter, { stream, after, limit: OWN_EVENTS_PER_PART })
  return { events: rows.map((row) => eventFromRow(row, {})), users: [] }
}
