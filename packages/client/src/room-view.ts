import { LIMITS, type Message, type MyRoom, type Occupants, type RoomId, type UserId } from '@parley/protocol'
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
  readonly newLineAt: number | undefined
  readonly isLoadingOlder: boolean
  readonly isLoadingNewer: boolean
  readonly occupants: Occupants | undefined
  readonly typing: Typing
}

/** Confirmed state and what this client adds to it, as one picture of an open room. */
export function roomView(parts: RoomParts): RoomView {
  const { roomId, state, rows, mine, me, newLineAt, isLoadingOlder, isLoadingNewer, occupants, typing, closing } = parts
  const room = state?.room ?? mine?.room
  const content = {
    roomId,
    room,
    isOwner: room?.ownerId === me,
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

/** Before which number the line "New" stands, for somebody who has read up to `marker`. */
export function newLine(state: RoomState, marker: number, me: UserId): number | undefined {
  if (marker >= state.lastNumber) return undefined
  if (marker + 1 < state.start) return marker + 1
  return state.messages.find((message) => isUnread(message, marker, me))?.number
}

/** Messages of others above the marker, counted to "99+". Where they are not all loaded, what the server said stands. (SPEC E8) */
export function unreadOf(state: RoomState, marker: number, { me, known }: { me: UserId; known: number }): number {
  if (marker >= state.lastNumber) return 0
  const loaded = state.messages.filter((message) => isUnread(message, marker, me)).length
  const isWhole = state.start <= marker + 1 && state.end === state.lastNumber
  return Math.min(LIMITS.unreadShown + 1, isWhole ? loaded : Math.max(loaded, known))
}

function isUnread(message: Message, marker: number, me: UserId): boolean {
  return message.number > marker && message.authorId !== me && message.deletedAt === undefined
}
