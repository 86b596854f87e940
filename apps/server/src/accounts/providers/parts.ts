import type { Fanout } from '../../fanout/fanout.ts'
import type { Log } from '../../log.ts'
import type { Database } from '../../storage/database.ts'
import type { RoomDoor } from '../accounts-parts.ts'
import type { Secret } from '../secret.ts'
import type { Providers } from './providers.ts'

/** What the way over a provider is made of. */
export interface ProviderSignInParts {
  readonly db: Database
  readonly secret: Secret
  readonly providers: Providers
  readonly fanout: Fanout
  readonly log: Pick<Log, 'warn'>
  readonly rooms: Pick<RoomDoor, 'join'>
  /** Epoch ms. */
  readonly now: () => number
}
