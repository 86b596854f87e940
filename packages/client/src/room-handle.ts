import type { CommandId, MessageId } from '@parley/protocol'
import type { Observable } from './observable.ts'
import type { RoomView } from './views.ts'

export interface Posted {
  readonly commandId: CommandId
  /** True once the entry is on disk, false when it could not be kept there. Sending does not wait for it. */
  readonly kept: Promise<boolean>
}

/** One room. Only one place is open at a time; opening another replaces it. */
export interface RoomHandle {
  /** Enters the room (unless just entered) and follows it. */
  open(): void
  /** Stops following it; the person stays a member. */
  close(): void
  /** Undefined while the room is not open. */
  readonly view: Observable<RoomView | undefined>

  /** Shows the row at once and keeps it on disk until the server has it. The room's stored draft goes in the same write. */
  postMessage(input: { readonly body: string }): Posted
  /** A pending message is named by its command's id. */
  editMessage(target: MessageId | CommandId, body: string): Posted
  deleteMessage(target: MessageId | CommandId): void
  addReaction(messageId: MessageId, emoji: string): void
  removeReaction(messageId: MessageId, emoji: string): void

  /** Resolve when the page is shown, or at once when there is nothing to load or it is being loaded. */
  loadOlder(): Promise<void>
  loadNewer(): Promise<void>
  loadAround(number: number): Promise<void>
  jumpToLatest(): Promise<void>
  /** What the person looks at, so that trimming and repairs leave it in place; undefined: pinned to the end. */
  setAnchor(number: number | undefined): void

  markRead(number: number): void
  /** Call with true on every change of the text; the client sends it at most every three seconds. */
  setTyping(isTyping: boolean): void
}
