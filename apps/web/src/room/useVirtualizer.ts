import {
  elementScroll,
  observeElementOffset,
  observeElementRect,
  Virtualizer,
  type VirtualizerOptions,
} from '@tanstack/virtual-core'
import { useLayoutEffect, useReducer, useState } from 'preact/hooks'

export type ListVirtualizer = Virtualizer<HTMLElement, HTMLElement>

interface Options
  extends Omit<
    VirtualizerOptions<HTMLElement, HTMLElement>,
    'observeElementRect' | 'observeElementOffset' | 'scrollToFn' | 'onChange'
  > {
  /** The list is pinned to its end: where it stands need not be asked. */
  readonly isFollowing: () => boolean
  /** Around a correction of the position, which is not the person's scrolling. */
  readonly beforeCorrection: () => void
  readonly afterCorrection: () => void
}

/**
 * TanStack's virtualizer for Preact. It asks for a synchronous render when it has moved the scroll position; Preact
 * renders in a microtask, which is before the next paint as well.
 */
export function useVirtualizer({
  isFollowing,
  beforeCorrection,
  afterCorrection,
  ...options
}: Options): ListVirtualizer {
  const [, rerender] = useReducer((count: number) => count + 1, 0)
  const all: VirtualizerOptions<HTMLElement, HTMLElement> = {
    ...options,
    observeElementRect,
    observeElementOffset,
    scrollToFn: (offset, how, instance) => {
      const isRelative = how.adjustments !== undefined
      beforeCorrection()
      elementScroll((isRelative ? unreportedOffset(instance) : undefined) ?? offset, how, instance)
      afterCorrection()
    },
    onChange: () => rerender(undefined),
  }
  const [virtualizer] = useState(() => new Virtualizer(all))
  if (!isFollowing()) virtualizer.scrollOffset = unreportedOffset(virtualizer) ?? virtualizer.scrollOffset
  virtualizer.setOptions(all)
  useLayoutEffect(() => virtualizer._didMount(), [])
  useLayoutEffect(() => virtualizer._willUpdate())
  return virtualizer
}

/**
 * Where the element is, when it was scrolled and has not said so yet: its event comes with the next frame, and a correction
 * before that would take the person's scrolling back. At its very end the element is no judge, for the list may be about to
 * grow; nor on iOS, where the virtualizer holds corrections back while a finger or its momentum scrolls.
 */
function unreportedOffset({ scrollElement, scrollOffset }: ListVirtualizer): number | undefined {
  if (!scrollElement || scrollOffset === null || isIOS) return undefined
  const { scrollTop, scrollHeight, clientHeight } = scrollElement
  const isJudge = scrollTop + clientHeight < scrollHeight - 1
  return isJudge && Math.abs(scrollTop - scrollOffset) > 1 ? scrollTop : undefined
}

const isIOS =
  /iP(hone|ad|od)/.test(navigator.userAgent) || (/Mac/.test(navigator.userAgent) && navigator.maxTouchPoints > 1)

/** To the fraction of a pixel: rounded heights would add up to a jump. */
export function measureExactly(element: HTMLElement, entry: ResizeObserverEntry | undefined): number {
  return entry?.borderBoxSize[0]?.blockSize ?? element.getBoundingClientRect().height
}
