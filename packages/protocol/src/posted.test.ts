import { expect, test } from 'bun:test'
import type { Message } from './entities.ts'
import type { Event } from './events.ts'
import { type CommandId, type MessageId, newId, type RoomId, type UserId } from './ids.ts'
import { packEvent, unpackEvent } from './posted.ts'
import { events } from './schemas.ts'

const roomId = newId<RoomId>()
const actorId = newId<UserId>()
const message: Message = {
  id: newId<MessageId>(),
  roomId,
  number: 3,
  version: 7,
  authorId: actorId,
  commandId: newId<CommandId>(),
  postedAt: 1_700_000_000_000,
  body: 'hello',
  reactions: [],
}
const event: Event = {
  type: 'message-posted',
  seq: 7,
  at: message.postedAt,
  actorId,
  messageId: message.id,
  message,
}

test('[E10] a message that stands as posted travels without repeating its event, and comes back whole', () => {
  const packed = packEvent(event)
  expect(packed).not.toHaveProperty('message')
  expect(events['message-posted'].schema.parse(packed)).toEqual(packed as never)
  expect(unpackEvent(packed, roomId)).toEqual(event)
  expect(JSON.stringify(packed).length).toBeLessThan(JSON.stringify(event).length * 0.65)
})

test('[E4] one that was changed since carries its present state', () => {
  const changed = { ...event, message: { ...message, version: 9, body: 'hello there', editedAt: message.postedAt } }
  expect(packEvent(changed)).toBe(changed)
  expect(unpackEvent(changed, roomId)).toBe(changed)
  const { message: _, ...bare } = event
  expect(packEvent(bare)).toBe(bare)
  expect(unpackEvent(bare, roomId)).toBe(bare)
})
