import { expect, test } from 'bun:test'
import { typingWords } from './typing-words.ts'

const said = (names: readonly string[], more = 0) =>
  typingWords(names, more)
    .map((word) => (typeof word === 'string' ? word : word.name))
    .join('')

test('one and two are named, more are several', () => {
  expect(said([])).toBe('')
  expect(said(['Ann'])).toBe('Ann is typing…')
  expect(said(['Ann', 'Bob'])).toBe('Ann and Bob are typing…')
  expect(said(['Ann', 'Bob', 'Cy'])).toBe('Several people are typing…')
  expect(said(['Ann'], 1)).toBe('Several people are typing…')
  expect(said([], 3)).toBe('Several people are typing…')
})
