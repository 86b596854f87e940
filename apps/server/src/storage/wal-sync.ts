import { close, fdatasync, openSync } from 'node:fs'

/**
 * Brings SQLite's write-ahead log to the disk, off the event loop: while a commit waits for the disk, sockets are served and
 * the next batch is performed. SQLite itself would wait on this thread. One sync runs at a time and stands for all commits
 * before its beginning.
 */
export class WalSync {
  readonly #descriptor: number
  #running: Promise<void> | undefined
  #next: Promise<void> | undefined
  #failure: Error | undefined

  /** `path` is the log, which exists while the database is open and is never replaced. Closing it touches no lock of SQLite's. */
  constructor(path: string) {
    this.#descriptor = openSync(path, 'r')
  }

  /** To be called right after a commit; resolves when that commit is on disk. */
  sync(): Promise<void> {
    if (!this.#running) return this.#begin()
    // The running one may have passed over what was written since it began.
    this.#next ??= this.#running.then(() => {
      this.#next = undefined
      return this.#begin()
    })
    return this.#next
  }

  /** Resolves when every commit up to now is on disk. */
  settled(): Promise<void> | undefined {
    if (this.#failure) return Promise.reject(this.#failure)
    return this.#next ?? this.#running
  }

  /** Throws once a sync has failed. */
  assertSound(): void {
    if (this.#failure) throw this.#failure
  }

  async close(): Promise<void> {
    await this.settled()
    await new Promise<void>((resolve) => close(this.#descriptor, () => resolve()))
  }

  #begin(): Promise<void> {
    this.#running = new Promise((resolve, reject) => {
      fdatasync(this.#descriptor, (error) => {
        this.#running = undefined
        // A disk that failed once may have thrown away what it did not write, and say nothing the next time: what lies in
        // the log may be gone after a power cut, so nothing more is acknowledged, read or written until a restart.
        if (error)
          this.#failure ??= new Error('The disk could not be synced; nothing is stored any more.', { cause: error })
        if (this.#failure) reject(this.#failure)
        else resolve()
      })
    })
    return this.#running
  }
}
