import { type Refusal, RefusalError, UnreachableError } from '@parley/client'
import { refusalWords, secondsWords } from '../refusal-words.ts'

export const AWAY = 'The server does not answer, so nothing was changed. What you typed is kept; try again in a moment.'

/** What to say about anything that a request was rejected with. */
export function troubleWords(error: unknown): string {
  const refusal = refusalOf(error)
  return refusal ? sendWords(refusal) : AWAY
}

/** Undefined: the server is away. */
export function refusalOf(error: unknown): Refusal | undefined {
  if (error instanceof RefusalError) return error
  if (error instanceof UnreachableError) return undefined
  throw error
}

/** Here nothing goes on by itself: a password is never sent without a press. */
export function sendWords(refusal: Refusal): string {
  if (refusal.code !== 'busy') return refusalWords(refusal)
  const when = refusal.retryAfterMs === undefined ? 'in a moment' : `in ${secondsWords(refusal.retryAfterMs)}`
  return `That was too often just now. Nothing was changed; try again ${when}.`
}
