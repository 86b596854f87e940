/** What a generated face is made of; the same name (or seed) always gives the same face. */
export interface Face {
  readonly initials: string
  /** Degrees. */
  readonly hue: number
  /** Which of the patterns, and by how many quarter turns. */
  readonly pattern: number
  readonly quarterTurns: number
}

// Spaced by eye, not by degree: neighbours must still look different, and red is left to danger.
const HUES = [42, 66, 92, 122, 148, 172, 200, 226, 252, 282, 312, 345] as const
export const PATTERNS = 4

export function faceOf(name: string, seed = name): Face {
  const hash = hashOf(seed)
  return {
    initials: initialsOf(name),
    hue: HUES[hash % HUES.length] ?? HUES[0],
    pattern: Math.floor(hash / 16) % PATTERNS,
    quarterTurns: Math.floor(hash / 128) % 4,
  }
}

/**
 * "Ann Lee" → "AL", "ann" → "A", "李小龍" → "李", "🦊 fox" → "🦊". Two letters only where letters stand apart: joined
 * and syllabic scripts get one grapheme.
 */
export function initialsOf(name: string): string {
  const words = name
    .normalize('NFC')
    .split(/[\s._\-–—/|,]+/u)
    .map(firstGrapheme)
    .filter((grapheme) => grapheme !== '')
  const first = words[0]
  if (first === undefined) return '?'
  const last = words.at(-1)
  const isPair = words.length > 1 && last !== undefined && isAlphabetic(first) && isAlphabetic(last)
  return isPair ? upper(first) + upper(last) : upper(first)
}

/** FNV-1a over UTF-16 units, 32 bits, then one round of mixing so that "user1" and "user2" part ways. */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x45d9f3b)
  return (hash ^ (hash >>> 15)) >>> 0
}

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' })

/** The first grapheme that shows something; quotes, brackets and invisible characters are passed over. */
function firstGrapheme(word: string): string {
  for (const { segment } of graphemes.segment(word)) {
    if (/[\p{L}\p{N}\p{Extended_Pictographic}\p{Regional_Indicator}\p{So}]/u.test(segment)) return segment
  }
  return ''
}

function isAlphabetic(grapheme: string): boolean {
  return /^[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{Script=Armenian}\p{Script=Georgian}\p{N}]/u.test(
    grapheme,
  )
}

function upper(grapheme: string): string {
  const raised = grapheme.toLocaleUpperCase('en')
  // "ß" would become two letters.
  return [...graphemes.segment(raised)].length === 1 ? raised : grapheme
}
