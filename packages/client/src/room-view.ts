import {
  LIMITS,
  type Message,
  type MyRoom,
  type Occupants,
  type Room,
  type RoomId,
  type RoomRole,
  type User,
  type UserId,
} from '@parley/protocol'
import type { Closing } from './room.ts'
import type { Typing } from './room-presence.ts'
import { hasNewer, hasOlder, type RoomState } from './room-state.ts'
import type { RoomView, RowView } from './views.ts'

export interface RoomParts {
  readonly roomId: RoomId
  /** Undefined until the server has told. */
  readonly state: RoomState | undefined
  readonly rows: readonly RowView[]
  readonly isCurrent: boolean
  readonly closing: Closing | undefined
  readonly mine: MyRoom | undefined
  readonly me: UserId
  readonly people: ReadonlyMap<UserId, User>
  readonly newLineAt: number | undefined
  readonly isLoadingOlder: boolean
  readonly isLoadingNewer: boolean
  readonly occupants: Occupants | undefined
  readonly typing: Typing
}

/** Confirmed state and what this client adds to it, as one picture of an open room. */
export function roomView(parts: RoomParts): RoomView {
  const {
    roomId,
    state,
    rows,
    mine,
    me,
    people,
    newLineAt,
    isLoadingOlder,
    isLoadingNewer,
    occupants,
    typing,
    closing,
  } = parts
  const room = state?.room ?? mine?.room
  const content = {
    roomId,
    room,
    role: room ? roleOf(room, state?.isModerator ?? mine?.role === 'moderator', people.get(me)) : 'member',
    isOwner: room !== undefined && room.kind !== 'direct' && room.ownerId === me,
    mutedUntil: mine?.mutedUntil,
    peer: mine?.peer && (people.get(mine.peer.id) ?? mine.peer),
    marker: mine?.marker ?? 0,
    newLineAt,
    rows,
    hasOlder: state ? hasOlder(state) : false,
    hasNewer: state ? hasNewer(state) : false,
    isLoadingOlder,
    isLoadingNewer,
    lastNumber: state?.lastNumber ?? mine?.lastNumber ?? 0,
    memberCount: state?.memberCount ?? 0,
    occupants,
    typing,
    unread: mine?.unread ?? 0,
  }
  if (closing) {
    const { code, message, details } = closing
    return { ...content, phase: 'closed', code, message, details }
  }
  return { ...content, phase: state ? (parts.isCurrent ? 'live' : 'stale') : 'loading' }
}

/** As the server judges it: the room says who owns it, its log who moderates it. */
export function roleOf(room: Room, isModerator: boolean, me: User | undefined): RoomRole {
  if (room.kind !== 'direct' && me && room.ownerId === me.id) return 'owner'
  if (room.kind !== 'direct' && isModerator) return 'moderator'
  return me?.kind === 'guest' ? 'guest' : 'member'
}

/** Whose unread messages are counted: not their own, nor those of people whom they block. */
export interface Reader {
  readonly me: UserId
  readonly blocked: ReadonlySet<UserId>
}

/** Before which number the line "New" stands, for somebody who has read up to `marker`. */
export function newLine(state: RoomState, marker: number, reader: Reader): number | undefined {
  if (marker >= state.lastNumber) return undefined
  if (marker + 1 < state.start) return marker + 1
  return state.messages.find((message) => isUnread(message, marker, reader))?.number
}

/** Messages of others above the marker, counted to "99+". Where they are not all loaded, what the server said stands. (SPEC E8) */
export function unreadOf(
  state: RoomState,
  marker: number,
  { known, ...reader }: Reader & { readonly known: number },
): number {
  if (marker >= state.lastNumber) return 0
  const loaded = state.messages.filter((message) => isUnread(message, marker, reader)).length
  const isWhole = state.start <= marker + 1 && state.end === state.lastNumber
  return Math.min(LIMITS.unreadShown + 1, isWhole ? loaded : Math.max(loaded, known))
}

function isUnread(message: Message, marker: number, { me, blocked }: Reader): boolean {
  const isCounted = message.authorId !== me && !blocked.has(message.authorId)
  return isCounted && message.number > marker && message.deletedAt === undefined
}
