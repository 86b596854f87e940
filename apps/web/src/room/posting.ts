import type { RoomView, RowView } from '@parley/client'
import { mayModerate } from '../people/rank.ts'

/** Whether I may say something here now, and if not, why. */
export type Posting =
  | { readonly kind: 'free' }
  | { readonly kind: 'muted'; readonly until: number | undefined }
  | { readonly kind: 'read-only' }
  | { readonly kind: 'blocked-peer' }
  | { readonly kind: 'deleted-peer' }

export type PostingView = Pick<RoomView, 'room' | 'role' | 'mutedUntil' | 'peer'>

const FREE: Posting = { kind: 'free' }

export function postingOf(view: PostingView, isPeerBlocked: boolean, now: number): Posting {
  const { room, role, mutedUntil = 0, peer } = view
  if (peer?.isDeleted) return { kind: 'deleted-peer' }
  if (peer && isPeerBlocked) return { kind: 'blocked-peer' }
  if (mutedUntil > now) return { kind: 'muted', until: mutedUntil < Number.MAX_SAFE_INTEGER ? mutedUntil : undefined }
  if (room?.isReadOnly && !mayModerate(role)) return { kind: 'read-only' }
  return FREE
}

/** In slow mode: when I may post again, epoch ms, judged by my last message in sight; undefined where there is no pause. */
export function slowUntil(
  { room, role, rows }: Pick<RoomView, 'room' | 'role'> & { readonly rows: readonly RowView[] },
  now: number,
): number | undefined {
  const pauseMs = (room?.slowSeconds ?? 0) * 1_000
  if (pauseMs === 0 || mayModerate(role)) return undefined
  const last = rows.findLast((row) => row.isMine)
  // The server's clock may be ahead of mine; longer than the pause nobody waits.
  return last && Math.min(last.postedAt, now) + pauseMs
}

export function slowWords(seconds: number): string {
  if (seconds < 60) return seconds === 1 ? '1 second' : `${seconds} seconds`
  if (seconds < 3_600) return seconds < 120 ? '1 minute' : `${Math.round(seconds / 60)} minutes`
  return seconds < 7_200 ? '1 hour' : `${Math.round(seconds / 3_600)} hours`
}

/** "0:09", "12:30": what is left of a pause. */
export function leftWords(leftMs: number): string {
  const seconds = Math.ceil(leftMs / 1_000)
  const rest = String(seconds % 60).padStart(2, '0')
  const minutes = Math.floor(seconds / 60)
  return minutes < 60
    ? `${minutes}:${rest}`
    : `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, '0')}:${rest}`
}
