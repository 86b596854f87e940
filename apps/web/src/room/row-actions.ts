import type { RowView } from '@parley/client'
import type { UserId } from '@parley/protocol'

/** What can be done with a message. The same object for the life of the timeline, so that rows need not render again. */
export interface RowActions {
  startEdit(row: RowView): void
  saveEdit(row: RowView, body: string): void
  cancelEdit(): void
  askDelete(row: RowView): void
  toggleReaction(row: RowView, emoji: string): void
  pickReaction(row: RowView, anchor: HTMLElement): void
  /** "You" for the person at the keyboard. */
  nameOf(userId: UserId): string
}

export const mayEdit = (row: RowView): boolean => row.isMine && !row.isDeleted
export const mayReact = (row: RowView): boolean => row.messageId !== undefined && !row.isDeleted
export const mayDelete = (row: RowView, isOwner: boolean): boolean => (row.isMine || isOwner) && !row.isDeleted
