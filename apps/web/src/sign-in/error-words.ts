import { REFUSALS, type RefusalCode } from '@parley/protocol'
import { refusalWords } from '../refusal-words.ts'

/** What a way over a provider ended with, in words. */
export function errorWords(code: string | null): string | undefined {
  if (code === null || code === '') return undefined
  const own = OWN[code]
  if (own) return own
  if (!(code in REFUSALS)) return 'Signing in did not work, and nothing was changed. Try again, or use another way.'
  // as: it is in the list
  return refusalWords({ code: code as RefusalCode, message: '', retryAfterMs: undefined, details: undefined })
}

const OWN: Readonly<Record<string, string>> = {}
