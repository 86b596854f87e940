import type { RefObject, TextareaHTMLAttributes } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'

type Native = Omit<TextareaHTMLAttributes<HTMLTextAreaElement>, 'value' | 'onInput' | 'ref' | 'label' | 'rows'>

export interface TextAreaProps extends Native {
  /** Accessible name; a visible label is the caller's. */
  readonly label: string
  readonly value: string
  readonly onInput: (value: string) => void
  /** It grows with its text up to so many lines, then scrolls. */
  readonly maxRows?: number
  readonly areaRef?: RefObject<HTMLTextAreaElement | null> | undefined
}

/** A bare, growing text area: frame and padding are the caller's (`class`). */
export function TextArea({ label, value, onInput, maxRows = 10, areaRef, ...native }: TextAreaProps) {
  const own = useRef<HTMLTextAreaElement>(null)
  const area = areaRef ?? own
  useAutosize(area, value, maxRows)
  return (
    <textarea
      dir="auto"
      {...native}
      ref={area}
      rows={1}
      aria-label={label}
      value={value}
      onInput={(event) => onInput(event.currentTarget.value)}
    />
  )
}

/** Keeps a textarea as high as its text, between one line and `maxRows`; also after its width has changed. */
export function useAutosize(area: RefObject<HTMLTextAreaElement | null>, value: string, maxRows: number): void {
  useLayoutEffect(() => {
    if (area.current) fitHeight(area.current, maxRows)
  }, [value, maxRows])
  useLayoutEffect(() => {
    const element = area.current
    if (!element) return
    // It was measured just before.
    let width = element.clientWidth
    const watcher = new ResizeObserver(() => {
      if (element.clientWidth === width) return
      width = element.clientWidth
      fitHeight(element, maxRows)
    })
    watcher.observe(element)
    return () => watcher.disconnect()
  }, [maxRows])
}

function fitHeight(area: HTMLTextAreaElement, maxRows: number): void {
  const style = getComputedStyle(area)
  const borders = Number.parseFloat(style.borderTopWidth) + Number.parseFloat(style.borderBottomWidth)
  const padding = Number.parseFloat(style.paddingTop) + Number.parseFloat(style.paddingBottom)
  const most = Number.parseFloat(style.lineHeight) * maxRows + padding + borders
  // Measured at no height, the area would let its neighbours grow for a moment, and a list scrolled to its end would
  // lose the end. So the parent stands still meanwhile.
  const parent = area.parentElement
  if (parent) parent.style.height = `${parent.offsetHeight}px`
  area.style.height = '0'
  const wanted = area.scrollHeight + borders
  area.style.height = `${Math.min(wanted, most)}px`
  area.style.overflowY = wanted > most ? 'auto' : 'hidden'
  if (parent) parent.style.height = ''
}
