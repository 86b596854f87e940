import { useEffect, useRef, useState } from 'preact/hooks'
import { Button } from './Button.tsx'
import { classes } from './classes.ts'
import { IconButton } from './IconButton.tsx'
import { AlertIcon, CheckIcon, CloseIcon } from './icons.tsx'
import styles from './ToastRegion.module.css'
import { dismissToast, type Toast, toasts } from './toasts.ts'

/** Where toasts appear; render it once, at the root. They wait while the pointer or the focus is on any of them. */
export function ToastRegion() {
  const region = useRef<HTMLElement>(null)
  const [isHovered, setHovered] = useState(false)
  const [isFocused, setFocused] = useState(false)
  const shown = toasts.value
  const newest = shown.at(-1)?.id

  // Put on top again for each new one: a dialog may have opened above the region meanwhile.
  useEffect(() => {
    if (newest === undefined) {
      setHovered(false)
      setFocused(false)
      return
    }
    region.current?.showPopover()
    return () => region.current?.hidePopover()
  }, [newest])

  return (
    <section
      ref={region}
      class={styles.region}
      popover="manual"
      aria-label="Notifications"
      onPointerEnter={() => setHovered(true)}
      onPointerLeave={() => setHovered(false)}
      onFocusIn={() => setFocused(true)}
      onFocusOut={() => setFocused(false)}
    >
      <ol class={styles.list} aria-live="polite" aria-relevant="additions">
        {shown.map((toast) => (
          <ToastRow key={toast.id} toast={toast} isPaused={isHovered || isFocused} />
        ))}
      </ol>
    </section>
  )
}

function ToastRow({ toast, isPaused }: { readonly toast: Toast; readonly isPaused: boolean }) {
  const remainingMs = useRef(toast.durationMs)
  useEffect(() => {
    const left = remainingMs.current
    if (left === null || isPaused) return
    const startedAt = performance.now()
    const timer = setTimeout(() => dismissToast(toast.id), left)
    return () => {
      clearTimeout(timer)
      remainingMs.current = Math.max(1_500, left - (performance.now() - startedAt))
    }
  }, [toast.id, isPaused])

  return (
    <li class={classes(styles.toast, styles[toast.tone])}>
      {toast.tone === 'danger' && <AlertIcon />}
      {toast.tone === 'good' && <CheckIcon />}
      <span class={styles.text}>{toast.text}</span>
      {toast.actions.map((action) => (
        <Button
          key={action.label}
          variant="quiet"
          size="small"
          class={styles.action}
          onClick={() => {
            dismissToast(toast.id)
            action.onSelect()
          }}
        >
          {action.label}
        </Button>
      ))}
      <IconButton
        label="Dismiss"
        size="small"
        class={styles.dismiss}
        icon={<CloseIcon size="1rem" />}
        onClick={() => dismissToast(toast.id)}
      />
    </li>
  )
}
