import type { LobbyRoom } from '@parley/protocol'
import { LIMITS } from '@parley/protocol'
import { useEffect, useRef, useState } from 'preact/hooks'
import { chat } from '../chat.ts'

export type ListName = 'active' | 'existing'

interface Page {
  readonly after: string | undefined
  readonly rooms: readonly LobbyRoom[]
  readonly next: string | undefined
}

export interface RoomPages {
  readonly rooms: readonly LobbyRoom[]
  /** Undefined until the first answer. */
  readonly total: number | undefined
  readonly hasMore: boolean
  readonly isAsking: boolean
  readonly hasFailed: boolean
  more(): void
}

interface Asked {
  readonly pages: readonly Page[]
  readonly total: number | undefined
  readonly isAsking: boolean
  readonly hasFailed: boolean
}

const NOTHING: Asked = { pages: [], total: undefined, isAsking: false, hasFailed: false }
/** Repeated so often at most while the lobby changes. (SPEC G1) */
const REFRESH_MS = 1_000
/** Of many pages only the last few are in sight. */
const REFRESHED_PAGES = 3

export interface RoomPagesAsk {
  readonly list: ListName
  readonly filter: string
  /** False: nothing is asked and nothing answered. */
  readonly isWanted: boolean
  /** Of the lobby; another one means that the pages may have changed. */
  readonly version: number
}

/** The lobby beyond what the server tells by itself: filtered, or deeper than the first 200 rooms. */
export function useRoomPages({ list, filter, isWanted, version }: RoomPagesAsk): RoomPages {
  const [asked, setAsked] = useState<Asked>(NOTHING)
  // Counts what was asked, so that a late answer to an older question is dropped.
  const question = useRef(0)
  const latest = useRef(asked)
  latest.current = asked

  const load = async (after: string | undefined, keep: readonly Page[]): Promise<void> => {
    const mine = ++question.current
    setAsked((before) => ({ ...before, isAsking: true, hasFailed: false }))
    try {
      const page = await askPage(list, filter, after)
      if (mine !== question.current) return
      setAsked({ pages: [...keep, page], total: page.total, isAsking: false, hasFailed: false })
    } catch {
      // Refused or cut off: what is shown stays, and "Show more" asks again.
      if (mine === question.current) setAsked((before) => ({ ...before, isAsking: false, hasFailed: true }))
    }
  }

  useEffect(() => {
    question.current += 1
    if (!isWanted) setAsked(NOTHING)
    else void load(undefined, [])
  }, [list, filter, isWanted])

  useEffect(() => {
    if (!isWanted || latest.current.pages.length === 0) return
    const timer = setTimeout(() => void refresh(), REFRESH_MS)
    return () => clearTimeout(timer)
  }, [version, isWanted])

  const refresh = async (): Promise<void> => {
    const mine = question.current
    const { pages } = latest.current
    const first = Math.max(0, pages.length - REFRESHED_PAGES)
    const fresh = await Promise.all(pages.slice(first).map((page) => askPage(list, filter, page.after))).catch(() => [])
    const newest = fresh.at(-1)
    if (mine !== question.current || !newest) return
    setAsked((before) => ({ ...before, pages: [...pages.slice(0, first), ...fresh], total: newest.total }))
  }

  const last = asked.pages.at(-1)
  return {
    rooms: asked.pages.flatMap((page) => page.rooms),
    total: asked.total,
    hasMore: last?.next !== undefined,
    isAsking: asked.isAsking,
    hasFailed: asked.hasFailed,
    more: () => {
      if (!latest.current.isAsking && last?.next !== undefined) void load(last.next, latest.current.pages)
    },
  }
}

async function askPage(
  list: ListName,
  filter: string,
  after: string | undefined,
): Promise<Page & { readonly total: number }> {
  const { rooms, next, total } = await chat.listRooms({
    list,
    limit: LIMITS.roomsPerPage,
    ...(filter && { filter }),
    ...(after !== undefined && { after }),
  })
  return { after, rooms, next, total }
}
