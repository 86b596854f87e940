import type { ComponentChildren } from 'preact'
import { useEffect, useId, useRef, useState } from 'preact/hooks'
import { Kbd } from './Kbd.tsx'
import styles from './Tooltip.module.css'
import { type Placement, useAnchored } from './useAnchored.ts'

export interface TooltipProps {
  readonly text: string
  /** A shortcut shown beside the text. */
  readonly keys?: string
  readonly placement?: Placement
  /** The text says more than the control's own name: read it out as the description. */
  readonly describes?: boolean
  /** One element that can be hovered or focused. */
  readonly children: ComponentChildren
}

const DELAY_MS = 450
const GRACE_MS = 120
let lastShownAt = 0

/** Comes on hover and on keyboard focus, can itself be hovered, goes with Esc. Never the only place of anything needed. */
export function Tooltip({ text, keys, placement = 'top', describes = false, children }: TooltipProps) {
  const wrapper = useRef<HTMLSpanElement>(null)
  const timer = useRef(0)
  const [anchor, setAnchor] = useState<Element | null>(null)
  const id = useId()

  const later = (act: () => void, delayMs: number): void => {
    clearTimeout(timer.current)
    timer.current = window.setTimeout(act, delayMs)
  }
  const show = (): void => {
    lastShownAt = Date.now()
    setAnchor(wrapper.current?.firstElementChild ?? null)
  }
  const hide = (): void => {
    clearTimeout(timer.current)
    setAnchor((shown) => {
      if (shown) lastShownAt = Date.now()
      return null
    })
  }

  useEffect(() => () => clearTimeout(timer.current), [])
  useEffect(() => {
    if (!anchor) return
    if (describes) anchor.setAttribute('aria-describedby', id)
    const onKey = (event: KeyboardEvent): void => {
      if (event.key === 'Escape') hide()
    }
    addEventListener('keydown', onKey, true)
    return () => {
      if (describes) anchor.removeAttribute('aria-describedby')
      removeEventListener('keydown', onKey, true)
    }
  }, [anchor])

  return (
    <span
      ref={wrapper}
      class={styles.wrapper}
      onPointerEnter={(event) => {
        if (event.pointerType !== 'touch') later(show, Date.now() - lastShownAt < 400 ? 60 : DELAY_MS)
      }}
      onPointerLeave={() => later(hide, GRACE_MS)}
      onPointerDown={hide}
      onFocusIn={(event) => {
        if (event.target instanceof Element && event.target.matches(':focus-visible')) later(show, DELAY_MS)
      }}
      onFocusOut={hide}
    >
      {children}
      {anchor && <Words id={id} anchor={anchor} text={text} keys={keys} placement={placement} describes={describes} />}
    </span>
  )
}

interface WordsProps {
  readonly id: string
  readonly anchor: Element
  readonly text: string
  readonly keys: string | undefined
  readonly placement: Placement
  readonly describes: boolean
}

function Words({ id, anchor, text, keys, placement, describes }: WordsProps) {
  const [element, setElement] = useState<HTMLElement | null>(null)
  useAnchored(anchor, element, { placement, gap: 7 })
  return (
    <span ref={setElement} id={id} class={styles.words} popover="manual" role="tooltip" aria-hidden={!describes}>
      {text}
      {keys && <Kbd keys={keys} />}
    </span>
  )
}
