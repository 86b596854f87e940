import type { Message, MessageId, Room, RoomId, RoomSnapshot, Seq } from '@parley/protocol'

/**
 * What the server has confirmed about an open room: a contiguous range of its messages, from number `start` to `end`
 * (empty when `end` is `start - 1`).
 */
export interface RoomState {
  readonly roomId: RoomId
  readonly cursor: Seq
  readonly room: Room
  /** I am one; whether I own the room is the room's to say. */
  readonly isModerator: boolean
  readonly memberCount: number
  readonly messages: readonly Message[]
  readonly start: number
  readonly end: number
  /** Of the newest message, loaded or not. */
  readonly lastNumber: number
  /** My reactions, by message. */
  readonly mine: ReadonlyMap<MessageId, readonly string[]>
  /** Newer than the range without touching it; a catch-up page may bring a later message before an earlier one. */
  readonly ahead: ReadonlyMap<number, Message>
}

const NOTHING_AHEAD: ReadonlyMap<number, Message> = new Map()

export function fromSnapshot(snapshot: RoomSnapshot, seq: Seq): RoomState {
  const { messages, lastNumber, mine } = snapshot.page
  return {
    roomId: snapshot.room.id,
    cursor: seq,
    room: snapshot.room,
    isModerator: snapshot.role === 'moderator',
    memberCount: snapshot.memberCount,
    ...range(messages, lastNumber),
    lastNumber,
    mine: new Map(Object.entries(mine) as [MessageId, string[]][]), // as: a record's keys are typed as plain strings
    ahead: NOTHING_AHEAD,
  }
}

/** The range that these messages make; an empty one stands at the end of the room. */
export function range(messages: readonly Message[], lastNumber: number): Pick<RoomState, 'messages' | 'start' | 'end'> {
  const start = messages[0]?.number ?? lastNumber + 1
  return { messages, start, end: start + messages.length - 1 }
}

export const hasOlder = (state: RoomState): boolean => state.start > 1
export const hasNewer = (state: RoomState): boolean => state.end < state.lastNumber

/** Puts one message state in its place. The higher version wins; what is not loaded only moves `lastNumber`. (SPEC E5) */
export function putMessage(state: RoomState, message: Message): RoomState {
  const lastNumber = Math.max(state.lastNumber, message.number)
  if (message.number < state.start) return state.lastNumber === lastNumber ? state : { ...state, lastNumber }
  if (message.number <= state.end) return replaceMessage({ ...state, lastNumber }, message)
  if (message.number === state.end + 1) return drainAhead(append({ ...state, lastNumber }, message))
  const known = state.ahead.get(message.number)
  if (known && known.version >= message.version) return { ...state, lastNumber }
  return { ...state, lastNumber, ahead: new Map(state.ahead).set(message.number, message) }
}

function replaceMessage(state: RoomState, message: Message): RoomState {
  const index = message.number - state.start
  const known = state.messages[index]
  if (known && known.version >= message.version) return state
  return { ...state, messages: state.messages.with(index, message) }
}

function append(state: RoomState, message: Message): RoomState {
  return { ...state, messages: [...state.messages, message], end: message.number }
}

function drainAhead(state: RoomState): RoomState {
  let next = state
  for (;;) {
    const message = next.ahead.get(next.end + 1)
    if (!message) return next
    const ahead = new Map(next.ahead)
    ahead.delete(message.number)
    next = append({ ...next, ahead }, message)
  }
}

/** What did not find its place belongs to a part that is not loaded. */
export function forgetAhead(state: RoomState): RoomState {
  return state.ahead.size === 0 ? state : { ...state, ahead: NOTHING_AHEAD }
}

/** Loaded messages are kept to about this many; memory must not grow with a day in a busy room. */
const MOST_LOADED = 1_000
const KEPT_AROUND = 400

/** Forgets loaded messages far from what the person looks at. `anchor` undefined: they look at the end. */
export function trim(state: RoomState, anchor: number | undefined): RoomState {
  if (state.messages.length <= MOST_LOADED) return state
  const middle = anchor === undefined ? state.end : Math.min(Math.max(anchor, state.start), state.end)
  const first = Math.max(state.start, middle - KEPT_AROUND)
  const last = Math.min(state.end, middle + KEPT_AROUND)
  const messages = state.messages.slice(first - state.start, last - state.start + 1)
  return { ...state, messages, start: first, end: last }
}
