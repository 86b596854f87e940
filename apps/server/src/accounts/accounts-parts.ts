import type { RoomId, User } from '@parley/protocol'
import type { Fanout } from '../fanout/fanout.ts'
import type { Log } from '../log.ts'
import type { Publication } from '../rules/publication.ts'
import type { Database, Writer } from '../storage/database.ts'
import type { LedgerLine } from '../storage/transaction.ts'
import type { Passwords } from './passwords.ts'
import type { Secret } from './secret.ts'

/** What the accounts are made of. */
export interface AccountsParts {
  readonly db: Database
  readonly secret: Secret
  readonly fanout: Fanout
  readonly log: Pick<Log, 'info' | 'warn'>
  readonly passwords: Passwords
  readonly rooms: RoomDoor
  /** Syncs lines to the erase ledger; called before the commit that erases. (SPEC D4) */
  readonly writeLedger: (lines: readonly LedgerLine[], writer: Writer) => Promise<void>
  /** Somebody deleted their account: what they left behind is to be seen to. */
  readonly wakeForgetting: () => void
  /** Epoch ms. */
  readonly now: () => number
}

/** Told after the commit. */
export interface Joined {
  readonly roomId: RoomId
  readonly publications: readonly Publication[]
}

/** How an invitation leads into a room: the room's log belongs to the commands. */
export interface RoomDoor {
  /**
   * Inside the transaction that lets somebody in and has taken a use of the invitation. Nothing when the room was closed a
   * moment ago, say: they are in all the same, only not there.
   */
  join(
    writer: Writer,
    ask: { readonly user: User; readonly roomId: RoomId; readonly now: number },
  ): Promise<Joined | undefined>
  /** For the very same ask once more: it leads nobody back who has left or was removed since. */
  joinAgain(user: User, roomId: RoomId): Promise<RoomId | undefined>
  /** Takes a use of the invitation only if they are no member yet. Refusals: `invitation-invalid`, `too-many-rooms`. */
  accept(user: User, roomId: RoomId, tokenDigest: string): Promise<void>
}
