import { afterEach, expect, test } from 'bun:test'
import { matches, registerShortcut, shortcuts } from './shortcuts.ts'

const press = (key: string, held: Partial<Record<'alt' | 'ctrl' | 'meta' | 'shift', boolean>> = {}) => ({
  key,
  altKey: held.alt ?? false,
  ctrlKey: held.ctrl ?? false,
  metaKey: held.meta ?? false,
  shiftKey: held.shift ?? false,
})

afterEach(() => {
  shortcuts.value = []
})

test('keys match with exactly what is held', () => {
  expect(matches('Alt+ArrowUp', press('ArrowUp', { alt: true }))).toBe(true)
  expect(matches('Alt+ArrowUp', press('ArrowUp', { alt: true, shift: true }))).toBe(false)
  expect(matches('Alt+Shift+ArrowUp', press('ArrowUp', { alt: true, shift: true }))).toBe(true)
  expect(matches('Escape', press('Escape'))).toBe(true)
  expect(matches('Escape', press('Escape', { ctrl: true }))).toBe(false)
})

test('Mod is Ctrl, and ⌘ on a Mac', () => {
  expect(matches('Mod+/', press('/', { ctrl: true }), false)).toBe(true)
  expect(matches('Mod+/', press('/', { meta: true }), false)).toBe(false)
  expect(matches('Mod+/', press('/', { meta: true }), true)).toBe(true)
})

test('a sign may need Shift on this keyboard', () => {
  expect(matches('Mod+/', press('/', { ctrl: true, shift: true }), false)).toBe(true)
})

test('what is registered is listed until it is taken back', () => {
  const stop = registerShortcut({ keys: 'x', about: 'Something', group: 'Everywhere' })
  expect(shortcuts.value.map(({ about }) => about)).toEqual(['Something'])
  stop()
  expect(shortcuts.value).toEqual([])
})
