import type { CommandId, MessageId, RoomId, UserId } from '@parley/protocol'
import type { Refusal } from './refusal-error.ts'

/** A message that exists, or one that is still in the outbox and has no id yet. */
export type Target = { readonly messageId: MessageId } | { readonly commandId: CommandId }

/** What a person did in a room and the server has not acknowledged yet. */
export type OutboxCommand =
  | { readonly name: 'post-message'; readonly body: string }
  | { readonly name: 'edit-message'; readonly target: Target; readonly body: string }
  | { readonly name: 'delete-message'; readonly target: Target }
  | { readonly name: 'add-reaction'; readonly target: Target; readonly emoji: string }
  | { readonly name: 'remove-reaction'; readonly target: Target; readonly emoji: string }

export interface OutboxEntry {
  readonly id: CommandId
  readonly userId: UserId
  readonly roomId: RoomId
  /** Which tab sends it. */
  readonly tabId: string
  /** Ascending within a tab. */
  readonly order: number
  readonly createdAt: number
  readonly command: OutboxCommand
  /** True once its frame may have reached a socket: from then on the server may know it. */
  readonly isWritten: boolean
  /** True while it waits for an answer on the present connection. */
  readonly isSending: boolean
  /** Why it lies under "Not sent". */
  readonly refusal: Refusal | undefined
}

export interface NotSentEntry extends OutboxEntry {
  readonly refusal: Refusal
}

export interface OutboxView {
  /** How many changes wait for the server's answer. */
  readonly queued: number
  /** Waiting, in the order in which they go out. */
  readonly entries: readonly OutboxEntry[]
  /** Refused posts and edits: text that a person should not lose. */
  readonly notSent: readonly NotSentEntry[]
}

export const EMPTY_OUTBOX: OutboxView = { queued: 0, entries: [], notSent: [] }
