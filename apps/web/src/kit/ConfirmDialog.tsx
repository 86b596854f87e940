import type { ComponentChildren } from 'preact'
import { Button } from './Button.tsx'
import { Dialog } from './Dialog.tsx'
import { FormError } from './FormError.tsx'

export interface ConfirmDialogProps {
  /** A question that names the thing: `Close “Harbour” permanently?` */
  readonly title: string
  /** What will happen and what can not be undone. */
  readonly children: ComponentChildren
  /** The act itself, never "OK": "Close room permanently". */
  readonly confirmLabel: string
  readonly cancelLabel?: string
  readonly tone?: 'danger' | 'primary'
  readonly busy?: boolean
  /** Why it did not work, if it did not. */
  readonly error?: string | undefined
  readonly onConfirm: () => void
  readonly onCancel: () => void
}

/** Asks before something is lost. The focus starts on "Cancel": Enter by reflex destroys nothing. */
export function ConfirmDialog(props: ConfirmDialogProps) {
  const { title, children, confirmLabel, cancelLabel = 'Cancel', tone = 'danger', busy = false, error } = props
  return (
    <Dialog
      title={title}
      description={children}
      busy={busy}
      onClose={props.onCancel}
      footer={
        <>
          <Button autoFocus disabled={busy} onClick={props.onCancel}>
            {cancelLabel}
          </Button>
          <Button variant={tone} busy={busy} onClick={props.onConfirm}>
            {confirmLabel}
          </Button>
        </>
      }
    >
      {error && <FormError>{error}</FormError>}
    </Dialog>
  )
}
