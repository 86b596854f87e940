import { beforeEach, expect, test } from 'bun:test'
import { dismissToast, showToast, toasts } from './toasts.ts'

beforeEach(() => {
  toasts.value = []
})

test('good news goes by itself, bad news and offers wait for the person', () => {
  showToast('Room created')
  showToast('The room could not be created', { tone: 'danger' })
  showToast('Signed out elsewhere', { actions: [{ label: 'Sign in', onSelect: () => {} }] })
  expect(toasts.value.map((toast) => toast.durationMs)).toEqual([6_000, null, null])
})

test('a toast with the same key takes the place of the former', () => {
  showToast('3 messages not sent', { key: 'outbox' })
  showToast('4 messages not sent', { key: 'outbox' })
  expect(toasts.value.map((toast) => toast.text)).toEqual(['4 messages not sent'])
})

test('only the last four are kept, and each can be dismissed', () => {
  const ids = Array.from({ length: 6 }, (_, index) => showToast(`notice ${index}`))
  expect(toasts.value.map((toast) => toast.text)).toEqual(['notice 2', 'notice 3', 'notice 4', 'notice 5'])
  dismissToast(ids[3] ?? 0)
  expect(toasts.value.map((toast) => toast.text)).toEqual(['notice 2', 'notice 4', 'notice 5'])
})
