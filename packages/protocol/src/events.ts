import { z } from 'zod'
import { commandId, emoji, message, messageId, number, room, roomId, seq, time, userId } from './entities.ts'

/** What every event has. */
const base = {
  seq,
  at: time,
  actorId: userId,
}
const event = <Type extends string, Shape extends z.ZodRawShape>(type: Type, shape: Shape) =>
  z.object({ type: z.literal(type), ...base, ...shape })

// State rides on events only as a convenience: live events carry what their own command wrote, catch-up the present state,
// and there only the last event about a message carries it. (SPEC E4)
const aboutMessage = { messageId, message: message.optional() }
const posted = z.object({ number, commandId, body: z.string() })
const aboutRoom = { room: room.optional() }

/** Events of a room's stream. Audience of each: the members of that room. */
export const roomEvents = {
  'room-created': { about: 'The first event of every room.', schema: event('room-created', aboutRoom) },
  'room-renamed': { about: 'The room has another name.', schema: event('room-renamed', aboutRoom) },
  'topic-changed': { about: 'The room has another topic.', schema: event('topic-changed', aboutRoom) },
  'rules-changed': {
    about: 'The room became read-only or writable, or its slow mode changed.',
    schema: event('rules-changed', aboutRoom),
  },
  'role-changed': {
    about: 'A member became a moderator, or is one no more.',
    schema: event('role-changed', { userId, role: z.enum(['moderator', 'member']) }),
  },
  'owner-changed': { about: 'Somebody else administers the room now.', schema: event('owner-changed', aboutRoom) },
  'member-joined': { about: 'A person became a member.', schema: event('member-joined', { userId }) },
  'member-left': { about: 'A member left.', schema: event('member-left', { userId }) },
  'member-removed': {
    about: 'A member was removed. Delivery to that person ends with this very event.',
    schema: event('member-removed', { userId }),
  },
  'message-posted': {
    about:
      'A message was posted. `posted` stands for a message that is still as it was posted: its id is `messageId`, its version `seq`, its author `actorId`, its time `at`, and it has no reactions.',
    schema: event('message-posted', { ...aboutMessage, posted: posted.optional() }),
  },
  'message-edited': { about: 'The text of a message changed.', schema: event('message-edited', aboutMessage) },
  'message-deleted': { about: 'A message was deleted.', schema: event('message-deleted', aboutMessage) },
  'reaction-added': { about: 'Somebody reacted.', schema: event('reaction-added', { ...aboutMessage, emoji }) },
  'reaction-removed': {
    about: 'Somebody took a reaction back.',
    schema: event('reaction-removed', { ...aboutMessage, emoji }),
  },
} as const

/** Events of a person's own stream: ids only. Audience of each: that person. */
export const userEvents = {
  'room-entered': {
    about: 'I became a member of a room, on some device or because somebody added me.',
    schema: event('room-entered', { roomId }),
  },
  'room-left': {
    about: 'I left a room, on some device, or was removed from it.',
    schema: event('room-left', { roomId }),
  },
} as const

export const events = { ...roomEvents, ...userEvents }
export type EventType = keyof typeof events
export type RoomEventType = keyof typeof roomEvents
export type UserEventType = keyof typeof userEvents
type EventOf<Definitions extends Record<string, { schema: z.ZodType }>> = {
  [Type in keyof Definitions]: Readonly<z.infer<Definitions[Type]['schema']>>
}[keyof Definitions]
export type RoomEvent = EventOf<typeof roomEvents>
export type UserEvent = EventOf<typeof userEvents>
export type Event = RoomEvent | UserEvent
