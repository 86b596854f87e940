import type { RoomView } from '@parley/client'
import { useRef } from 'preact/hooks'

const SHOWN = [
  'phase',
  'rows',
  'hasOlder',
  'hasNewer',
  'isLoadingOlder',
  'isLoadingNewer',
  'lastNumber',
  'newLineAt',
  'peer',
  'room',
] as const

/** What the timeline shows of a room: not who types or how far one has read, which change with every message. */
export type TalkView = Pick<RoomView, (typeof SHOWN)[number]>

/** The same value until something in it changes, so that the timeline is not drawn for nothing. Undefined: not known yet. */
export function useTalkView(view: RoomView | undefined): TalkView | undefined {
  const last = useRef<TalkView | undefined>(undefined)
  const known = view?.phase === 'live' || view?.phase === 'stale' ? view : undefined
  const before = last.current
  const isSame = known !== undefined && before !== undefined && SHOWN.every((key) => known[key] === before[key])
  if (!isSame) last.current = known
  return last.current
}
