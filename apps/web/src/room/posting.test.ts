import { expect, test } from 'bun:test'
import type { RowView } from '@parley/client'
import type { Room, User } from '@parley/protocol'
import { leftWords, type PostingView, postingOf, slowUntil, slowWords } from './posting.ts'

const room = (more: Partial<Room> = {}) => ({ kind: 'public', ...more }) as Room // as: only what the rules look at
const view = (more: Partial<PostingView> = {}): PostingView => ({
  room: room(),
  role: 'member',
  mutedUntil: undefined,
  peer: undefined,
  ...more,
})

test('who may post is said before they try: muted, read-only, blocked, deleted', () => {
  expect(postingOf(view(), false, 0)).toEqual({ kind: 'free' })
  expect(postingOf(view({ mutedUntil: 10 }), false, 5)).toEqual({ kind: 'muted', until: 10 })
  expect(postingOf(view({ mutedUntil: 10 }), false, 10)).toEqual({ kind: 'free' })
  const forEver = view({ mutedUntil: Number.MAX_SAFE_INTEGER })
  expect(postingOf(forEver, false, 5)).toEqual({ kind: 'muted', until: undefined })
  const readOnly = { room: room({ isReadOnly: true }) }
  expect(postingOf(view(readOnly), false, 0)).toEqual({ kind: 'read-only' })
  expect(postingOf(view({ ...readOnly, role: 'moderator' }), false, 0)).toEqual({ kind: 'free' })
  expect(postingOf(view({ ...readOnly, role: 'owner' }), false, 0)).toEqual({ kind: 'free' })
  const peer = { id: 'ann' } as User // as: see `room`
  expect(postingOf(view({ peer }), true, 0)).toEqual({ kind: 'blocked-peer' })
  expect(postingOf(view({ peer: { ...peer, isDeleted: true } }), true, 0)).toEqual({ kind: 'deleted-peer' })
})

test('slow mode counts from my own last message, and not for moderators', () => {
  const rows = [
    { isMine: true, postedAt: 1_000 },
    { isMine: false, postedAt: 9_000 },
  ] as RowView[] // as: see `room`
  const slow = { room: room({ slowSeconds: 30 }), rows }
  expect(slowUntil({ ...slow, role: 'member' }, 20_000)).toBe(31_000)
  expect(slowUntil({ ...slow, role: 'moderator' }, 20_000)).toBeUndefined()
  expect(slowUntil({ ...slow, room: room(), role: 'member' }, 20_000)).toBeUndefined()
  expect(slowUntil({ ...slow, rows: [], role: 'member' }, 20_000)).toBeUndefined()
  expect(slowUntil({ ...slow, role: 'member' }, 500)).toBe(30_500)
})

test('pauses in words', () => {
  expect([1, 30, 60, 300, 3_600, 21_600].map(slowWords)).toEqual([
    '1 second',
    '30 seconds',
    '1 minute',
    '5 minutes',
    '1 hour',
    '6 hours',
  ])
  expect([900, 61_000, 3_725_000].map(leftWords)).toEqual(['0:01', '1:01', '1:02:05'])
})
