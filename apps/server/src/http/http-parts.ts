import type { Accounts } from '../accounts/accounts.ts'
import type { ProviderSignIn } from '../accounts/providers/provider-sign-in.ts'
import type { Providers } from '../accounts/providers/providers.ts'
import type { Clock } from '../clock.ts'
import type { Bucketed, SharedLimits } from '../fanout/shared-limits.ts'
import type { Log } from '../log.ts'
import type { Metrics } from '../metrics.ts'
import type { FileSet } from '../runtime/files.ts'
import type { State } from '../state.ts'

/** What the routes work with. */
export interface HttpParts {
  readonly state: State
  readonly accounts: Accounts
  readonly providers: Providers
  readonly providerSignIn: ProviderSignIn
  readonly clock: Clock
  readonly limits: SharedLimits
  /** Commands, by person; their connections take from the same. (SPEC H6) */
  readonly posts: Bucketed
  readonly log: Log
  readonly metrics: Metrics
  /** The public address; unset: whatever address was asked. */
  readonly origin: string | undefined
  /** The built web client. */
  readonly web: FileSet
  readonly dataFolder: string
  /** Whether news of other instances comes over Redis now; undefined for a single instance. */
  readonly hasRedis?: () => boolean
  /** True from the signal to stop on. */
  isDraining(): boolean
}

/** Per request: who is at the other end, as `clientAddress` tells. */
export interface Env {
  Bindings: { readonly address: string }
}
