import type { Clock } from '../../clock.ts'
import type { Log } from '../../log.ts'
import type { ProviderSettings } from '../../provider-settings.ts'
import { OAuthProvider } from './oauth-provider.ts'
import { OpenidProvider } from './openid-provider.ts'
import type { Provider, ProviderState } from './provider.ts'

/** All configured providers, ready or not. */
export interface Providers {
  /** As everybody may know them, ascending by id. */
  list(): readonly ProviderState[]
  find(id: string): Provider | undefined
  /** Who gives identities of this issuer. */
  by(authority: string): Provider | undefined
  /** Call when the server listens. */
  start(): void
  stop(): void
}

export interface ProvidersParts {
  readonly settings: readonly ProviderSettings[]
  readonly clock: Clock
  readonly log: Pick<Log, 'info' | 'warn' | 'debug'>
}

/** Waits for nobody: what must be asked of the network is asked in the background. */
export function openProviders({ settings, clock, log }: ProvidersParts): Providers {
  const providers = settings.map((one) =>
    one.kind === 'openid'
      ? new OpenidProvider({ settings: one, clock, log })
      : new OAuthProvider({ settings: one, log }),
  )
  return {
    list: () => providers.map(({ id, label, isReady }) => ({ id, label, isReady })),
    find: (id) => providers.find((provider) => provider.id === id),
    by: (authority) => providers.find((provider) => provider.authority === authority),
    start() {
      for (const provider of providers) provider.start()
    },
    stop() {
      for (const provider of providers) provider.stop()
    },
  }
}
