import type * as OpenidClient from 'openid-client'
import { SignInProblem } from './provider.ts'

export type { OpenidClient }

/** Loaded with the first provider: most servers have none. */
export function loadOpenidClient(): Promise<typeof OpenidClient> {
  return import('openid-client')
}

/** Longer than any provider takes that works. */
export const ASK_SECONDS = 10

/** What went wrong on the way to a provider, without what the answer held: codes and tokens are never logged. */
export function signInProblem(error: unknown, client: typeof OpenidClient): SignInProblem {
  if (error instanceof SignInProblem) return error
  if (error instanceof client.AuthorizationResponseError) {
    return new SignInProblem(error.error === 'access_denied' ? 'cancelled' : 'provider-failed', plain(error.error))
  }
  if (error instanceof client.ResponseBodyError) {
    return new SignInProblem('provider-failed', `${plain(error.error)} (${error.status})`)
  }
  const words = describeError(error)
  const isAway = isTimeout(error) || /fetch|connect|socket|network/i.test(words)
  return new SignInProblem(isAway ? 'provider-away' : 'provider-failed', words)
}

/** Code and sentence of an error and of its cause, one line. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  const code = 'code' in error && typeof error.code === 'string' ? `${error.code}: ` : ''
  const cause = error.cause instanceof Error && error.cause.message !== error.message ? ` (${error.cause.message})` : ''
  return plain(`${code}${error.message}${cause}`)
}

function isTimeout(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) {
    if (at.name === 'TimeoutError' || at.name === 'AbortError') return true
  }
  return false
}

function plain(text: string): string {
  return text.replace(/[^\x20-\x7e]+/g, ' ').slice(0, 300)
}
