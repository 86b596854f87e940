import type { Event, Room, RoomId, Seq, SessionId, StreamId, User, UserId } from '@parley/protocol'

/**
 * What became true with a commit, told to every instance. A publication is a hint: losing one delays news, never loses it,
 * because receivers compare `seq` with what they have and read the missing part. (SPEC S3)
 */
export type Publication =
  | EventsPublication
  | {
      readonly kind: 'room-closed'
      readonly roomId: RoomId
      readonly roomName: string
      readonly closedBy: User
      readonly closedAt: number
      /** People who had the room in their sidebar; at most 1,000 are named, the others learn it from `welcome`. */
      readonly memberIds: readonly UserId[]
    }
  | {
      readonly kind: 'marker'
      readonly userId: UserId
      readonly roomId: RoomId
      readonly number: number
      readonly unread: number
      /** The newest message when `unread` was counted; the same batch may have added more. */
      readonly lastNumber: number
    }
  | { readonly kind: 'profile'; readonly user: User }
  /** What a member is in a room changed: role, or until when they are muted. */
  | { readonly kind: 'standing'; readonly userId: UserId; readonly roomId: RoomId }
  /** Whom a person blocks, all of them. */
  | { readonly kind: 'blocks'; readonly userId: UserId; readonly blocked: readonly UserId[] }
  | { readonly kind: 'session-ended'; readonly sessionId: SessionId }
  /** A member types, or has stopped; `head` is how far the room's log was known to go where that was heard. */
  | {
      readonly kind: 'typing'
      readonly roomId: RoomId
      readonly user: User
      readonly isTyping: boolean
      readonly head: Seq
    }
  /** A listed room of which other instances may know nothing else: somebody spoke at `at`, and what it is now if that changed. */
  | {
      readonly kind: 'listed'
      readonly roomId: RoomId
      readonly at: number
      readonly room?: Room
      readonly isNew?: boolean
    }

/** Contiguous events of one stream from one batch, each with the state its own command wrote. */
export interface EventsPublication {
  readonly kind: 'events'
  readonly stream: StreamId
  readonly events: readonly Event[]
  /** The people these events speak of. */
  readonly users: readonly User[]
  /** For rooms: what it is now, so that sidebars and the lobby need no read. */
  readonly room?: Room
  /** Set for rooms that are in no list, so that the lobby need not ask. */
  readonly isUnlisted?: true
  /** Number of the newest message after the batch. */
  readonly lastNumber: number
}
