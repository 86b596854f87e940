import type {
  CommandId,
  LobbyRoom,
  MessageId,
  MyRoom,
  Occupants,
  RefusalCode,
  RefusalDetails,
  Room,
  RoomId,
  RoomRole,
  User,
  UserId,
} from '@parley/protocol'

/** A room of the sidebar. `peer` is whom a direct room is with, as they are called now, and `name` is their name. */
export interface MyRoomView extends MyRoom {
  readonly id: RoomId
  readonly name: string
}

export interface LobbyView {
  readonly active: readonly LobbyRoom[]
  readonly existing: readonly LobbyRoom[]
  readonly totals: { readonly active: number; readonly existing: number }
  /** True while nobody tells this client of changes: offline, or another place is open. */
  readonly isStale: boolean
  /** Changes with every change of the lobby; a filtered or deeper page should be asked again. */
  readonly version: number
}

export interface ReactionView {
  readonly emoji: string
  readonly count: number
  /** The first three. */
  readonly people: readonly UserId[]
  readonly isMine: boolean
}

/** One row of the timeline. Keeps its identity while nothing in it changes. */
export interface RowView {
  /** Stays the same from pending to posted. */
  readonly key: string
  /** Undefined while pending; such rows come last, in the order of sending. */
  readonly number: number | undefined
  readonly messageId: MessageId | undefined
  /** Of the command that posted it; edits of a pending row are addressed by it. */
  readonly commandId: CommandId
  readonly authorId: UserId
  readonly author: User | undefined
  readonly isMine: boolean
  /** By somebody I block: not counted, and hidden until asked for. */
  readonly isBlocked: boolean
  readonly postedAt: number
  /** With own changes that are still on their way. */
  readonly body: string
  readonly editedAt: number | undefined
  readonly isDeleted: boolean
  readonly reactions: readonly ReactionView[]
  /** `waiting`: not yet handed to a connection. `sending`: handed over, no answer yet. */
  readonly status: 'waiting' | 'sending' | 'posted'
  /** An own change of this row that the server has not acknowledged. */
  readonly pendingChange: 'edit' | 'delete' | undefined
}

interface RoomContent {
  readonly roomId: RoomId
  /** Undefined until known. */
  readonly room: Room | undefined
  /** What I am here. */
  readonly role: RoomRole
  /** I own it. */
  readonly isOwner: boolean
  /** I may not post before, epoch ms; the largest safe integer: until somebody ends it. */
  readonly mutedUntil: number | undefined
  /** Of a direct room: the other person, as they are called now. */
  readonly peer: User | undefined
  /** Where the read marker is now. */
  readonly marker: number
  /** The line "New" stands before this number; frozen while the room stays open. */
  readonly newLineAt: number | undefined
  /** Loaded messages, contiguous by number, then pending ones (only when `hasNewer` is false). */
  readonly rows: readonly RowView[]
  readonly hasOlder: boolean
  readonly hasNewer: boolean
  readonly isLoadingOlder: boolean
  readonly isLoadingNewer: boolean
  /** Number of the newest message of the room, loaded or not. */
  readonly lastNumber: number
  readonly memberCount: number
  readonly occupants: Occupants | undefined
  /** Others who type now, the most recent last. */
  readonly typing: { readonly people: readonly User[]; readonly more: number }
  /** Messages of others above the marker; 100 means "99+". */
  readonly unread: number
}

/** `stale`: shown from memory while the connection is down or catching up. */
export type RoomView = RoomContent &
  (
    | { readonly phase: 'loading' | 'live' | 'stale' }
    | {
        readonly phase: 'closed'
        readonly code: RefusalCode
        readonly message: string
        readonly details: RefusalDetails | undefined
      }
  )
