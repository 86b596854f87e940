import { type DBSchema, type IDBPDatabase, openDB } from 'idb'
import { type Clock, systemClock } from './clock.ts'
import type { OutboxEntry } from './outbox-entry.ts'
import { type Draft, type Lease, type OutboxStorage, type RememberedRoom, StorageError } from './outbox-storage.ts'

interface Schema extends DBSchema {
  entries: { key: string; value: OutboxEntry; indexes: { byUser: string } }
  drafts: { key: [string, string]; value: Draft; indexes: { byUser: string } }
  rooms: { key: [string, string]; value: RememberedRoom; indexes: { byUser: string } }
  leases: { key: string; value: Lease }
}

export interface IndexedDbOptions {
  readonly name?: string
  readonly clock?: Clock
}

/** A browser that neither opens nor refuses its database is not waited for any longer. */
const OPEN_WITHIN_MS = 3_000
const STRICT = { durability: 'strict' } as const
const RELAXED = { durability: 'relaxed' } as const

/** Survives reloads, crashes and days offline; shared by the tabs of a browser. (SPEC F1) */
export function indexedDbStorage({ name = 'parley', clock = systemClock }: IndexedDbOptions = {}): OutboxStorage {
  let opening: Promise<IDBPDatabase<Schema>> | undefined

  /** Opened at the first use; when it is closed under us (cleared by the person, a newer tab), opened again at the next. */
  function database(): Promise<IDBPDatabase<Schema>> {
    opening ??= openWithin(name, clock, () => {
      opening = undefined
    })
    return opening
  }

  async function attempt<T>(work: (db: IDBPDatabase<Schema>) => Promise<T>): Promise<T> {
    try {
      return await work(await database())
    } catch (error) {
      throw asStorageError(error)
    }
  }

  return {
    isShared: true,
    write: ({ put = [], remove = [], clearDraft }) =>
      attempt(async (db) => {
        const stores = clearDraft ? (['entries', 'drafts'] as const) : (['entries'] as const)
        const tx = db.transaction(stores, 'readwrite', STRICT)
        const entries = tx.objectStore('entries')
        const writes: Promise<unknown>[] = [
          ...put.map((entry) => entries.put(entry)),
          ...remove.map((id) => entries.delete(id)),
        ]
        if (clearDraft) writes.push(tx.objectStore('drafts').delete([clearDraft.userId, clearDraft.roomId]))
        tx.commit() // Now, or a tab that dies before the browser has answered takes what it wrote along.
        await Promise.all([...writes, tx.done])
      }),
    load: (userId) =>
      attempt(async (db) => {
        const tx = db.transaction(['drafts', 'rooms'])
        const [drafts, rooms] = await Promise.all([
          tx.objectStore('drafts').index('byUser').getAll(userId),
          tx.objectStore('rooms').index('byUser').getAll(userId),
        ])
        return { drafts, rooms }
      }),
    setDraft: (draft) =>
      attempt(async (db) => {
        const tx = db.transaction('drafts', 'readwrite', RELAXED)
        const write = draft.text === '' ? tx.store.delete([draft.userId, draft.roomId]) : tx.store.put(draft)
        tx.commit()
        await Promise.all([write, tx.done])
      }),
    rememberRooms: (userId, put, remove) =>
      attempt(async (db) => {
        const tx = db.transaction('rooms', 'readwrite', RELAXED)
        const writes: Promise<unknown>[] = put.map((room) => tx.store.put(room))
        for (const roomId of remove) writes.push(tx.store.delete([userId, roomId]))
        await Promise.all([...writes, tx.done])
      }),
    renewLease: (lease) => attempt(async (db) => void (await db.put('leases', lease))),
    endLease: (tabId) => attempt(async (db) => db.delete('leases', tabId)),
    leases: () => attempt(async (db) => db.getAll('leases')),
    adopt: (userId, tabId, alive) =>
      attempt(async (db) => {
        const tx = db.transaction(['entries', 'leases'], 'readwrite', STRICT)
        const entries = tx.objectStore('entries')
        const leases = tx.objectStore('leases')
        const own = await entries.index('byUser').getAll(userId)
        const adopted = own.filter((entry) => !alive.has(entry.tabId)).map((entry) => ({ ...entry, tabId }))
        const writes: Promise<unknown>[] = adopted.map((entry) => entries.put(entry))
        for (const key of await leases.getAllKeys()) if (!alive.has(key)) writes.push(leases.delete(key))
        await Promise.all([...writes, tx.done])
        return adopted.sort((a, b) => a.order - b.order)
      }),
    purge: (userId) =>
      attempt(async (db) => {
        const tx = db.transaction(['entries', 'drafts', 'rooms'], 'readwrite', STRICT)
        for (const store of ['entries', 'drafts', 'rooms'] as const) {
          let cursor = await tx.objectStore(store).index('byUser').openCursor(userId)
          while (cursor) {
            await cursor.delete()
            cursor = await cursor.continue()
          }
        }
        await tx.done
      }),
    close: () => {
      opening?.then(
        (db) => db.close(),
        // Never opened, nothing to close.
        () => undefined,
      )
      opening = undefined
    },
  }
}

function openWithin(name: string, clock: Clock, onGone: () => void): Promise<IDBPDatabase<Schema>> {
  return new Promise((resolve, reject) => {
    const timer = clock.setTimeout(() => reject(new StorageError('blocked', undefined)), OPEN_WITHIN_MS)
    // In an async function, because browsers that forbid storage throw at the mere mention of it.
    const open = async () =>
      openDB<Schema>(name, 1, {
        upgrade(db) {
          db.createObjectStore('entries', { keyPath: 'id' }).createIndex('byUser', 'userId')
          db.createObjectStore('drafts', { keyPath: ['userId', 'roomId'] }).createIndex('byUser', 'userId')
          db.createObjectStore('rooms', { keyPath: ['userId', 'roomId'] }).createIndex('byUser', 'userId')
          db.createObjectStore('leases', { keyPath: 'tabId' })
        },
        blocking(_current, _blocked, event) {
          // A newer tab wants another version: hanging on would block it for ever.
          const target = event.target as IDBDatabase | null // as: `versionchange` is sent to the database
          target?.close()
          onGone()
        },
        terminated: onGone,
      })
    open()
      .then(resolve, (error) => reject(new StorageError('blocked', error)))
      .finally(() => clock.clearTimeout(timer))
  })
}

function asStorageError(error: unknown): StorageError {
  if (error instanceof StorageError) return error
  const isFull = error instanceof Error && error.name === 'QuotaExceededError'
  return new StorageError(isFull ? 'full' : 'failed', error)
}
