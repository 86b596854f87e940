import type { CloseReason } from '@parley/protocol'

/**
 * `since` is when the client became live or stopped being it: attempts in between do not move it, so that a banner can
 * wait two seconds. `attempt` counts failures in a row.
 */
export type ConnectionState =
  | {
      readonly phase: 'offline'
      readonly since: number
      readonly attempt: number
      readonly retryAt: number | undefined
    }
  | { readonly phase: 'greeting'; readonly since: number; readonly attempt: number }
  | { readonly phase: 'live'; readonly since: number; readonly attempt: 0 }
  | { readonly phase: 'ended'; readonly since: number; readonly reason: CloseReason | 'not-signed-in' }
