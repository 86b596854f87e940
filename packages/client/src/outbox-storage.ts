import type { CommandId, RoomId, UserId } from '@parley/protocol'
import type { OutboxEntry } from './outbox-entry.ts'

/** What must become durable together. */
export interface StorageChange {
  readonly put?: readonly OutboxEntry[]
  readonly remove?: readonly CommandId[]
  /** A draft that turned into an entry: gone in the same transaction, so that text is neither lost nor doubled. */
  readonly clearDraft?: { readonly userId: UserId; readonly roomId: RoomId }
}

export interface Draft {
  readonly userId: UserId
  readonly roomId: RoomId
  readonly text: string
}

/** The name of a room as this device last saw it, for "This room was closed". (SPEC G4) */
export interface RememberedRoom {
  readonly userId: UserId
  readonly roomId: RoomId
  readonly name: string
}

export interface Kept {
  readonly drafts: readonly Draft[]
  readonly rooms: readonly RememberedRoom[]
}

/** A tab is alive while its lease is young. */
export interface Lease {
  readonly tabId: string
  readonly aliveAt: number
}

/** Where the client keeps what must survive a reload. Every method may reject; the client goes on without. */
export interface OutboxStorage {
  /** True when other tabs see the same content, so that they must agree on who sends what. */
  readonly isShared: boolean
  /** Resolves when the change is on disk. */
  write(change: StorageChange): Promise<void>
  /** Drafts and remembered rooms of a person. */
  load(userId: UserId): Promise<Kept>
  /** Writes or, with an empty text, deletes. */
  setDraft(draft: Draft): Promise<void>
  rememberRooms(userId: UserId, put: readonly RememberedRoom[], remove: readonly RoomId[]): Promise<void>
  renewLease(lease: Lease): Promise<void>
  endLease(tabId: string): Promise<void>
  leases(): Promise<readonly Lease[]>
  /** In one transaction: makes this tab the owner of the entries whose tab is not in `alive`, and answers them in order. */
  adopt(userId: UserId, tabId: string, alive: ReadonlySet<string>): Promise<readonly OutboxEntry[]>
  /** Everything of a person, at sign-out. */
  purge(userId: UserId): Promise<void>
  close(): void
}

export type StorageCause = 'blocked' | 'full' | 'failed'

/** Why something could not be kept. Any other rejection counts as `failed`. */
export class StorageError extends Error {
  override readonly name = 'StorageError'
  readonly reason: StorageCause

  constructor(reason: StorageCause, cause: unknown) {
    super(`The device's storage is ${reason}.`, { cause })
    this.reason = reason
  }
}
