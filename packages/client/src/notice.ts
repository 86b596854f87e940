import type { RoomId, User, UserId } from '@parley/protocol'
import type { OutboxCommand } from './outbox-entry.ts'
import type { Refusal } from './refusal-error.ts'

/** Something the person should be told once. */
export type Notice =
  /** `closedBy` is unknown when it happened while this device was away. */
  | {
      readonly kind: 'room-closed'
      readonly roomId: RoomId
      readonly roomName: string | undefined
      readonly closedBy: User | undefined
      readonly closedAt: number | undefined
    }
  | { readonly kind: 'room-left-elsewhere'; readonly roomId: RoomId; readonly roomName: string | undefined }
  | { readonly kind: 'removed'; readonly roomId: RoomId; readonly roomName: string | undefined }
  /** Somebody brought me into a room. */
  | { readonly kind: 'added'; readonly roomId: RoomId; readonly roomName: string; readonly by: UserId }
  | { readonly kind: 'session-ended'; readonly reason: 'session-ended' | 'not-signed-in' }
  /** The server runs another build than this page or than before: reload when it suits. */
  | { readonly kind: 'server-upgraded'; readonly build: string }
  /** What is typed now may not survive a reload. */
  | { readonly kind: 'storage-unavailable'; readonly cause: 'blocked' | 'full' | 'failed' }
  /** A deletion or reaction that the server refused; it was undone on screen. Posts and edits lie under "Not sent" instead. */
  | {
      readonly kind: 'change-refused'
      readonly roomId: RoomId
      readonly command: OutboxCommand
      readonly refusal: Refusal
    }
  /** The server failed for this command and will be asked again; `incident` is what to tell whoever runs it. */
  | { readonly kind: 'server-fault'; readonly refusal: Refusal }
