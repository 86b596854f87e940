import type { MessageId, MyRoom, Room, RoomEvent, RoomId, Seq, UserEvent, UserId } from '@parley/protocol'
import { forgetAhead, putMessage, type RoomState } from './room-state.ts'
import { unreachable } from './unreachable.ts'

/** All events of one frame; they follow the state's cursor without a hole. */
export function applyRoomEvents(state: RoomState, events: readonly RoomEvent[], me: UserId): RoomState {
  return forgetAhead(events.reduce((next, event) => applyRoomEvent(next, event, me), state))
}

/**
 * One event of the room's log. State rides along or does not (SPEC E4); where it does, the higher version replaces, so
 * that applying anything twice or late changes nothing.
 */
export function applyRoomEvent(state: RoomState, event: RoomEvent, me: UserId): RoomState {
  const next = { ...state, cursor: event.seq }
  switch (event.type) {
    case 'room-created':
    case 'room-renamed':
    case 'topic-changed':
    case 'rules-changed':
      return event.room ? { ...next, room: newerRoom(state.room, event.room) } : next
    case 'owner-changed': {
      const room = event.room ? newerRoom(state.room, event.room) : state.room
      return { ...next, room, isModerator: isModeratorAfter(state, room.ownerId, event.actorId, me) }
    }
    case 'role-changed':
      return event.userId === me ? { ...next, isModerator: event.role === 'moderator' } : next
    case 'member-joined': {
      const memberCount = state.memberCount + 1
      return event.userId === me ? { ...next, memberCount, isModerator: false } : { ...next, memberCount }
    }
    case 'member-left':
    case 'member-removed':
      return { ...next, memberCount: Math.max(0, state.memberCount - 1) }
    case 'message-posted':
    case 'message-edited':
    case 'message-deleted':
      return event.message ? putMessage(next, event.message) : next
    case 'reaction-added':
    case 'reaction-removed': {
      const reacted = event.actorId === me ? withOwnReaction(next, event) : next
      return event.message ? putMessage(reacted, event.message) : reacted
    }
    default:
      return unreachable(event)
  }
}

/** Whoever hands a room over stays as a moderator; of an owner nothing else is said. */
function isModeratorAfter(state: RoomState, ownerId: UserId, actorId: UserId, me: UserId): boolean {
  if (ownerId === me) return false
  return actorId === me || state.isModerator
}

type ReactionEvent = Extract<RoomEvent, { type: 'reaction-added' | 'reaction-removed' }>

function withOwnReaction(state: RoomState, event: ReactionEvent): RoomState {
  const mine = new Map(state.mine)
  setOwnReaction(mine, event)
  return { ...state, mine }
}

export function setOwnReaction(mine: Map<MessageId, readonly string[]>, event: ReactionEvent): void {
  const others = (mine.get(event.messageId) ?? []).filter((emoji) => emoji !== event.emoji)
  const emojis = event.type === 'reaction-added' ? [...others, event.emoji] : others
  if (emojis.length > 0) mine.set(event.messageId, emojis)
  else mine.delete(event.messageId)
}

export function newerRoom(known: Room, other: Room): Room {
  return other.version > known.version ? other : known
}

/** The rooms I belong to, as far as this client knows. */
export interface OwnState {
  readonly cursor: Seq
  readonly rooms: ReadonlyMap<RoomId, MyRoom>
  readonly lastRoomId: RoomId | undefined
  /** A room was entered of which nothing but the id is known: ask `list-my-rooms`. */
  readonly isIncomplete: boolean
}

/** One event of my own log: ids only. */
export function applyUserEvent(state: OwnState, event: UserEvent): OwnState {
  const next = { ...state, cursor: event.seq }
  switch (event.type) {
    case 'room-entered':
      return state.rooms.has(event.roomId) ? next : { ...next, isIncomplete: true }
    case 'room-left':
      return withoutRoom(next, event.roomId)
    default:
      return unreachable(event)
  }
}

export function withoutRoom(state: OwnState, roomId: RoomId): OwnState {
  const lastRoomId = state.lastRoomId === roomId ? undefined : state.lastRoomId
  if (!state.rooms.has(roomId)) return { ...state, lastRoomId }
  const rooms = new Map(state.rooms)
  rooms.delete(roomId)
  return { ...state, rooms, lastRoomId }
}
