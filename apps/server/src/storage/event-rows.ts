import type { Event, Message, Room, RoomId, Seq, StreamId, UserId } from '@parley/protocol'
import { statement } from './statement.ts'
import type { Tables } from './tables.ts'

type WithoutPlace<E> = E extends Event ? Omit<E, 'seq' | 'at' | 'actorId'> : never
/** An event as a command writes it; the log gives it place, time and actor. */
export type NewEvent = WithoutPlace<Event>
type Stored = Pick<Tables['events'], 'subject' | 'number' | 'data'>

/** What of an event is kept: ids and the emoji; never the state that rides on it. */
export function storedColumns(event: NewEvent): Stored {
  switch (event.type) {
    case 'room-created':
    case 'room-renamed':
    case 'topic-changed':
    case 'rules-changed':
    case 'owner-changed':
      return { subject: null, number: null, data: null }
    case 'member-joined':
    case 'member-left':
    case 'member-removed':
      return { subject: event.userId, number: null, data: null }
    case 'role-changed':
      return { subject: event.userId, number: null, data: event.role }
    case 'message-posted':
    case 'message-edited':
    case 'message-deleted':
      return { subject: event.messageId, number: event.message?.number ?? null, data: null }
    case 'reaction-added':
    case 'reaction-removed':
      return { subject: event.messageId, number: event.message?.number ?? null, data: event.emoji }
    case 'room-entered':
    case 'room-left':
      return { subject: event.roomId, number: null, data: null }
    default:
      return unreachable(event)
  }
}

/** The present state that catch-up fills in. */
export interface PresentState {
  readonly message?: Message
  readonly room?: Room
}

export function eventFromRow(row: Tables['events'], present: PresentState): Event {
  const base = { seq: row.seq, at: row.at, actorId: row.actor_id }
  const message = present.message ? { message: present.message } : {}
  const room = present.room ? { room: present.room } : {}
  // as: `storedColumns` put an id of the kind that this type of event has into `subject`.
  const subject = row.subject as UserId & Message['id'] & RoomId
  switch (row.type) {
    case 'room-created':
    case 'room-renamed':
    case 'topic-changed':
    case 'rules-changed':
    case 'owner-changed':
      return { ...base, type: row.type, ...room }
    case 'member-joined':
    case 'member-left':
    case 'member-removed':
      return { ...base, type: row.type, userId: subject }
    case 'role-changed':
      return { ...base, type: row.type, userId: subject, role: row.data === 'moderator' ? 'moderator' : 'member' }
    case 'message-posted':
    case 'message-edited':
    case 'message-deleted':
      return { ...base, type: row.type, messageId: subject, ...message }
    case 'reaction-added':
    case 'reaction-removed':
      return { ...base, type: row.type, messageId: subject, emoji: row.data ?? '', ...message }
    case 'room-entered':
    case 'room-left':
      return { ...base, type: row.type, roomId: subject }
    default:
      return unreachable(row.type)
  }
}

function unreachable(value: never): never {
  throw new Error(`Unknown event ${JSON.stringify(value)}`)
}

/** The log of a stream from right after a place on. */
export const eventsAfter = statement<{ stream: StreamId; after: Seq; limit: number }, Tables['events']>(
  ({ db, params }) =>
    db
      .selectFrom('events')
      .selectAll()
      .where('stream', '=', params.stream)
      .where('seq', '>', params.after)
      .orderBy('seq')
      .limit(params.limit),
)
