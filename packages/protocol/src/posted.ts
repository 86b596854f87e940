import type { Message } from './entities.ts'
import type { Event } from './events.ts'
import type { RoomId } from './ids.ts'

/**
 * How events travel: a message that still stands as it was posted repeats nothing that its event says already. Every
 * delivery is half as long for it, and copying bytes to everybody is most of what a busy room costs. (SPEC E10)
 */
export function packEvent(event: Event): Event {
  if (event.type !== 'message-posted' || !event.message || event.message.version !== event.seq) return event
  const { message, ...rest } = event
  return { ...rest, posted: { number: message.number, commandId: message.commandId, body: message.body } }
}

/** The inverse: every event about a message carries it as `message`, or nothing. */
export function unpackEvent(event: Event, roomId: RoomId): Event {
  if (event.type !== 'message-posted' || !event.posted) return event
  const { posted, ...rest } = event
  const message: Message = {
    id: event.messageId,
    roomId,
    ...posted,
    version: event.seq,
    authorId: event.actorId,
    postedAt: event.at,
    reactions: [],
  }
  return { ...rest, message }
}
