import { expect, test } from 'bun:test'
import { isEmojiOnly } from './emoji-only.ts'

test('a few emoji and nothing else are shown large', () => {
  for (const body of ['🎉', '👍🏽 👩‍👩‍👧‍👦', '🇩🇪🇫🇷', '❤️❤️❤️', '😀😀😀😀😀😀']) expect(isEmojiOnly(body)).toBe(true)
})

test('digits, words, many emoji and nothing at all are not', () => {
  for (const body of ['', ' ', '1', '#', 'ok 👍', '😀😀😀😀😀😀😀', '😀'.repeat(4_000), ' '.repeat(8_000), '©']) {
    expect(isEmojiOnly(body)).toBe(false)
  }
})

test('no message keeps a browser busy: what can be cut up in many ways is judged at once', () => {
  const startedAt = performance.now()
  for (const unit of ['👍🏽', '🏴󠁧󠁢󠁥󠁮󠁧󠁿', '👩‍👩‍👧‍👦', '🇩🇪', '❤️', ' ']) {
    for (let count = 1; count <= 48; count++) {
      expect(isEmojiOnly(`${unit.repeat(count)}x`)).toBe(false)
      isEmojiOnly(unit.repeat(count))
    }
  }
  expect(performance.now() - startedAt).toBeLessThan(1_000)
})
