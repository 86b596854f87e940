import type { Event, Message, MessageId, Room, RoomId, Seq, User, UserId } from '@parley/protocol'
import { LIMITS, roomStream } from '@parley/protocol'
import type { Reader } from './database.ts'
import { eventFromRow, eventsAfter } from './event-rows.ts'
import { peopleIn, presentMessages } from './messages.ts'
import { readRooms } from './rooms.ts'
import type { Tables } from './tables.ts'
import { readUsers } from './users.ts'

type EventRow = Tables['events']

const ROWS_PER_PAGE = 250
/** An event without state, and what JSON adds to a message's text, in bytes; generous. */
const EVENT_BYTES = 256
const MESSAGE_BYTES = 1_024

/**
 * A room's events after a cursor with the present state filled in: only the last event about a message in the page carries
 * it, so an edited message is never shown as it was. (SPEC E4)
 */
export async function readCatchUp(
  reader: Reader,
  roomId: RoomId,
  cursor: Seq,
): Promise<{ events: Event[]; users: User[] }> {
  const rows = await reader.all(eventsAfter, { stream: roomStream(roomId), after: cursor, limit: ROWS_PER_PAGE })
  const messages = await readMessagesOf(reader, rows)
  const page = fitting(rows, messages)
  const room = page.some(isAboutRoom) ? (await readRooms(reader, [roomId])).get(roomId) : undefined
  const events = withPresentState(page, messages, room)
  const shown = page.flatMap((row) => messages.get(row.subject ?? '') ?? [])
  const people = [...page.map((row) => row.actor_id), ...page.flatMap(personOf), ...peopleIn(shown)]
  return { events, users: await readUsers(reader, people) }
}

async function readMessagesOf(reader: Reader, rows: readonly EventRow[]): Promise<Map<string, Message>> {
  // as: events about messages keep the message's id as their subject.
  const ids = [...new Set(rows.filter(isAboutMessage).map((row) => row.subject as MessageId))]
  const found = await reader.lookup(
    'messages',
    ['id'],
    ids.map((id) => ({ id })),
  )
  const messages = await presentMessages(reader, found)
  return new Map(messages.map((message) => [message.id, message]))
}

/** The longest beginning that fits a page; a message weighs once, where it is first spoken of. */
function fitting(rows: readonly EventRow[], messages: ReadonlyMap<string, Message>): readonly EventRow[] {
  const weighed = new Set<string>()
  let bytes = 0
  for (const [index, row] of rows.entries()) {
    bytes += EVENT_BYTES
    const message = messages.get(row.subject ?? '')
    if (message && !weighed.has(message.id)) {
      weighed.add(message.id)
      bytes += MESSAGE_BYTES + Buffer.byteLength(message.body)
    }
    if (bytes > LIMITS.catchUpPageBytes && index > 0) return rows.slice(0, index)
  }
  return rows
}

function withPresentState(
  page: readonly EventRow[],
  messages: ReadonlyMap<string, Message>,
  room: Room | undefined,
): Event[] {
  const told = new Set<string>()
  const events: Event[] = []
  for (const row of page.toReversed()) {
    const about = isAboutRoom(row) ? 'room' : (row.subject ?? '')
    const isLast = !told.has(about)
    told.add(about)
    const message = isLast && isAboutMessage(row) ? messages.get(about) : undefined
    events.push(eventFromRow(row, { ...(message && { message }), ...(isLast && isAboutRoom(row) && room && { room }) }))
  }
  return events.reverse()
}

const ABOUT_ROOM = ['room-created', 'room-renamed', 'topic-changed', 'rules-changed', 'owner-changed']
const isAboutRoom = (row: EventRow): boolean => ABOUT_ROOM.includes(row.type)
const isAboutMessage = (row: EventRow): boolean => row.type.startsWith('message-') || row.type.startsWith('reaction-')
const personOf = (row: EventRow): UserId[] =>
  // as: events about members keep the person's id as their subject.
  (row.type.startsWith('member-') || row.type === 'role-changed') && row.subject ? [row.subject as UserId] : []
