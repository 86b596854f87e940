import { randomBytes } from 'node:crypto'

const LETTERS = 'abcdefghijkmnpqrstuvwxyz'
const MARKER_LETTERS = 12
const OWN_LETTERS = 8

/** Kept until it is erased, replaced or erased before that already, or never kept at all, as passwords are. */
export type Lifetime = 'kept' | 'replaced' | 'passing'

/** Where somebody typed it; what has to be gone. */
export interface Canary {
  readonly word: string
  readonly where: string
  readonly lifetime: Lifetime
}

/** Words that nobody else writes: each begins with the run's own marker, so that one search finds them all. */
export class Canaries {
  readonly marker = letters(MARKER_LETTERS)
  readonly #known = new Map<string, Canary>()

  word(where: string, lifetime: Lifetime = 'kept'): string {
    const word = this.marker + letters(OWN_LETTERS)
    this.#known.set(word, { word, where, lifetime })
    return word
  }

  get all(): readonly Canary[] {
    return [...this.#known.values()]
  }

  /** Which canaries stand in a text. */
  in(text: string): string[] {
    const found = text.match(new RegExp(`${this.marker}[a-z]{${OWN_LETTERS}}`, 'gi')) ?? []
    return [...new Set(found.map((word) => word.toLowerCase()))].filter((word) => this.#known.has(word))
  }

  whereOf(word: string): string {
    return this.#known.get(word)?.where ?? 'unknown'
  }
}

function letters(count: number): string {
  return Array.from(randomBytes(count), (byte) => LETTERS[byte % LETTERS.length]).join('')
}

/** A text as long as can be posted, which no database can pack, with a word at many places. */
export function longTextWith(word: string, length: number): string {
  let text = ''
  while (text.length + word.length + 400 < length) text += `${letters(380)} ${word} `
  return text
}
