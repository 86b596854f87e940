import { z } from 'zod'
import type { LobbySnapshot, MyRoom, RoomSnapshot, User } from './entities.ts'
import {
  commandId,
  epoch,
  lobbySnapshot,
  myRoom,
  roomId,
  roomSnapshot,
  seq,
  streamId,
  user,
  userId,
} from './entities.ts'
import type { Event, RoomEvent, UserEvent } from './events.ts'
import { events } from './events.ts'
import type { CommandId, Epoch, RoomId, Seq, StreamId, UserId } from './ids.ts'
import { LIMITS } from './limits.ts'
import type { Place } from './places.ts'
import { place } from './places.ts'
import type { RefusalCode, RefusalDetails } from './refusals.ts'
import { REFUSALS } from './refusals.ts'
import type { Signal } from './signals.ts'
import { signals } from './signals.ts'

const callId = z.string().min(1).max(64)

/** client → server, each one JSON text frame. */
export const clientFrame = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('hello'),
    protocol: z.int(),
    build: z.string().max(64).optional(),
    withdraws: z
      .boolean()
      .optional()
      .describe('the client sends `withdraw` for each refused command whose order is kept, once it knows of it'),
  }),
  z.object({
    type: z.literal('open'),
    place,
    epoch: epoch.optional(),
    cursor: seq.optional().describe('the last seq applied; without it the answer is a reset'),
  }),
  z.object({ type: z.literal('close') }),
  z.object({ type: z.literal('command'), id: commandId, name: z.string().max(64), input: z.unknown() }),
  z.object({ type: z.literal('withdraw'), id: commandId }),
  z.object({ type: z.literal('query'), id: callId, name: z.string().max(64), input: z.unknown() }),
  z.object({ type: z.literal('signal'), name: z.string().max(64), input: z.unknown() }),
  z.object({ type: z.literal('pong') }),
])
export type ClientFrame = z.infer<typeof clientFrame>

const refusalCode = z.enum(Object.keys(REFUSALS) as [RefusalCode, ...RefusalCode[]]) // as: keys of a literal object
const refusalDetails = z.object({
  closedAt: z.int().optional(),
  until: z.int().optional(),
  field: z.string().optional(),
  suggestion: z.string().optional(),
  issues: z.array(z.string()).optional(),
  incident: z.string().optional(),
})
const anyEvent = z.discriminatedUnion('type', [
  events['room-created'].schema,
  ...Object.values(events)
    .slice(1)
    .map((definition) => definition.schema),
])
const anySignal = z.discriminatedUnion('name', [
  signals.typing.schema,
  ...Object.values(signals)
    .slice(1)
    .map((definition) => definition.schema),
])

/** server → client. The server does not parse what it sends; tests hold every frame they see against these. */
export const serverFrame = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('welcome'),
    protocol: z.int(),
    build: z.string(),
    epoch,
    user,
    rooms: z
      .array(myRoom)
      .max(LIMITS.roomsPerPerson + LIMITS.directsPerPerson)
      .describe('complete: a room that is not here is gone'),
    lastRoomId: roomId.optional(),
    blocked: z.array(userId).describe('whom I block'),
    seq: seq.describe("head of the person's own stream"),
    now: z.int(),
  }),
  z.object({ type: z.literal('opened'), place, seq: seq.describe('everything up to here was sent') }),
  z.object({
    type: z.literal('closed'),
    place,
    code: refusalCode,
    message: z.string(),
    details: refusalDetails.optional(),
  }),
  z.object({ type: z.literal('reply'), id: callId, output: z.unknown() }),
  z.object({
    type: z.literal('refusal'),
    id: callId,
    code: refusalCode,
    message: z.string(),
    retryAfterMs: z.int().optional(),
    details: refusalDetails.optional(),
  }),
  z.object({ type: z.literal('events'), stream: streamId, events: z.array(anyEvent), users: z.array(user) }),
  z.object({ type: z.literal('signals'), signals: z.array(anySignal) }),
  z.object({
    type: z.literal('reset'),
    place,
    snapshot: z.union([roomSnapshot, lobbySnapshot]),
    seq,
  }),
  z.object({
    type: z.literal('heartbeat'),
    heads: z.record(streamId, seq),
    versions: z.object({ lobby: z.int().optional(), occupants: z.int().optional() }),
    /** Which frame of this connection this one is, from 1: who has heard fewer has lost some. */
    frame: z.int(),
  }),
  z.object({ type: z.literal('goodbye'), reconnectAfterMs: z.int() }),
])

// Written out, because inferred unions of this size slow every editor down; `frames.test.ts` holds them equal.
export type ServerFrame =
  | {
      readonly type: 'welcome'
      readonly protocol: number
      readonly build: string
      readonly epoch: Epoch
      readonly user: User
      readonly rooms: readonly MyRoom[]
      readonly lastRoomId?: RoomId
      readonly blocked: readonly UserId[]
      readonly seq: Seq
      readonly now: number
    }
  | { readonly type: 'opened'; readonly place: Place; readonly seq: Seq }
  | {
      readonly type: 'closed'
      readonly place: Place
      readonly code: RefusalCode
      readonly message: string
      readonly details?: RefusalDetails
    }
  | { readonly type: 'reply'; readonly id: string; readonly output: unknown }
  | {
      readonly type: 'refusal'
      readonly id: string
      readonly code: RefusalCode
      readonly message: string
      readonly retryAfterMs?: number
      readonly details?: RefusalDetails
    }
  | EventsFrame
  | { readonly type: 'signals'; readonly signals: readonly Signal[] }
  | ResetFrame
  | {
      readonly type: 'heartbeat'
      readonly heads: Readonly<Record<StreamId, Seq>>
      readonly versions: { readonly lobby?: number; readonly occupants?: number }
      readonly frame: number
    }
  | { readonly type: 'goodbye'; readonly reconnectAfterMs: number }

/** Contiguous events of one stream. `users` are the people they speak of, as they are called now. */
export interface EventsFrame {
  readonly type: 'events'
  readonly stream: StreamId
  readonly events: readonly Event[]
  readonly users: readonly User[]
}

export type ResetFrame =
  | {
      readonly type: 'reset'
      readonly place: { readonly kind: 'room'; readonly roomId: RoomId }
      readonly snapshot: RoomSnapshot
      readonly seq: Seq
    }
  | {
      readonly type: 'reset'
      readonly place: { readonly kind: 'lobby' }
      readonly snapshot: LobbySnapshot
      readonly seq: Seq
    }

export type { CommandId, RoomEvent, UserEvent }
