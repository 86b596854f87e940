declare const brand: unique symbol
// Every runtime that Parley runs on has it; declared here, because this package knows neither browsers nor servers.
declare const crypto: { getRandomValues(bytes: Uint8Array): Uint8Array }

/** A string that is told apart from other strings at compile time only. */
export type Brand<T, Name extends string> = T & { readonly [brand]: Name }

/** All ids are UUIDv7 in lower-case text. */
export type UserId = Brand<string, 'UserId'>
export type RoomId = Brand<string, 'RoomId'>
export type MessageId = Brand<string, 'MessageId'>
export type CommandId = Brand<string, 'CommandId'>
export type SessionId = Brand<string, 'SessionId'>
export type InvitationId = Brand<string, 'InvitationId'>
/** A provider's identity that belongs to somebody here. */
export type LinkId = Brand<string, 'LinkId'>
export type ConnectionId = Brand<string, 'ConnectionId'>

/** `room:<RoomId>` or `user:<UserId>`. In ascending order rooms come before users, which is also the order of locks. */
export type StreamId = Brand<string, 'StreamId'>
/** Place of an event in its stream: 1, 2, 3 … without holes. */
export type Seq = number
/** Which incarnation of the database a cursor belongs to. */
export type Epoch = string

export const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

export const roomStream = (id: RoomId): StreamId => `room:${id}` as StreamId // as: made of a room's id right here
export const userStream = (id: UserId): StreamId => `user:${id}` as StreamId // as: made of a user's id right here

/** The room whose stream this is, or undefined for a person's stream. */
export function roomOfStream(stream: StreamId): RoomId | undefined {
  return stream.startsWith('room:') ? (stream.slice(5) as RoomId) : undefined // as: `roomStream` is the inverse
}

let lastTime = 0
let counter = 0
/** The time's digits, which many ids share. */
let prefix = ''
let prefixTime = -1
const random = new Uint8Array(512)
let unused = random.length

/**
 * A UUIDv7 (RFC 9562 §5.7, method 1: a 12-bit counter after the millisecond keeps ids of one process ascending).
 * `crypto.getRandomValues` is used because `crypto.randomUUID` is missing on plain HTTP. (SPEC I1)
 */
export function newId<Id extends string>(now: number = Date.now()): Id {
  if (now > lastTime) {
    lastTime = now
    counter = 0
  } else if (++counter > 0xfff) {
    lastTime += 1
    counter = 0
  }
  if (prefixTime !== lastTime) {
    prefixTime = lastTime
    const time = lastTime.toString(16).padStart(12, '0')
    prefix = `${time.slice(0, 8)}-${time.slice(8)}`
  }
  const version = `7${HEX[counter >> 8]?.[1]}${HEX[counter & 0xff]}`
  const variant = `${HEX[(take() & 0x3f) | 0x80]}${HEX[take()]}`
  const tail = `${HEX[take()]}${HEX[take()]}${HEX[take()]}${HEX[take()]}${HEX[take()]}${HEX[take()]}`
  return `${prefix}-${version}-${variant}-${tail}` as Id // as: a fresh id may be of any kind
}

/** A random byte. Asking for them by the hundred costs a third of asking for each id's. */
function take(): number {
  if (unused === random.length) {
    crypto.getRandomValues(random)
    unused = 0
  }
  return random[unused++] ?? 0
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))
