import type { RefusalCode, RefusalDetails } from '@parley/protocol'

/** An expected "no" of the server. */
export interface Refusal {
  readonly code: RefusalCode
  /** The server's sentence, for when the page has none of its own. */
  readonly message: string
  /** `busy`: when to ask again. */
  readonly retryAfterMs: number | undefined
  readonly details: RefusalDetails | undefined
}

/** What a promise of the client is rejected with when the server refused. */
export class RefusalError extends Error implements Refusal {
  override readonly name = 'RefusalError'
  readonly code: RefusalCode
  readonly retryAfterMs: number | undefined
  readonly details: RefusalDetails | undefined

  constructor(refusal: Refusal) {
    super(refusal.message)
    this.code = refusal.code
    this.retryAfterMs = refusal.retryAfterMs
    this.details = refusal.details
  }
}

/** The server could not be reached, or answered what is not of this protocol. Nothing is known about the outcome. */
export class UnreachableError extends Error {
  override readonly name = 'UnreachableError'
}

/** The client was disconnected, or the person withdrew the request, before the answer came. */
export class WithdrawnError extends Error {
  override readonly name = 'WithdrawnError'
}
