import { Refusal } from '../rules/refusal.ts'
import type { Database } from './database.ts'

const AGAIN_MS = 1_000

/** Lets a database be read and, while it is open, written. Shut, every write is refused with `busy`: clients ask again. */
export class Gate {
  readonly database: Database
  #isShut = false
  #underway = 0
  #quiet: (() => void)[] = []

  constructor(db: Database) {
    this.database = {
      dialect: db.dialect,
      writers: db.writers,
      write: (work, committed) => this.#pass(() => db.write(work, committed)),
      read: (work) => db.read(work),
      takeTextIds: (count) => db.takeTextIds(count),
      scrub: () => db.scrub(),
      close: () => db.close(),
    }
  }

  get isShut(): boolean {
    return this.#isShut
  }

  /** Resolves when what was being written is on disk. */
  shut(): Promise<void> {
    this.#isShut = true
    if (this.#underway === 0) return Promise.resolve()
    return new Promise((resolve) => this.#quiet.push(resolve))
  }

  open(): void {
    this.#isShut = false
  }

  async #pass<T>(write: () => Promise<T>): Promise<T> {
    if (this.#isShut) throw new Refusal('busy', { retryAfterMs: AGAIN_MS })
    this.#underway += 1
    try {
      return await write()
    } finally {
      this.#underway -= 1
      if (this.#underway === 0) for (const resolve of this.#quiet.splice(0)) resolve()
    }
  }
}
