import { expect, test } from 'bun:test'
import { drawn } from './lookalikes.ts'

test('[H4] digits are taken for what they are drawn like', () => {
  for (const [letters, digit] of [
    ['Ƨ', '2'],
    ['ƷЗ', '3'],
    ['Ꮞ', '4'],
    ['Ƽ', '5'],
    ['б', '6'],
  ] as const) {
    for (const letter of letters) expect(drawn(letter)).toBe(drawn(digit))
  }
})

test('[H4] boxed capitals are taken for capitals, all of them and nothing beside', () => {
  for (let index = 0; index < 26; index++) {
    const letter = drawn(String.fromCodePoint(0x41 + index))
    expect(drawn(String.fromCodePoint(0x1f150 + index))).toBe(letter)
    expect(drawn(String.fromCodePoint(0x1f170 + index))).toBe(letter)
  }
  for (const beside of [0x1f14f, 0x1f16a, 0x1f16f, 0x1f18a]) {
    expect(drawn(String.fromCodePoint(beside))).toBe(String.fromCodePoint(beside))
  }
})

test('[H4] what one eye reads as one is one', () => {
  expect(drawn('I1l')).toBe('lll')
  expect(drawn('O0')).toBe('OO')
  expect(drawn('mwW')).toBe('rnvvVV')
})
