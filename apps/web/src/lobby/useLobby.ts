import type { LobbyRoom } from '@parley/protocol'
import { useEffect, useMemo, useState } from 'preact/hooks'
import { chat, useObservable } from '../chat.ts'
import { joinRooms, matchesFilter } from './room-order.ts'
import { type ListName, type RoomPages, useRoomPages } from './useRoomPages.ts'

export interface RoomList {
  /** Undefined: not known yet. */
  readonly rooms: readonly LobbyRoom[] | undefined
  readonly total: number
  readonly hasMore: boolean
  readonly isAsking: boolean
  readonly hasFailed: boolean
  more(): void
}

/** One list of the lobby: what the server tells by itself, and by asking whatever lies beyond. */
export function useRoomList(list: ListName, filter: string): RoomList {
  const lobby = useObservable(chat.lobby)
  const told = lobby?.[list]
  const total = lobby?.totals[list] ?? 0
  const isWhole = told !== undefined && told.length >= total
  const [isDeep, setDeep] = useState(false)
  useEffect(() => setDeep(false), [list, filter])
  const pages = useRoomPages({
    list,
    filter,
    isWanted: told !== undefined && !isWhole && (filter !== '' || isDeep),
    version: lobby?.version ?? 0,
  })
  // The first page is what was told already; it is only the way to the second.
  useEffect(() => {
    if (isDeep && filter === '' && pages.rooms.length > 0 && pages.rooms.length <= (told?.length ?? 0)) pages.more()
  }, [isDeep, pages.rooms.length])

  const found = useMemo(() => {
    if (told === undefined) return undefined
    const near = filter === '' ? told : told.filter((room) => matchesFilter(room, filter))
    return joinRooms(near, pages.rooms)
  }, [told, filter, pages.rooms.length, pages.rooms[0], pages.isAsking])

  return {
    rooms: found,
    total: totalOf(filter, isWhole ? found?.length : pages.total, found?.length ?? 0, total),
    hasMore: hasMore(filter, isWhole, isDeep, pages),
    isAsking: pages.isAsking,
    hasFailed: pages.hasFailed,
    more: () => {
      if (filter === '' && !isDeep) setDeep(true)
      else pages.more()
    },
  }
}

function totalOf(filter: string, counted: number | undefined, shown: number, total: number): number {
  return filter === '' ? total : (counted ?? shown)
}

function hasMore(filter: string, isWhole: boolean, isDeep: boolean, pages: RoomPages): boolean {
  if (isWhole) return false
  return (filter === '' && !isDeep) || pages.hasMore || pages.isAsking
}
