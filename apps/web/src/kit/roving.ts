import type { RefObject } from 'preact'
import { useLayoutEffect } from 'preact/hooks'

export interface RovingOptions {
  readonly axis?: 'vertical' | 'horizontal' | 'both'
  /** From the last to the first and back. */
  readonly wraps?: boolean
  /** Which elements take part. */
  readonly selector?: string
}

const STEPS: Readonly<Record<string, { step: number; axis: 'vertical' | 'horizontal' }>> = {
  ArrowUp: { step: -1, axis: 'vertical' },
  ArrowDown: { step: 1, axis: 'vertical' },
  ArrowLeft: { step: -1, axis: 'horizontal' },
  ArrowRight: { step: 1, axis: 'horizontal' },
}

/**
 * One tab stop for a group: the items inside `container` that match `[data-roving]` are walked with the arrow keys,
 * Home and End. Items may come and go; the one last focused keeps the stop.
 */
export function useRovingFocus(container: RefObject<HTMLElement | null>, options: RovingOptions = {}): void {
  const { axis = 'vertical', wraps = true, selector = '[data-roving]' } = options
  useLayoutEffect(() => {
    const root = container.current
    if (!root) return
    const items = (): HTMLElement[] => [...root.querySelectorAll<HTMLElement>(selector)]
    const giveStop = (chosen: HTMLElement | undefined): void => {
      for (const item of items()) item.tabIndex = item === chosen ? 0 : -1
    }
    const keepOneStop = (): void => {
      const all = items()
      const stops = all.filter((item) => item.tabIndex === 0)
      if (all.length > 0 && stops.length !== 1) giveStop(stops[0] ?? all[0])
    }
    const onFocusIn = (event: FocusEvent): void => {
      const item = event.target instanceof Element ? event.target.closest<HTMLElement>(selector) : null
      if (item && root.contains(item)) giveStop(item)
    }
    const onKeyDown = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey || isTextEntry(event.target)) return
      const all = items()
      const at = all.findIndex((item) => item.contains(document.activeElement))
      const next = nextIndex(event.key, at, all.length, {
        axis,
        wraps,
        rtl: getComputedStyle(root).direction === 'rtl',
      })
      if (next === undefined) return
      event.preventDefault()
      all[next]?.focus()
    }
    keepOneStop()
    const watcher = new MutationObserver(keepOneStop)
    watcher.observe(root, { childList: true, subtree: true })
    root.addEventListener('focusin', onFocusIn)
    root.addEventListener('keydown', onKeyDown)
    return () => {
      watcher.disconnect()
      root.removeEventListener('focusin', onFocusIn)
      root.removeEventListener('keydown', onKeyDown)
    }
  }, [container, axis, wraps, selector])
}

interface Walk {
  readonly axis: 'vertical' | 'horizontal' | 'both'
  readonly wraps: boolean
  readonly rtl: boolean
}

/** Where a key leads from item `at` (−1: none yet) of `count`; undefined when the key means nothing here. */
export function nextIndex(key: string, at: number, count: number, walk: Walk): number | undefined {
  if (count === 0) return undefined
  if (key === 'Home') return 0
  if (key === 'End') return count - 1
  const move = STEPS[key]
  if (!move || (walk.axis !== 'both' && walk.axis !== move.axis)) return undefined
  const step = move.axis === 'horizontal' && walk.rtl ? -move.step : move.step
  if (at < 0) return step > 0 ? 0 : count - 1
  const next = at + step
  return walk.wraps ? (next + count) % count : Math.min(count - 1, Math.max(0, next))
}

/** The next label after `at` that begins with `text`; a letter pressed again and again walks its matches. */
export function findByPrefix(labels: readonly string[], text: string, at: number): number | undefined {
  const isRepeated = [...text].every((letter) => letter === text[0])
  const prefix = (isRepeated ? text.slice(0, 1) : text).toLocaleLowerCase()
  const first = isRepeated ? at + 1 : Math.max(at, 0)
  for (let step = 0; step < labels.length; step += 1) {
    const index = (first + step) % labels.length
    if (labels[index]?.toLocaleLowerCase().startsWith(prefix)) return index
  }
  return undefined
}

function isTextEntry(target: EventTarget | null): boolean {
  return target instanceof HTMLTextAreaElement || (target instanceof HTMLInputElement && target.type !== 'radio')
}
