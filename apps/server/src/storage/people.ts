import type { User, UserId } from '@parley/protocol'
import type { Reader } from './database.ts'
import { readUsers } from './users.ts'

/** People of one batch whose present role counts. */
export class People {
  readonly #reader: Reader
  readonly #users = new Map<UserId, User>()

  constructor(reader: Reader) {
    this.#reader = reader
  }

  async load(ids: readonly UserId[]): Promise<void> {
    for (const user of await readUsers(this.#reader, ids)) this.#users.set(user.id, user)
  }

  find(id: UserId): User | undefined {
    return this.#users.get(id)
  }

  /** Of anybody, read if need be; undefined for nobody. */
  async read(id: UserId): Promise<User | undefined> {
    if (!this.#users.has(id)) await this.load([id])
    return this.#users.get(id)
  }

  /** A change that a command of this batch makes. */
  note(user: User): void {
    this.#users.set(user.id, user)
  }
}
