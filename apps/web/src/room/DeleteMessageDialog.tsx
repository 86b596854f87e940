import type { RowView } from '@parley/client'
import { ConfirmDialog } from '../kit/ConfirmDialog.tsx'
import styles from './DeleteMessageDialog.module.css'

export interface DeleteMessageDialogProps {
  readonly row: RowView
  readonly onConfirm: () => void
  readonly onCancel: () => void
}

const MOST_QUOTED = 160

export function DeleteMessageDialog({ row, onConfirm, onCancel }: DeleteMessageDialogProps) {
  const quote = row.body.length > MOST_QUOTED ? `${row.body.slice(0, MOST_QUOTED)}…` : row.body
  const whose = row.isMine ? 'your message' : `the message of ${row.author?.displayName ?? 'somebody'}`
  return (
    <ConfirmDialog title={`Delete ${whose}?`} confirmLabel="Delete message" onConfirm={onConfirm} onCancel={onCancel}>
      <blockquote class={styles.quote} dir="auto">
        {quote}
      </blockquote>
      <p>It is erased for everybody and cannot be brought back. “Message deleted” stays in its place.</p>
    </ConfirmDialog>
  )
}
