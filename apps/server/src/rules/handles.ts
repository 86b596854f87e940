import { cleanName, LIMITS, personNameProblem } from '@parley/protocol'
import { drawn } from './lookalikes.ts'
import { refuse } from './refusal.ts'

/** A person's name, read from what they typed. */
export interface PersonName {
  /** As others see it. */
  readonly displayName: string
  /** As others address it: `Ann Lee` → `ann-lee`, in any script. */
  readonly handle: string
  /** Two people never share one of these: handle and name without case, the handle's first. */
  readonly plainKeys: readonly [string, ...string[]]
  /**
   * How the name looks, as typed and in capitals. Two names that share one of these cannot be told apart by eye. Capitals are
   * looked at too because `BlLL` is taken for Bill shouting, though it looks like no name as Bill types it.
   */
  readonly looks: readonly string[]
  /** The handle was made of the name, not chosen. */
  readonly isDerived: boolean
}

/** Refuses a name that shows nothing or is too long. (SPEC A7) */
export function readPersonName(typed: string): PersonName {
  const displayName = cleanName(typed.toWellFormed())
  const problem = personNameProblem(displayName)
  if (problem) refuse(problem)
  return nameOf(displayName, handleOf(displayName), [displayName])
}

/** A name and a handle that was chosen apart from it. Refuses `handle-invalid` and what `readPersonName` refuses. */
export function readAccountName(typedHandle: string, typedName: string): PersonName {
  const { displayName } = readPersonName(typedName)
  const handle = plainHandle(typedHandle)
  if (!HANDLE.test(handle) || handle.length > LIMITS.handleLength) refuse('handle-invalid')
  return nameOf(displayName, handle, [displayName, handle])
}

/** Another name for somebody whose handle stays. */
export function readOtherName(handle: string, typedName: string): PersonName {
  const { displayName } = readPersonName(typedName)
  return nameOf(displayName, handle, [displayName, handle])
}

/** The keys under which somebody who types this to sign in may be known: by the handle, or by the name it was made of. */
export function keysToSignIn(typed: string): readonly [string, string] {
  return [foldCase(plainHandle(typed)), foldCase(handleOf(cleanName(typed.toWellFormed()).slice(0, HANDLE_LENGTH)))]
}

function nameOf(displayName: string, handle: string, seen: readonly string[]): PersonName {
  const [first, ...others] = new Set([foldCase(handle), foldCase(handleOf(displayName))])
  const looks = new Set(seen.flatMap((text) => [lookOf(text), lookOf(text.normalize('NFKC').toUpperCase())]))
  const isDerived = seen.length === 1
  return { displayName, handle, plainKeys: [first ?? '', ...others], looks: [...looks].sort(), isDerived }
}

/** Other names for the same person, to be tried in order: `Ann 2`, `Ann 3`, … */
export function nameWithNumber(displayName: string, number: number): string {
  const stem = displayName.replace(/ \d{1,6}$/, '')
  const ending = ` ${number}`
  return cutTo(stem, LIMITS.personNameLength - ending.length).trimEnd() + ending
}

/** The beginning of a text that fits, never ending inside a character as people see it. */
export function cutTo(text: string, length: number): string {
  let result = ''
  for (const { segment } of CHARACTERS.segment(text)) {
    if (result.length + segment.length > length) break
    result += segment
  }
  return result
}

const CHARACTERS = new Intl.Segmenter('en', { granularity: 'grapheme' })

// Zero-width characters, variation selectors, fillers and the blank Braille pattern draw nothing.
const INVISIBLE = /[\p{Default_Ignorable_Code_Point}\u2800]/gu
const QUOTES = /['’‘ʼ`´ʻ]/g
// `@` starts a mention and most punctuation ends one; the signs after `--` are kept, so that `C#` and `C` stay two names.
// pattern: one class and nothing around it
const SEPARATORS = /[[\p{P}\p{Z}]--[\#\&%*!?]]+/gv
const SPEAKING = /[\p{L}\p{N}\p{S}#&%*!?]/u
const HANDLE_LENGTH = 64
/** No handle was ever typed longer, with its accents as letters of their own. */
const MOST_TYPED = 256

/** 2 to 32 letters, digits, dots or hyphens; a sign at either end would be taken for punctuation around it. */
// pattern: anchored, and only the last character is looked for backwards
const HANDLE = /^[\p{L}\p{N}][\p{L}\p{M}\p{N}.\-]*[\p{L}\p{M}\p{N}]$/v

function plainHandle(typed: string): string {
  const text = cleanName(typed.toWellFormed()).replace(/^@/, '')
  // Putting marks in order takes time by the square of their number: 30,000 over one letter would stop everybody for seconds.
  if (text.length > MOST_TYPED) return ''
  return text.normalize('NFKC').replace(INVISIBLE, '').toLowerCase().normalize('NFC')
}

function handleOf(displayName: string): string {
  const plain = displayName.normalize('NFKC').replace(INVISIBLE, '').toLowerCase().normalize('NFC')
  const words = plain.replace(QUOTES, '').replace(SEPARATORS, '-').replace(/^-|-$/g, '')
  // A name of nothing but punctuation is its own handle.
  const handle = SPEAKING.test(words) ? words : plain.replace(/\s+/g, '-')
  return [...handle].slice(0, HANDLE_LENGTH).join('')
}

/** Unicode's full case folding, nearly: upper and lower case undo each other only after a second round. */
function foldCase(text: string): string {
  const once = text.toUpperCase().toLowerCase().replaceAll('ς', 'σ').normalize('NFKC')
  return once.toUpperCase().toLowerCase().replaceAll('ς', 'σ').normalize('NFKC')
}

// Marks that strike a letter through or enclose it, and a dot above a letter that has one already.
const OVERLAYS = /[\u0334-\u0338\u20d2-\u20ef\p{Me}]/gu
const SECOND_DOTS = /([ijl])\u0307+/g

/** The skeleton of UTS 39 with its case kept, and without what separates words: `AnnLee` is taken for `Ann Lee`. */
function lookOf(text: string): string {
  const letters = drawn(text.normalize('NFKD').replace(INVISIBLE, '').replace(OVERLAYS, ''))
  const joined = letters.replace(QUOTES, '').replace(SEPARATORS, '')
  return (SPEAKING.test(joined) ? joined : letters).replace(SECOND_DOTS, '$1')
}
