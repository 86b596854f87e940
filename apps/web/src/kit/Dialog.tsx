import type { ComponentChildren } from 'preact'
import { useId, useLayoutEffect, useRef } from 'preact/hooks'
import { classes } from './classes.ts'
import styles from './Dialog.module.css'
import { IconButton } from './IconButton.tsx'
import { CloseIcon } from './icons.tsx'

export interface DialogProps {
  readonly title: string
  /** Esc, the close button or a press beside the dialog. Never called while `busy`. */
  readonly onClose: () => void
  readonly children?: ComponentChildren
  /** Buttons; the last one is the one meant. */
  readonly footer?: ComponentChildren
  /** Makes the content a form, sent by Enter or a footer button of `type="submit"`. */
  readonly onSubmit?: () => void
  /** Something is under way that must not be walked away from. */
  readonly busy?: boolean
  readonly size?: 'small' | 'medium' | 'large'
  readonly role?: 'dialog' | 'alertdialog'
  /** Read out after the title. */
  readonly description?: ComponentChildren
}

/** A modal layer. Render it while it is open; `[autofocus]` inside gets the focus, and its former holder gets it back. */
export function Dialog(props: DialogProps) {
  const {
    title,
    onClose,
    children,
    footer,
    onSubmit,
    busy = false,
    size = 'small',
    role = 'dialog',
    description,
  } = props
  const id = useId()
  const dialog = useRef<HTMLDialogElement>(null)
  const pressedBeside = useRef(false)
  const isLeaving = useRef(false)
  const close = (): void => {
    if (!busy) onClose()
  }

  useLayoutEffect(() => {
    const element = dialog.current
    const before = document.activeElement
    element?.showModal()
    return () => {
      isLeaving.current = true
      element?.close()
      if (before instanceof HTMLElement && before.isConnected) before.focus()
    }
  }, [])

  const content = (
    <>
      {(description || children) && (
        <div class={styles.body}>
          {description && (
            <div id={`${id}-text`} class={styles.description}>
              {description}
            </div>
          )}
          {children}
        </div>
      )}
      {footer && <footer class={styles.footer}>{footer}</footer>}
    </>
  )

  return (
    <dialog
      ref={dialog}
      class={classes(styles.dialog, styles[size])}
      role={role}
      aria-labelledby={`${id}-title`}
      aria-describedby={description ? `${id}-text` : undefined}
      aria-busy={busy}
      onCancel={(event) => {
        if (event.target !== event.currentTarget) return
        event.preventDefault() // the owner decides; this element goes when it is no longer rendered
        close()
      }}
      // A browser lets Esc be refused once, then closes all the same.
      onClose={(event) => {
        if (isLeaving.current || event.target !== event.currentTarget) return
        if (busy) event.currentTarget.showModal()
        else onClose()
      }}
      onKeyDown={(event) => {
        if (event.key === 'Escape') event.stopPropagation()
      }}
      onPointerDown={(event) => {
        pressedBeside.current = event.target === event.currentTarget
      }}
      onClick={(event) => {
        if (pressedBeside.current && event.target === event.currentTarget) close()
      }}
    >
      <div class={styles.panel}>
        <header class={styles.header}>
          <h2 id={`${id}-title`} class={styles.title}>
            {title}
          </h2>
          <IconButton label="Close" icon={<CloseIcon />} size="small" disabled={busy} onClick={close} />
        </header>
        {onSubmit ? (
          <form
            class={styles.form}
            noValidate
            onSubmit={(event) => {
              event.preventDefault()
              if (!busy) onSubmit()
            }}
          >
            {content}
          </form>
        ) : (
          content
        )}
      </div>
    </dialog>
  )
}
