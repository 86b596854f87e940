import { type ChatClient, nameOf, type RoomHandle, type RowView } from '@parley/client'
import { useMemo, useRef } from 'preact/hooks'
import { mayReact, type RowActions, type RowRights } from './row-actions.ts'
import type { RowFocus } from './useRowFocus.ts'

export interface RowActionsOptions {
  readonly chat: ChatClient
  readonly handle: RoomHandle
  readonly onEdit: (key: string | undefined) => void
  readonly setDeleting: (row: RowView) => void
  readonly setPicking: (picking: { readonly row: RowView; readonly anchor: HTMLElement }) => void
  readonly focus: RowFocus
  readonly rights: RowRights
  readonly focusComposer: () => void
}

export function useRowActions(options: RowActionsOptions): RowActions {
  const current = useRef(options)
  current.current = options
  /** Where the focus came from, to which it returns. */
  const editedFrom = useRef<string | undefined>(undefined)
  return useMemo((): RowActions => {
    const stopEditing = (): void => {
      const { onEdit, focus, focusComposer } = current.current
      onEdit(undefined)
      if (editedFrom.current === undefined) focusComposer()
      else focus.focusMessage(editedFrom.current)
      editedFrom.current = undefined
    }
    return {
      startEdit(row) {
        editedFrom.current = row.key
        current.current.onEdit(row.key)
      },
      saveEdit(row, body) {
        if (body !== row.body) current.current.handle.editMessage(row.messageId ?? row.commandId, body)
        stopEditing()
      },
      cancelEdit: stopEditing,
      askDelete: (row) => current.current.setDeleting(row),
      toggleReaction(row, emoji) {
        const { handle, rights } = current.current
        if (row.messageId === undefined) return
        const isOn = row.reactions.some((reaction) => reaction.emoji === emoji && reaction.isMine)
        if (!isOn && !mayReact(row, rights)) return
        if (isOn) handle.removeReaction(row.messageId, emoji)
        else handle.addReaction(row.messageId, emoji)
      },
      pickReaction: (row, anchor) => current.current.setPicking({ row, anchor }),
      nameOf(userId) {
        const { chat } = current.current
        const user = chat.user(userId)
        if (userId === chat.me.value?.id) return 'You'
        return user ? nameOf(user) : 'Somebody'
      },
    }
  }, [])
}
