import type { RowView } from '@parley/client'
import type { HTMLAttributes } from 'preact'
import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import { mayDelete, mayEdit, mayReact, type RowActions, type RowRights } from './row-actions.ts'
import { indexOfKey, messageFrom, type TimelineItem } from './timeline-items.ts'
import type { TimelineScroll } from './useTimelineScroll.ts'

export interface RowFocusOptions {
  readonly items: readonly TimelineItem[]
  readonly scroll: TimelineScroll
  readonly focusComposer: () => void
  /** A layer of a message is open: what the pointer does outside of it means nothing. */
  readonly isBusy: boolean
  readonly rights: RowRights
}

export interface RowFocus {
  /** The message that has the focus, itself or inside it. */
  readonly focused: string | undefined
  /** The message whose actions are shown. */
  readonly active: string | undefined
  /** The lowest message in sight: where Tab leads when none has the focus. */
  lastInSight(): string | undefined
  focusMessage(key: string): void
  listeners(actions: RowActions): HTMLAttributes<HTMLDivElement>
}

interface Active {
  readonly key: string
  readonly by: 'pointer' | 'focus' | 'tap'
}

/** One tab stop for all messages: the arrows walk them, and the one looked at shows its actions. */
export function useRowFocus({ items, scroll, focusComposer, isBusy, rights }: RowFocusOptions): RowFocus {
  const [focused, setFocused] = useState<string>()
  const [active, setActive] = useState<Active>()
  const wanted = useRef<string | undefined>(undefined)
  const root = scroll.scroller

  const elementOf = (key: string): HTMLElement | null =>
    root.current?.querySelector<HTMLElement>(`[data-message="${CSS.escape(key)}"]`) ?? null

  const focusMessage = (key: string): void => {
    const element = elementOf(key)
    wanted.current = element ? undefined : key
    if (!element) setFocused(key) // Kept in the page from now on, so that it is there after the next render.
    element?.focus({ preventScroll: true })
    scroll.reveal(key)
  }

  useLayoutEffect(() => {
    if (wanted.current !== undefined && elementOf(wanted.current)) focusMessage(wanted.current)
  })

  const rowOf = (key: string): RowView | undefined => {
    const item = items[indexOfKey(items, key)]
    return item?.kind === 'message' ? item.row : undefined
  }

  const walk = (key: string, event: KeyboardEvent): string | undefined => {
    const at = indexOfKey(items, key)
    switch (event.key) {
      case 'ArrowUp':
        return messageFrom(items, at - 1, -1)?.key
      case 'ArrowDown':
        return messageFrom(items, at + 1, 1)?.key
      case 'Home':
        return messageFrom(items, 0, 1)?.key
      case 'End':
        return messageFrom(items, items.length - 1, -1)?.key
      default:
        return undefined
    }
  }

  const onKeyDown = (event: KeyboardEvent, actions: RowActions): void => {
    const key = messageOf(event.target)
    if (key === undefined || event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey) return
    const isOnRow = event.target === elementOf(key)
    if (event.key === 'Escape' && !isEditable(event.target)) {
      event.preventDefault()
      if (isOnRow) focusComposer()
      else elementOf(key)?.focus({ preventScroll: true })
      return
    }
    if (!isOnRow) return
    const next = walk(key, event)
    if (next !== undefined) {
      event.preventDefault()
      focusMessage(next)
      return
    }
    const row = rowOf(key)
    if (row && act(event, row, actions)) event.preventDefault()
  }

  const act = (event: KeyboardEvent, row: RowView, actions: RowActions): boolean => {
    const element = elementOf(row.key)
    switch (event.key) {
      case 'Enter':
        element?.querySelector<HTMLElement>('[role="toolbar"] button, [data-show]')?.focus()
        return true
      case 'e':
        if (mayEdit(row, rights)) actions.startEdit(row)
        return mayEdit(row, rights)
      case 'r':
        if (mayReact(row, rights) && element) {
          actions.pickReaction(row, element.querySelector<HTMLElement>('[role="toolbar"] button') ?? element)
        }
        return mayReact(row, rights)
      case 'Delete':
      case 'Backspace':
        if (mayDelete(row, rights)) actions.askDelete(row)
        return mayDelete(row, rights)
      default:
        return false
    }
  }

  return {
    focused,
    active: active?.key,
    lastInSight() {
      const end = scroll.virtualizer.range?.endIndex
      return messageFrom(items, end ?? items.length - 1, -1)?.key
    },
    focusMessage,
    listeners: (actions) => ({
      onPointerOver(event) {
        const key = messageOf(event.target)
        if (event.pointerType === 'touch' || isBusy || key === undefined || active?.key === key) return
        setActive({ key, by: 'pointer' })
      },
      onPointerLeave(event) {
        if (event.pointerType === 'touch' || isBusy || active?.by !== 'pointer') return
        const isKept = focused !== undefined && root.current?.querySelector(':focus-visible')
        setActive(isKept ? { key: focused, by: 'focus' } : undefined)
      },
      onFocusIn(event) {
        const key = messageOf(event.target)
        setFocused(key)
        if (key !== undefined && event.target instanceof Element && event.target.matches(':focus-visible')) {
          setActive({ key, by: 'focus' })
        }
      },
      onFocusOut(event) {
        const next = messageOf(event.relatedTarget)
        if (next !== undefined) return
        setFocused(undefined)
        if (!isBusy) setActive((shown) => (shown?.by === 'pointer' ? shown : undefined))
      },
      onClick(event) {
        const key = messageOf(event.target)
        const isOnControl = event.target instanceof Element && event.target.closest('a, button, textarea') !== null
        const isTouch = 'pointerType' in event && event.pointerType === 'touch'
        if (!isTouch || isOnControl || key === undefined || getSelection()?.isCollapsed === false) return
        setActive((shown) => (shown?.key === key && shown.by === 'tap' ? undefined : { key, by: 'tap' }))
      },
      onKeyDown: (event) => onKeyDown(event, actions),
    }),
  }
}

function messageOf(target: EventTarget | null): string | undefined {
  return target instanceof Element ? target.closest<HTMLElement>('[data-message]')?.dataset.message : undefined
}

function isEditable(target: EventTarget | null): boolean {
  return target instanceof HTMLTextAreaElement || target instanceof HTMLInputElement
}
