import type { ComponentChildren } from 'preact'
import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import { classes } from './classes.ts'
import styles from './Popover.module.css'
import { type Placement, useAnchored } from './useAnchored.ts'

export interface PopoverProps {
  /** What it belongs to and stands beside; it gets the focus back. */
  readonly anchor: HTMLElement
  readonly onClose: () => void
  readonly label: string
  readonly role?: 'dialog' | 'menu'
  readonly id?: string
  readonly placement?: Placement
  readonly class?: string | undefined
  readonly children: ComponentChildren
}

/**
 * A small layer beside a control, in the browser's top layer. Render it while it is open. It takes the focus
 * (`[data-autofocus]`, else the first control), closes on Esc, on a press outside and when the focus leaves it.
 */
export function Popover({
  anchor,
  onClose,
  label,
  role = 'dialog',
  id,
  placement,
  class: extra,
  children,
}: PopoverProps) {
  const [element, setElement] = useState<HTMLDivElement | null>(null)
  const close = useRef(onClose)
  close.current = onClose
  useAnchored(anchor, element, placement ? { placement } : {})

  useLayoutEffect(() => {
    if (!element) return
    const first =
      element.querySelector<HTMLElement>('[data-autofocus]') ?? element.querySelector<HTMLElement>(FOCUSABLE)
    ;(first ?? element).focus({ preventScroll: true })
    const onPointerDown = (event: PointerEvent): void => {
      const target = event.target
      if (target instanceof Node && !element.contains(target) && !anchor.contains(target)) close.current()
    }
    document.addEventListener('pointerdown', onPointerDown, true)
    return () => {
      document.removeEventListener('pointerdown', onPointerDown, true)
      // The layer is about to vanish with the focus in it: nobody must land on <body>.
      if (element.contains(document.activeElement) || document.activeElement === document.body) anchor.focus()
    }
  }, [element, anchor])

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: its role is a dialog or a menu.
    // biome-ignore lint/a11y/useAriaPropsSupportedByRole: both take a label.
    <div
      ref={setElement}
      id={id}
      class={classes(styles.popover, extra)}
      popover="manual"
      role={role}
      aria-label={label}
      tabIndex={-1}
      onKeyDown={(event) => {
        if (event.key === 'Escape') {
          event.preventDefault() // or a dialog below would close as well
          anchor.focus()
          onClose()
        }
        // What lies below (a timeline, a list) walks with the same keys.
        if (LAYER_KEYS.has(event.key)) event.stopPropagation()
      }}
      onFocusOut={(event) => {
        const next = event.relatedTarget
        if (next instanceof Node && !event.currentTarget.contains(next) && !anchor.contains(next)) onClose()
      }}
    >
      {children}
    </div>
  )
}

const LAYER_KEYS = new Set([
  'Escape',
  'ArrowUp',
  'ArrowDown',
  'ArrowLeft',
  'ArrowRight',
  'Home',
  'End',
  'PageUp',
  'PageDown',
])
const FOCUSABLE = 'button:not(:disabled), a[href], input:not(:disabled), textarea:not(:disabled), [tabindex="0"]'
