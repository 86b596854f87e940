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

/** What I may do in the room besides reading. The same object while nothing in it changes. */
export interface RowRights {
  /** I keep order here, and may delete what others wrote. */
  readonly mayModerate: boolean
  readonly isMuted: boolean
}

export const mayEdit = (row: RowView, { isMuted }: RowRights): boolean => row.isMine && !row.isDeleted && !isMuted
export const mayReact = (row: RowView, { isMuted }: RowRights): boolean =>
  row.messageId !== undefined && !row.isDeleted && !row.isBlocked && !isMuted
export const mayDelete = (row: RowView, { mayModerate }: RowRights): boolean =>
  (row.isMine || mayModerate) && !row.isDeleted
