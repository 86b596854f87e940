import { REFUSALS, type RefusalCode, type RefusalDetails, UNKNOWN_OUTCOMES } from '@parley/protocol'

/** An expected "no". It is an answer, not a fault: never logged as an error, never caught on the way to the asker. */
export class Refusal extends Error {
  readonly code: RefusalCode
  /** When to try again, in milliseconds; only with `busy` and `slow-mode`. */
  readonly retryAfterMs: number | undefined
  readonly details: RefusalDetails | undefined

  constructor(code: RefusalCode, more: { retryAfterMs?: number; details?: RefusalDetails } = {}) {
    super(REFUSALS[code].message)
    this.name = 'Refusal'
    this.code = code
    this.retryAfterMs = more.retryAfterMs
    this.details = more.details
  }
}

/** Only for now: an earlier command of the same lane comes first, and whoever says so keeps the order. (SPEC F3) */
export class Held extends Refusal {
  constructor() {
    super('busy', { retryAfterMs: HELD_FOR_MS })
  }
}

/** What a client knows by then: the refusal that it waits for was sent before this one. */
const HELD_FOR_MS = 100

export function refuse(code: RefusalCode, details?: RefusalDetails): never {
  throw new Refusal(code, details ? { details } : {})
}

/** Busy, a full disk or a fault: the client repeats the command, so what it sent after it must not overtake it. (SPEC F3) */
export function mustBeRepeated(error: unknown): boolean {
  // Who holds a command keeps its order by itself, and lets pass what is not kept in order.
  if (error instanceof Held) return false
  return !(error instanceof Refusal) || UNKNOWN_OUTCOMES.includes(error.code)
}
