import { cleanName, LIMITS, personNameProblem, type SignInError } from '@parley/protocol'
import { Refusal } from '../../rules/refusal.ts'
import { type Email, readEmail } from '../email.ts'

/** A way to sign in, as everybody may know it. */
export interface ProviderState {
  readonly id: string
  readonly label: string
  /** False while it cannot be used: its document was not read yet. */
  readonly isReady: boolean
}

export interface Provider extends ProviderState {
  /** Why it is not ready, in words for whoever runs this server. */
  readonly problem: string | undefined
  /** What stands as the issuer in the identities that it gives. */
  readonly authority: string
  /** Where to send the browser. Call only when ready. `isAnew`: also whom it knows is to sign in there, where it can be asked that. */
  authorizeUrl(redirectUri: string, checks: SignInChecks, ask?: { readonly isAnew: boolean }): Promise<URL>
  /**
   * Who came back, asked of the provider with the code that the browser brought. `callback` is the whole address it was sent
   * to. Errors: `SignInProblem`.
   */
  identify(callback: URL, checks: SignInChecks): Promise<Identity>
  /** Begins to read what must be read of it, in the background. */
  start(): void
  stop(): void
}

/** Made for one sign-in, never leaving the server but for what the provider gives back. */
export interface SignInChecks {
  readonly state: string
  readonly nonce: string
  /** PKCE's, of which the browser carries only the digest: a stolen code is worth nothing without it. */
  readonly verifier: string
}

/** Whom a provider vouches for. Issuer and subject are the key, and nothing else is. (SPEC P3) */
export interface Identity {
  readonly issuer: string
  readonly subject: string
  /** A name as it may be taken here, if the provider tells one. */
  readonly name?: string
  /** An address that the provider says it has checked; used for the rule about domains and kept, never to find anybody. */
  readonly email?: Email
  /** How long ago they signed in there, by the provider's own clock, if it tells. */
  readonly signedInAgoMs?: number
}

/** A sign-in that led nowhere: `code` for the person, `reason` for the log, without anything that is secret. */
export class SignInProblem extends Error {
  readonly code: SignInError
  readonly reason: string | undefined

  constructor(code: SignInError, reason?: string) {
    super(reason === undefined ? code : `${code}: ${reason}`)
    this.name = 'SignInProblem'
    this.code = code
    this.reason = reason
  }
}

/** The first of these that can be somebody's name here, cut to its length. */
export function nameAmong(candidates: readonly unknown[]): { name?: string } {
  for (const candidate of candidates) {
    if (typeof candidate !== 'string') continue
    const name = cleanName([...candidate.slice(0, 200).toWellFormed()].slice(0, LIMITS.personNameLength).join(''))
    if (!personNameProblem(name)) return { name }
  }
  return {}
}

/** An address that the provider says it has checked, or nothing. */
export function checkedEmail(address: unknown, isVerified: unknown): { email?: Email } {
  // Some providers write booleans as text.
  if (typeof address !== 'string' || (isVerified !== true && isVerified !== 'true')) return {}
  try {
    return { email: readEmail(address) }
  } catch (error) {
    if (error instanceof Refusal) return {}
    throw error
  }
}
