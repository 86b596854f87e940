import type { RoomRole } from '@parley/protocol'
import { mayInRoom } from './permissions.ts'
import { Refusal, refuse } from './refusal.ts'

/** What the rules for posting need to know, read under the room's lock. */
export interface Posting {
  readonly role: RoomRole
  readonly isReadOnly: boolean
  /** 0: no slow mode. */
  readonly slowSeconds: number
  /** When they last posted while the room was slow, epoch ms. */
  readonly postedAt: number | undefined
  readonly now: number
}

/** Refuses where the room is read-only or slow, except for those who are exempt. (SPEC O6) */
export function requireMayPostNow(posting: Posting): void {
  const { role, isReadOnly } = posting
  if (isReadOnly && !mayInRoom('post-while-read-only', role)) refuse('read-only')
  const retryAfterMs = waitsFor(posting)
  if (retryAfterMs > 0) throw new Refusal('slow-mode', { retryAfterMs })
}

/** Whether a post has to be remembered, because the next one waits for it. */
export function mustWaitAfter({ role, slowSeconds }: Pick<Posting, 'role' | 'slowSeconds'>): boolean {
  return slowSeconds > 0 && !mayInRoom('post-without-waiting', role)
}

// Never longer than the slow mode itself: the clock may have been set back since, and the mode made quicker.
function waitsFor({ role, slowSeconds, postedAt, now }: Posting): number {
  if (postedAt === undefined || !mustWaitAfter({ role, slowSeconds })) return 0
  const slowMs = slowSeconds * 1_000
  return Math.min(slowMs, postedAt + slowMs - now)
}
