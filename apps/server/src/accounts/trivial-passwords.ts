import { TRIVIAL_WORDS } from './trivial-words.ts'

/**
 * Whether this is among the first that an attacker tries: a well-known one or what it is usually varied to, keys in a row,
 * the same again and again, or what everybody can see of the person.
 */
export function isTrivialPassword(password: string, about: readonly string[]): boolean {
  const text = password.toLowerCase()
  if (new Set(text).size <= 3 || isRepeated(text) || isInOrder(text)) return true
  const stems = [stemOf(text), stemOf(unleeted(text)), unleeted(text)].map(joined)
  if (stems.some((stem) => isWord(stem))) return true
  return about.some((words) => isAboutPerson(stems, words))
}

const joined = (text: string): string => text.replace(/[^\p{L}\p{N}]/gu, '')

/** What is left without the digits and signs that people put around a word. */
// pattern: a password has at most 256 characters when it comes here
const stemOf = (text: string): string => text.replace(/^[^\p{L}]+|[^\p{L}]+$/gu, '')

const LEET: Readonly<Record<string, string>> = {
  '@': 'a',
  '4': 'a',
  '0': 'o',
  '1': 'i',
  '3': 'e',
  $: 's',
  '5': 's',
  '7': 't',
}
// pattern: as above
const unleeted = (text: string): string => text.replace(/\d+$/, '').replace(/[@4013$57]/g, (sign) => LEET[sign] ?? sign)

/** One well-known word, or two of them in a row. */
function isWord(stem: string): boolean {
  if (TRIVIAL_WORDS.has(stem)) return true
  for (let cut = 3; cut <= stem.length - 3; cut++) {
    if (TRIVIAL_WORDS.has(stem.slice(0, cut)) && TRIVIAL_WORDS.has(stem.slice(cut))) return true
  }
  return false
}

function isAboutPerson(stems: readonly string[], words: string): boolean {
  const plain = words
    .toLowerCase()
    .normalize('NFKC')
    .replace(/@.*/s, '')
    .replace(/[^\p{L}\p{N}]/gu, '')
  const letters = stemOf(plain)
  return plain.length >= 3 && stems.some((stem) => stem === plain || (letters.length >= 3 && stem === letters))
}

/** `abcabcabc`. */
function isRepeated(text: string): boolean {
  return text.length > 1 && (text + text).indexOf(text, 1) < text.length
}

const ROWS = [
  'abcdefghijklmnopqrstuvwxyz',
  '01234567890',
  'qwertyuiop',
  'asdfghjkl',
  'zxcvbnm',
  'qwertzuiop',
  'azertyuiop',
]
const COLUMNS = ['1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p', '1q2w3e4r5t6y7u8i9o0p']
const KEYS = [...ROWS, ...COLUMNS, ROWS.slice(1, 5).join('')]
const RUNS = [...KEYS, ...KEYS.map((row) => [...row].reverse().join(''))]

/** Made of at most three runs of neighbouring keys, letters or digits: `qwertyuiop`, `abcd123456`. */
function isInOrder(text: string): boolean {
  // pattern: as above
  let rest = text.replace(/[^\p{L}\p{N}]+$/u, '')
  for (let runs = 0; runs < 3 && rest !== ''; runs++) {
    let length = 0
    while (length < rest.length && RUNS.some((row) => row.includes(rest.slice(0, length + 1)))) length++
    if (length < 3) return false
    rest = rest.slice(length)
  }
  return rest === ''
}
