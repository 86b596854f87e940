import type { SeededRandom } from '../../../tests/support/seeded-random.ts'

/** A text like this one with one to eight things changed. */
export function mutate(
  text: string,
  corpus: readonly string[],
  words: readonly string[],
  random: SeededRandom,
): string {
  let result = text
  for (let left = 1 << random.between(0, 3); left > 0; left--)
    result = random.pick(WAYS)(result, { corpus, words, random })
  return result
}

interface Stock {
  readonly corpus: readonly string[]
  readonly words: readonly string[]
  readonly random: SeededRandom
}

const WAYS: readonly ((text: string, stock: Stock) => string)[] = [
  (text, { words, random }) => put(text, random.pick(words), random),
  (text, { words, random }) => replace(text, random.pick(words), random),
  (text, { random }) => put(text, strange(random), random),
  (text, { random }) => replace(text, strange(random), random),
  (text, { random }) => replace(text, '', random),
  // A piece again, or many times.
  (text, { random }) => put(text, piece(text, random).repeat(1 << random.between(0, 5)), random),
  (text, { corpus, random }) => put(text, piece(random.pick(corpus), random), random),
  (text, { corpus, random }) => {
    const other = random.pick(corpus)
    return text.slice(0, place(text, random)) + other.slice(place(other, random))
  },
  (text, { random }) => text.replace(/\d+/, () => String(random.pick(NUMBERS))),
]

const NUMBERS = [0, -1, 1.5, 2 ** 31, 2 ** 53, '9007199254740993', '1e999', '00', 255]

function strange(random: SeededRandom): string {
  const code = random.pick([random.between(0, 0x7f), random.between(0, 0xffff), random.between(0x10000, 0x10ffff)])
  return String.fromCodePoint(code)
}

function place(text: string, random: SeededRandom): number {
  return random.between(0, text.length)
}

function piece(text: string, random: SeededRandom): string {
  const from = place(text, random)
  return text.slice(from, from + random.between(1, 24))
}

function put(text: string, words: string, random: SeededRandom): string {
  const at = place(text, random)
  return text.slice(0, at) + words + text.slice(at)
}

function replace(text: string, words: string, random: SeededRandom): string {
  const at = place(text, random)
  return text.slice(0, at) + words + text.slice(at + random.between(1, 12))
}
