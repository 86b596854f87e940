import { type OutboxStorage, type StorageCause, StorageError } from './outbox-storage.ts'

/**
 * The one place where a failing storage is caught: the client goes on from memory, and the person is told once per
 * cause that what they type is not kept.
 */
export class SafeStorage {
  readonly #storage: OutboxStorage
  readonly #tell: (cause: StorageCause) => void
  readonly #told = new Set<StorageCause>()

  constructor(storage: OutboxStorage, tell: (cause: StorageCause) => void) {
    this.#storage = storage
    this.#tell = tell
  }

  get isShared(): boolean {
    return this.#storage.isShared
  }

  /** True when the work reached the disk. */
  async did(work: (storage: OutboxStorage) => Promise<unknown>): Promise<boolean> {
    return this.got<boolean>(async (storage) => {
      await work(storage)
      return true
    }, false)
  }

  async got<T>(work: (storage: OutboxStorage) => Promise<T>, otherwise: T): Promise<T> {
    try {
      return await work(this.#storage)
    } catch (error) {
      this.#failed(error instanceof StorageError ? error.reason : 'failed')
      return otherwise
    }
  }

  close(): void {
    this.#storage.close()
  }

  #failed(cause: StorageCause): void {
    if (this.#told.has(cause)) return
    this.#told.add(cause)
    this.#tell(cause)
  }
}
