import { REFUSALS, type RefusalCode, SIGN_IN_ERRORS } from '@parley/protocol'
import { refusalWords } from '../refusal-words.ts'

/** What a way over a provider ended with, in words. */
export function errorWords(code: string | null): string | undefined {
  if (code === null || code === '') return undefined
  if (code in SIGN_IN_ERRORS) return SIGN_IN_ERRORS[code as keyof typeof SIGN_IN_ERRORS] // as: it is in the list
  if (!(code in REFUSALS)) return 'Signing in did not work, and nothing was changed. Try again, or use another way.'
  // as: it is in the list
  return refusalWords({ code: code as RefusalCode, message: '', retryAfterMs: undefined, details: undefined })
}

/** Somebody comes back from a provider that was asked anew who they are. Told once. */
export function takeConfirmed(): boolean {
  const isConfirmed = location.search === '?confirmed'
  if (isConfirmed) history.replaceState(history.state, '', location.pathname)
  return isConfirmed
}

/** Told once: a reload does not tell it again. */
export function takeErrorWords(): string | undefined {
  const words = errorWords(new URLSearchParams(location.search).get('error'))
  if (words) history.replaceState(history.state, '', location.pathname)
  return words
}
