import { nameOf, type RoomView } from '@parley/client'
import { useEffect, useState } from 'preact/hooks'
import { announce } from '../kit/LiveRegion.tsx'
import { type Heard, NewsReader } from './news.ts'

/** Says new messages of others in the open room; never what was there before, and nothing one wrote oneself. */
export function useNews(view: RoomView | undefined): void {
  const [reader] = useState(() => new NewsReader(announce))
  const [said] = useState<{ upTo: number | undefined }>(() => ({ upTo: undefined }))
  useEffect(() => () => reader.stop(), [reader])
  useEffect(() => {
    if (view?.phase !== 'live') return
    const { lastNumber } = view
    const from = said.upTo
    said.upTo = Math.max(from ?? 0, lastNumber)
    // The first look is history.
    if (from === undefined || lastNumber <= from) return
    const fresh = view.rows.filter((row) => row.number !== undefined && row.number > from)
    const heard: Heard[] = fresh
      .filter((row) => !row.isMine && !row.isDeleted && !row.isBlocked)
      .map((row) => ({ author: row.author ? nameOf(row.author) : 'Somebody', body: row.body }))
    const unseen = view.hasNewer ? Math.max(0, lastNumber - from - fresh.length) : 0
    reader.add(heard, unseen)
  }, [view?.phase, view?.lastNumber, view?.rows])
}
