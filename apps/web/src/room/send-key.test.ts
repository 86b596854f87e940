import { expect, test } from 'bun:test'
import { isPlainEnter, isSendChord } from './send-key.ts'

const key = {
  key: 'Enter',
  keyCode: 13,
  isComposing: false,
  shiftKey: false,
  altKey: false,
  ctrlKey: false,
  metaKey: false,
}

test('Enter sends, with Shift it does not', () => {
  expect(isPlainEnter(key)).toBe(true)
  expect(isPlainEnter({ ...key, shiftKey: true })).toBe(false)
  expect(isPlainEnter({ ...key, key: 'a' })).toBe(false)
  expect(isSendChord({ ...key, ctrlKey: true })).toBe(true)
  expect(isSendChord(key)).toBe(false)
})

test('an input method never sends', () => {
  for (const press of [
    { ...key, isComposing: true },
    { ...key, keyCode: 229 },
  ]) {
    expect(isPlainEnter(press)).toBe(false)
    expect(isSendChord({ ...press, ctrlKey: true })).toBe(false)
  }
})
