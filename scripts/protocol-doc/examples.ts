import type { z } from 'zod'
import { clientFrame, commands, entities, queries, serverFrame } from '../../packages/protocol/src/schemas.ts'

// Every example in the document is held against the schemas when the document is made.

const at = 1_760_000_000_000
const ann = '0199b8a0-1c00-7000-8000-00000000000a'
const bob = '0199b8a0-1c00-7000-8000-00000000000b'
export const roomId = '0199b8a0-2d00-7000-8000-000000000001'
export const messageId = '0199b8a0-3e00-7000-8000-000000000001'
export const commandId = '0199b8a0-3dff-7000-8000-000000000001'

const annUser = { id: ann, handle: 'ann-lee', displayName: 'Ann Lee', kind: 'guest', version: 1 }
const bobUser = { id: bob, handle: 'bob', displayName: 'Bob', kind: 'guest', version: 1 }
const room = {
  id: roomId,
  kind: 'public',
  name: 'Designers',
  topic: 'Pixels and words',
  ownerId: ann,
  createdAt: at,
  version: 1,
}
const message = {
  id: messageId,
  roomId,
  number: 1,
  version: 4,
  authorId: bob,
  commandId,
  postedAt: at + 5_000,
  body: 'hello',
  reactions: [],
}
const edited = { ...message, version: 5, body: 'hello there', editedAt: at + 60_000 }

const checked = <Schema extends z.ZodType>(schema: Schema, value: unknown): unknown => {
  schema.parse(value)
  return value
}
const up = (value: unknown) => JSON.stringify(checked(clientFrame, value))
const down = (value: unknown) => JSON.stringify(checked(serverFrame, value))

export const http = {
  enterInput: JSON.stringify(checked(commands.enter.input, { name: 'Bob', secret: '6f1c0b9e5a7d4c3f8e2b' })),
  enterOutput: JSON.stringify(
    checked(commands.enter.output, { user: bobUser, token: '<token>', expiresAt: at + 2_592_000_000 }),
  ),
  postInput: JSON.stringify(checked(commands['post-message'].input, { roomId, body: 'hello' })),
  postOutput: JSON.stringify(checked(commands['post-message'].output, { messageId, number: 1, seq: 4 })),
  listInput: JSON.stringify(checked(queries['list-rooms'].input, { list: 'existing', limit: 20 })),
}

export const frames = {
  hello: up({ type: 'hello', protocol: 1, withdraws: true }),
  welcome: down({
    type: 'welcome',
    protocol: 1,
    build: '2f9c1d',
    epoch: '0199b8a0-0000-7000-8000-000000000000',
    user: bobUser,
    rooms: [],
    blocked: [],
    seq: 0,
    now: at,
  }),
  enterRoom: up({ type: 'command', id: commandId, name: 'enter-room', input: { roomId } }),
  entered: down({ type: 'reply', id: commandId, output: { roomId, seq: 3 } }),
  open: up({ type: 'open', place: { kind: 'room', roomId } }),
  reset: down({
    type: 'reset',
    place: { kind: 'room', roomId },
    snapshot: checked(entities.roomSnapshot, {
      room,
      role: 'guest',
      marker: 0,
      page: { messages: [], lastNumber: 0, mine: {}, users: [], seq: 3 },
      memberCount: 2,
      occupants: { roomId, version: at, count: 1, people: [bobUser] },
    }),
    seq: 3,
  }),
  opened: down({ type: 'opened', place: { kind: 'room', roomId }, seq: 3 }),
  post: up({ type: 'command', id: commandId, name: 'post-message', input: { roomId, body: 'hello' } }),
  posted: down({ type: 'reply', id: commandId, output: { messageId, number: 1, seq: 4 } }),
  event: down({
    type: 'events',
    stream: `room:${roomId}`,
    events: [
      {
        type: 'message-posted',
        seq: 4,
        at: at + 5_000,
        actorId: bob,
        messageId,
        posted: { number: 1, commandId, body: 'hello' },
      },
    ],
    users: [bobUser],
  }),
  reopen: up({
    type: 'open',
    place: { kind: 'room', roomId },
    epoch: '0199b8a0-0000-7000-8000-000000000000',
    cursor: 3,
  }),
  caughtUp: down({
    type: 'events',
    stream: `room:${roomId}`,
    events: [
      { type: 'message-posted', seq: 4, at: at + 5_000, actorId: bob, messageId },
      { type: 'message-edited', seq: 5, at: at + 60_000, actorId: bob, messageId, message: edited },
    ],
    users: [bobUser],
  }),
  reopened: down({ type: 'opened', place: { kind: 'room', roomId }, seq: 5 }),
  closed: down({
    type: 'closed',
    place: { kind: 'room', roomId },
    code: 'room-closed',
    message: 'This room was closed.',
    details: { closedAt: at + 90_000 },
  }),
  refusal: down({
    type: 'refusal',
    id: commandId,
    code: 'busy',
    message: 'Too much at once. It will be tried again shortly.',
    retryAfterMs: 400,
  }),
  withdraw: up({ type: 'withdraw', id: commandId }),
  query: up({ type: 'query', id: 'q1', name: 'list-messages', input: { roomId, before: 51, limit: 50 } }),
  typing: up({ type: 'signal', name: 'typing', input: { roomId, isTyping: true } }),
  typingSignal: down({ type: 'signals', signals: [{ name: 'typing', roomId, people: [annUser], more: 0 }] }),
  heartbeat: down({
    type: 'heartbeat',
    heads: { [`user:${bob}`]: 1, [`room:${roomId}`]: 5 },
    versions: { occupants: at + 3 },
    frame: 12,
  }),
  pong: up({ type: 'pong' }),
  goodbye: down({ type: 'goodbye', reconnectAfterMs: 1_250 }),
}
