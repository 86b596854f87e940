import { expect, test } from 'bun:test'
import { roomAfter } from './room-after.ts'

const rooms = [
  { id: 'a', unread: 0 },
  { id: 'b', unread: 2 },
  { id: 'c', unread: 0 },
]
const after = (from: string | undefined, step: 1 | -1, onlyUnread = false) =>
  roomAfter(rooms, from, step, onlyUnread)?.id

test('rooms are walked round and round', () => {
  expect(after('a', 1)).toBe('b')
  expect(after('c', 1)).toBe('a')
  expect(after('a', -1)).toBe('c')
})

test('from elsewhere one comes to the first or the last', () => {
  expect(after(undefined, 1)).toBe('a')
  expect(after(undefined, -1)).toBe('c')
})

test('unread ones only, and none when there is none but this', () => {
  expect(after('c', 1, true)).toBe('b')
  expect(after('a', -1, true)).toBe('b')
  expect(after('b', 1, true)).toBeUndefined()
  expect(roomAfter([], undefined, 1, false)).toBeUndefined()
})
