import type { RoomHandle } from '@parley/client'
import { useLayoutEffect, useRef } from 'preact/hooks'
import type { TalkView } from './talk-view.ts'
import type { TimelineItem } from './timeline-items.ts'
import type { ListVirtualizer } from './useVirtualizer.ts'

export interface PagesOptions {
  readonly view: TalkView
  readonly handle: RoomHandle
  readonly items: readonly TimelineItem[]
  readonly virtualizer: ListVirtualizer
}

const LOAD_WITHIN_ITEMS = 25
const RETRY_MS = 2_000

/** Fetches the next page well before its place comes into sight; a failed one is asked for again after a pause. */
export function usePages({ view, handle, items, virtualizer }: PagesOptions): void {
  const tried = useRef({ older: '', newer: '', at: 0 })
  const range = virtualizer.range
  const isNearStart = range !== null && range.startIndex < LOAD_WITHIN_ITEMS
  const isNearEnd = range !== null && range.endIndex > items.length - LOAD_WITHIN_ITEMS
  const mayLoad = view.phase === 'live'
  const wantsOlder = mayLoad && view.hasOlder && !view.isLoadingOlder && isNearStart
  const wantsNewer = mayLoad && view.hasNewer && !view.isLoadingNewer && isNearEnd
  const first = view.rows[0]?.key ?? ''
  const last = view.rows.at(-1)?.key ?? ''
  useLayoutEffect(() => {
    const isFresh = Date.now() - tried.current.at < RETRY_MS
    if (wantsOlder && !(isFresh && tried.current.older === first)) {
      tried.current = { ...tried.current, older: first, at: Date.now() }
      void handle.loadOlder()
    }
    if (wantsNewer && !(isFresh && tried.current.newer === last)) {
      tried.current = { ...tried.current, newer: last, at: Date.now() }
      void handle.loadNewer()
    }
  })
}
