import { expect, test } from 'bun:test'
import type { RoomRole } from '@parley/protocol'
import { mustWaitAfter, requireMayPostNow } from './posting.ts'
import { Refusal } from './refusal.ts'

const free = { isReadOnly: false, slowSeconds: 0, postedAt: undefined, now: 100_000 }

function judged(posting: Parameters<typeof requireMayPostNow>[0]): Refusal | undefined {
  try {
    requireMayPostNow(posting)
    return undefined
  } catch (error) {
    if (error instanceof Refusal) return error
    throw error
  }
}

const EXEMPT: Record<RoomRole, boolean> = { owner: true, moderator: true, member: false, guest: false }

for (const [role, isExempt] of Object.entries(EXEMPT) as [RoomRole, boolean][]) {
  // as: its keys
  test(`[O6] ${role}: read-only rooms and slow ones`, () => {
    const slow = { ...free, role, slowSeconds: 30 }
    expect(judged({ ...free, role })).toBeUndefined()
    expect(judged({ ...free, role, isReadOnly: true })?.code).toBe(isExempt ? undefined : 'read-only')
    expect(judged(slow)).toBeUndefined()
    expect(judged({ ...slow, postedAt: 70_000 })).toBeUndefined()
    expect(judged({ ...slow, postedAt: 70_001 })?.retryAfterMs).toBe(isExempt ? undefined : 1)
    expect(judged({ ...slow, postedAt: 100_000 })?.code).toBe(isExempt ? undefined : 'slow-mode')
    expect(judged({ ...free, role, postedAt: 100_000 })).toBeUndefined()
    expect(mustWaitAfter({ role, slowSeconds: 0 })).toBe(false)
    expect(mustWaitAfter({ role, slowSeconds: 1 })).toBe(!isExempt)
  })
}

test('[O6] a clock that was set back by an hour silences nobody for an hour', () => {
  expect(judged({ ...free, role: 'member', slowSeconds: 30, postedAt: 3_700_000 })?.retryAfterMs).toBe(30_000)
})
