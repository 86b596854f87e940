import type { RoomHandle } from '@parley/client'
import type { RefObject } from 'preact'
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks'
import { estimateHeight } from './estimate.ts'
import { forgetHeights } from './forget-heights.ts'
import { type Box, boxOf, distanceFromEnd, wasScrolledUp } from './scroll-box.ts'
import type { TalkView } from './talk-view.ts'
import { indexOfKey, messageFrom, type TimelineItem } from './timeline-items.ts'
import { usePages } from './usePages.ts'
import { type ListVirtualizer, measureExactly, useVirtualizer } from './useVirtualizer.ts'

export interface TimelineScroll {
  readonly scroller: RefObject<HTMLDivElement | null>
  readonly virtualizer: ListVirtualizer
  /** The newest message is in sight and news will be followed. */
  readonly isAtEnd: boolean
  /** So far up that a way back is worth offering. */
  readonly isFarUp: boolean
  /** Messages that came below what was ever in sight. */
  readonly unseen: number
  readonly onScroll: () => void
  jumpToLatest(): void
  /** Brings an item into sight if it is loaded. */
  reveal(key: string): void
}

export interface TimelineScrollOptions {
  readonly view: TalkView
  readonly handle: RoomHandle
  readonly items: readonly TimelineItem[]
  /** Rows that stay in the page wherever it is scrolled to: they hold the focus or something half typed. */
  readonly kept: readonly (string | undefined)[]
}

const OVERSCAN = 10
/** What is out of sight follows the first paint, so that a room shows sooner. */
const OVERSCAN_AT_FIRST = 1
const OLDER_SPACE = 72
const END_SPACE = 12
const ABOVE_NEW = 56
const FAR = 240

/** Where the timeline stands: at the end and pinned to it, or at something that must not move. */
export function useTimelineScroll({ view, handle, items, kept }: TimelineScrollOptions): TimelineScroll {
  const scroller = useRef<HTMLDivElement>(null)
  const isPinned = useRef(!items.some((item) => item.kind === 'new'))
  const last = useRef<Box>({ scrollTop: 0, scrollHeight: 0, clientHeight: 0 })
  const width = useRef(innerWidth)
  const seen = useRef(0)
  const [isAtEnd, setAtEnd] = useState(isPinned.current && !view.hasNewer)
  const [isFarUp, setFarUp] = useState(false)
  const [unseen, setUnseen] = useState(0)
  const [overscan, setOverscan] = useState(OVERSCAN_AT_FIRST)
  const current = useRef({ view, items })
  current.current = { view, items }

  // Only a person scrolls up. What else moves the end away (a message, a picture, the keyboard) is followed. A render may
  // come between the scrolling and its event, so this is asked before the position is touched, too.
  const noticePerson = useCallback(() => {
    const element = scroller.current
    if (!element) return
    const box = boxOf(element)
    if (distanceFromEnd(box) <= 2) isPinned.current = true
    else if (wasScrolledUp(last.current, box)) isPinned.current = false
    last.current = box
  }, [])

  const keptIndexes = kept.map((key) => indexOfKey(items, key)).filter((index) => index >= 0)
  const keptWord = keptIndexes.join()
  const virtualizer = useVirtualizer({
    count: items.length,
    getScrollElement: () => scroller.current,
    getItemKey: useCallback((index: number) => items[index]?.key ?? index, [items]),
    estimateSize: (index) => estimateHeight(items[index], width.current),
    measureElement: measureExactly,
    rangeExtractor: useCallback(
      ({ startIndex, endIndex, count }: { startIndex: number; endIndex: number; count: number }) => {
        const wanted = new Set(keptWord === '' ? [] : keptWord.split(',').map(Number))
        const last = Math.min(count - 1, endIndex + overscan)
        for (let index = Math.max(0, startIndex - overscan); index <= last; index += 1) wanted.add(index)
        return [...wanted].filter((index) => index < count).sort((a, b) => a - b)
      },
      [keptWord, overscan],
    ),
    isFollowing: () => isPinned.current,
    beforeCorrection: noticePerson,
    afterCorrection: () => {
      if (scroller.current) last.current = boxOf(scroller.current)
    },
    anchorTo: 'end',
    paddingStart: view.hasOlder ? OLDER_SPACE : 0,
    paddingEnd: END_SPACE,
  })
  // Reactions, edits and late pictures above what is read must not move it, whichever way the person scrolls.
  virtualizer.shouldAdjustScrollPositionOnItemSizeChange = (item, _delta, { scrollOffset, itemSizeCache }) =>
    itemSizeCache.has(item.key) ? item.end <= (scrollOffset ?? 0) + 1 : item.start < (scrollOffset ?? 0)

  const goTo = useCallback((offset: number) => {
    const element = scroller.current
    if (!element) return
    element.scrollTop = offset
    last.current = boxOf(element)
    if (virtualizer.scrollOffset === element.scrollTop) return
    // Its own scroll event would come a frame later, and the rows with it.
    virtualizer.scrollOffset = element.scrollTop
    virtualizer.options.onChange(virtualizer, false)
  }, [])

  const goToEnd = useCallback(() => {
    const element = scroller.current
    if (element) goTo(element.scrollHeight - element.clientHeight)
  }, [])

  const look = useCallback(() => {
    const element = scroller.current
    if (!element) return
    const { view, items } = current.current
    const distance = distanceFromEnd(element)
    // What fits as a whole is never scrolled, and still is at its end.
    if (distance <= 2 && virtualizer.itemSizeCache.size > 0) isPinned.current = true
    setAtEnd(isPinned.current && !view.hasNewer)
    setFarUp(!isPinned.current && (view.hasNewer || distance > FAR))
    const bottom = virtualizer.getVirtualItemForOffset(element.scrollTop + element.clientHeight)
    const lowest = messageFrom(items, isPinned.current ? items.length - 1 : (bottom?.index ?? -1), -1)
    seen.current = Math.max(seen.current, lowest?.row.number ?? 0)
    setUnseen(isPinned.current && !view.hasNewer ? 0 : Math.max(0, view.lastNumber - seen.current))
    const top = virtualizer.getVirtualItemForOffset(element.scrollTop)
    handle.setAnchor(isPinned.current ? undefined : messageFrom(items, top?.index ?? 0, 1)?.row.number)
  }, [handle])

  const onScroll = useCallback(() => {
    noticePerson()
    look()
  }, [look])

  // Before anything is painted: at the line "New", else at the end.
  const hasOpened = useRef(false)
  useLayoutEffect(() => {
    const element = scroller.current
    if (!element || hasOpened.current || items.length === 0) return
    hasOpened.current = true
    const line = items.findIndex((item) => item.kind === 'new')
    const start = virtualizer.measurementsCache[line]?.start
    if (start !== undefined) goTo(Math.max(0, start - ABOVE_NEW))
    else goToEnd()
  })

  const isFilled = items.length > 0
  useEffect(() => {
    if (isFilled) setOverscan(OVERSCAN)
  }, [isFilled])

  useLayoutEffect(() => {
    width.current = virtualizer.scrollRect?.width ?? innerWidth
    noticePerson()
    if (isPinned.current) goToEnd()
    look()
  })

  useLayoutEffect(() => {
    const element = scroller.current
    if (!element) return
    const watcher = new ResizeObserver(() => {
      noticePerson()
      if (isPinned.current) goToEnd()
    })
    watcher.observe(element)
    return () => watcher.disconnect()
  }, [])

  useLayoutEffect(() => forgetHeights(virtualizer.itemSizeCache, items), [items])
  usePages({ view, handle, items, virtualizer })

  return useMemo(
    () => ({
      scroller,
      virtualizer,
      isAtEnd,
      isFarUp,
      unseen,
      onScroll,
      jumpToLatest() {
        isPinned.current = true
        if (current.current.view.hasNewer) void handle.jumpToLatest()
        goToEnd()
        look()
      },
      reveal(key: string) {
        const index = indexOfKey(current.current.items, key)
        const element = scroller.current
        const item = virtualizer.measurementsCache[index]
        if (!item || !element) return
        if (item.start < element.scrollTop + ABOVE_NEW) goTo(Math.max(0, item.start - ABOVE_NEW))
        else if (item.end > element.scrollTop + element.clientHeight) goTo(item.end - element.clientHeight + END_SPACE)
        if (item.start < element.scrollTop) isPinned.current = false
      },
    }),
    [isAtEnd, isFarUp, unseen],
  )
}
