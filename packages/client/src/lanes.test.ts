import { expect, test } from 'bun:test'
import type { CommandId, MessageId, RoomId, UserId } from '@parley/protocol'
import fc from 'fast-check'
import { sendable } from './lanes.ts'
import { mergeChange } from './merge-change.ts'
import type { OutboxCommand, OutboxEntry } from './outbox-entry.ts'

function entry(id: string, more: Partial<OutboxEntry> = {}): OutboxEntry {
  return {
    id: id as CommandId,
    userId: 'ann' as UserId,
    roomId: 'designers' as RoomId,
    tabId: 'tab',
    order: 1,
    createdAt: 0,
    command: { name: 'post-message', body: id },
    isWritten: false,
    isSending: false,
    refusal: undefined,
    ...more,
  }
}
const on = (id: string) => ({ commandId: id as CommandId })
const ids = (entries: readonly OutboxEntry[]) => entries.map(({ id }): string => id)

test('[F3] nothing overtakes: at most `width` under way, always a prefix, never past one that must go again', () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { maxLength: 12 }), fc.integer({ min: 1, max: 8 }), (sending, width) => {
      const queue = sending.map((isSending, index) => entry(`${index}`, { isSending }))
      const next = sendable(queue, width)
      if (next.length === 0) return
      const first = Number(next[0]?.id)
      expect(ids(next)).toEqual(next.map((_, index) => `${first + index}`))
      expect(sending.slice(0, first).every(Boolean)).toBe(true)
      expect(sending.slice(first).some(Boolean)).toBe(false)
      expect(first + next.length).toBeLessThanOrEqual(Math.max(width, first))
    }),
  )
})

test('[F4] an edit of a message that has no id yet waits, and so does what comes after it', () => {
  const edit = entry('edit', { command: { name: 'edit-message', target: on('a'), body: 'b' } })
  expect(ids(sendable([entry('a', { isSending: true }), edit, entry('c')], 8))).toEqual([])
  expect(ids(sendable([entry('a'), edit, entry('c')], 8))).toEqual(['a'])
})

test('[F4] an edit merges into a post that was never written, and else queues behind it', () => {
  const edit = { name: 'edit-message', target: on('a'), body: 'better' } as const
  const fresh = mergeChange([entry('a')], edit)
  expect(fresh).toMatchObject({
    isQueued: false,
    replaced: [{ id: 'a', command: { name: 'post-message', body: 'better' } }],
  })
  expect(mergeChange([entry('a', { isWritten: true })], edit)).toMatchObject({ isQueued: true, replaced: [] })
})

test('[F4] a second edit replaces a first one that was never written', () => {
  const first = entry('e', { command: { name: 'edit-message', target: on('a'), body: 'one' } })
  const merged = mergeChange([entry('a', { isWritten: true }), first], {
    name: 'edit-message',
    target: on('a'),
    body: 'two',
  })
  expect(merged).toMatchObject({ isQueued: false, replaced: [{ id: 'e', command: { body: 'two' } }] })
})

test('[F4] deleting a post that was never written withdraws it with everything about it', () => {
  const deletion = { name: 'delete-message', target: on('a') } as const
  expect(mergeChange([entry('a'), entry('b')], deletion)).toEqual({
    replaced: [],
    removed: ['a' as CommandId],
    isQueued: false,
  })
  expect(mergeChange([entry('a', { isWritten: true })], deletion).isQueued).toBe(true)
})

test('[M4] a reaction given and taken back before it was written never happened', () => {
  const target = { messageId: 'm' as MessageId }
  const given: OutboxCommand = { name: 'add-reaction', target, emoji: '👍' }
  const taken = { name: 'remove-reaction', target, emoji: '👍' } as const
  expect(mergeChange([entry('r', { command: given })], taken)).toMatchObject({ removed: ['r'], isQueued: false })
  expect(mergeChange([entry('r', { command: given, isWritten: true })], taken).isQueued).toBe(true)
  expect(mergeChange([entry('r', { command: given })], { ...taken, emoji: '🎉' }).isQueued).toBe(true)
})
