import type { RowView } from '@parley/client'
import { useRef } from 'preact/hooks'
import { IconButton } from '../kit/IconButton.tsx'
import { EditIcon, SmileIcon, TrashIcon } from '../kit/icons.tsx'
import { useRovingFocus } from '../kit/roving.ts'
import styles from './MessageToolbar.module.css'
import { mayDelete, mayEdit, mayReact, type RowActions, type RowRights } from './row-actions.ts'

export interface MessageToolbarProps {
  readonly row: RowView
  readonly rights: RowRights
  readonly actions: RowActions
}

const QUICK = [
  ['👍', 'thumbs up'],
  ['❤️', 'red heart'],
  ['😂', 'tears of joy'],
] as const

/** Beside the message that the pointer or the focus is on. */
export function MessageToolbar({ row, rights, actions }: MessageToolbarProps) {
  const bar = useRef<HTMLDivElement>(null)
  useRovingFocus(bar, { axis: 'horizontal' })
  return (
    <div ref={bar} class={styles.bar} role="toolbar" aria-label="Message actions">
      {mayReact(row, rights) &&
        QUICK.map(([emoji, name]) => (
          <IconButton
            key={emoji}
            size="small"
            class={styles.quick}
            label={`React with ${name}`}
            data-roving=""
            icon={<span class={styles.emoji}>{emoji}</span>}
            onClick={() => actions.toggleReaction(row, emoji)}
          />
        ))}
      {mayReact(row, rights) && (
        <IconButton
          size="small"
          label="Add reaction"
          keys="R"
          data-roving=""
          icon={<SmileIcon />}
          onClick={(event) => actions.pickReaction(row, event.currentTarget)}
        />
      )}
      {mayEdit(row, rights) && (
        <IconButton
          size="small"
          label="Edit"
          keys="E"
          data-roving=""
          icon={<EditIcon />}
          onClick={() => actions.startEdit(row)}
        />
      )}
      {mayDelete(row, rights) && (
        <IconButton
          size="small"
          variant="danger"
          label="Delete"
          keys="Delete"
          data-roving=""
          icon={<TrashIcon />}
          onClick={() => actions.askDelete(row)}
        />
      )}
    </div>
  )
}
