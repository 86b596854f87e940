import 'fake-indexeddb/auto'
import { afterEach, expect, spyOn, test } from 'bun:test'
import type { RoomId, UserId } from '@parley/protocol'
import { IDBFactory } from 'fake-indexeddb'
import { openDB } from 'idb'
import { FakeClock } from '../testing/fake-clock.ts'
import { indexedDbStorage } from './indexeddb-storage.ts'
import { storageContract } from './outbox-storage.contract.ts'

const draft = { userId: 'ann' as UserId, roomId: 'designers' as RoomId, text: 'hello' }

afterEach(() => {
  globalThis.indexedDB = new IDBFactory()
})

storageContract('IndexedDB', () => indexedDbStorage())

test('[F1] what was written is there after a reload', async () => {
  const before = indexedDbStorage()
  await before.setDraft(draft)
  before.close()
  expect((await indexedDbStorage().load(draft.userId)).drafts).toEqual([draft])
})

test('[F1] entries are written with strict durability', async () => {
  const storage = indexedDbStorage()
  await storage.load(draft.userId)
  const transaction = spyOn(IDBDatabase.prototype, 'transaction')
  await storage.write({ remove: [] })
  expect(transaction.mock.calls[0]?.[2]).toEqual({ durability: 'strict' })
  transaction.mockRestore()
})

test('[F1] a write asks for its commit at once, so that it outlives a tab that dies then', async () => {
  const storage = indexedDbStorage()
  await storage.load(draft.userId)
  const committed = spyOn(IDBTransaction.prototype, 'commit')
  await storage.write({ remove: [] })
  await storage.setDraft(draft)
  expect(committed).toHaveBeenCalledTimes(2)
  committed.mockRestore()
})

test('[F5] a browser without IndexedDB is named blocked', async () => {
  // as: what some browsers do in private windows
  globalThis.indexedDB = undefined as unknown as IDBFactory
  await expect(indexedDbStorage().load(draft.userId)).rejects.toMatchObject({ name: 'StorageError', reason: 'blocked' })
})

test('[F5] a database that never opens is given up after three seconds', async () => {
  const newer = await openDB('parley', 1)
  const clock = new FakeClock()
  // A tab with an older version hangs on to the database, so that this one waits for it.
  globalThis.indexedDB.open = () =>
    ({ addEventListener: () => undefined, removeEventListener: () => undefined }) as never
  const loading = indexedDbStorage({ clock }).load(draft.userId)
  loading.catch(() => undefined)
  await clock.advance(3_000)
  await expect(loading).rejects.toMatchObject({ reason: 'blocked' })
  newer.close()
})

test('[F5] a full disk is named full', async () => {
  const storage = indexedDbStorage()
  await storage.load(draft.userId)
  const put = spyOn(IDBObjectStore.prototype, 'put').mockImplementation(() => {
    throw new DOMException('no space', 'QuotaExceededError')
  })
  await expect(storage.setDraft(draft)).rejects.toMatchObject({ reason: 'full' })
  put.mockRestore()
  await storage.setDraft(draft)
  expect((await storage.load(draft.userId)).drafts).toEqual([draft])
})

test('[F1] a newer tab may upgrade the database: this one lets go', async () => {
  const storage = indexedDbStorage()
  await storage.setDraft(draft)
  const newer = await openDB('parley', 2)
  expect(newer.version).toBe(2)
  newer.close()
})
