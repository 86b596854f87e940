import { LIMITS } from './limits.ts'
import type { RefusalCode } from './refusals.ts'

// Bidirectional overrides and isolates let a name reorder the text around it; a name needs none of them.
const BIDI_CONTROLS = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are exactly what a name must not carry.
const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g
// Letters and symbols that draw nothing: Hangul fillers and the blank Braille pattern.
const BLANKS = /[\u115f\u1160\u3164\uffa0\u2800]/g
const VISIBLE = /[\p{L}\p{N}\p{P}\p{S}]/u

/** True when the text has something to see: not only spaces, zero-width and blank characters. */
export function isVisible(text: string): boolean {
  return VISIBLE.test(text.replace(BLANKS, ''))
}

/** Well-formed UTF-16 without U+0000, which PostgreSQL cannot store. (SPEC C3) */
export function isStorable(text: string): boolean {
  return text.isWellFormed() && !text.includes('\u0000')
}

/** A person's or room's name or a topic as it is stored: one line, no control characters, single spaces, trimmed. */
export function cleanName(raw: string): string {
  return raw.replace(CONTROLS, ' ').replace(BIDI_CONTROLS, '').replace(/\s+/g, ' ').trim()
}

/** A message as it is stored: line feeds only, no blank lines at either end. */
export function cleanBody(raw: string): string {
  // `trimEnd`, because `/\s+$/` tries each run of spaces from each of its places: 64 KB of them would take 20 seconds.
  return raw
    .replace(/\r\n?/g, '\n')
    .trimEnd()
    .replace(/^(?:[^\S\n]*\n)+/, '')
}

// Each takes cleaned text and names what is wrong with it, or nothing.
export function personNameProblem(name: string): RefusalCode | undefined {
  if (!isVisible(name)) return 'name-empty'
  if (name.length > LIMITS.personNameLength) return 'name-too-long'
  return undefined
}

export function roomNameProblem(name: string): RefusalCode | undefined {
  if (!isVisible(name)) return 'room-name-empty'
  if (name.length > LIMITS.roomNameLength) return 'room-name-too-long'
  return undefined
}

export function topicProblem(topic: string): RefusalCode | undefined {
  return topic.length > LIMITS.topicLength ? 'topic-too-long' : undefined
}

export function bodyProblem(body: string): RefusalCode | undefined {
  if (!isVisible(body)) return 'message-empty'
  if (body.length > LIMITS.messageLength) return 'message-too-long'
  return undefined
}

// pattern: it is given 32 characters at most
const ONE_EMOJI = /^\p{RGI_Emoji}$/v

export function isEmoji(text: string): boolean {
  return text.length <= LIMITS.emojiLength && ONE_EMOJI.test(text)
}
