import { LIMITS, type QueryOutput, type User, type UserId } from '@parley/protocol'
import { type Observable, Variable } from './observable.ts'

/** Everybody the client has heard of; the higher version of a person replaces. (SPEC G2) */
export class People {
  readonly #all = new Variable<ReadonlyMap<UserId, User>>(new Map())
  readonly #getUsers: (ids: UserId[]) => Promise<QueryOutput<'get-users'>>

  constructor(getUsers: (ids: UserId[]) => Promise<QueryOutput<'get-users'>>) {
    this.#getUsers = getUsers
  }

  get all(): Observable<ReadonlyMap<UserId, User>> {
    return this.#all
  }

  get(id: UserId): User | undefined {
    return this.#all.value.get(id)
  }

  learn(users: readonly User[]): void {
    const known = this.#all.value
    const news = users.filter((user) => user.version > (known.get(user.id)?.version ?? -1))
    if (news.length === 0) return
    const next = new Map(known)
    for (const user of news) if (user.version > (next.get(user.id)?.version ?? -1)) next.set(user.id, user)
    this.#all.set(next)
  }

  async find(ids: readonly UserId[]): Promise<readonly User[]> {
    const unknown = [...new Set(ids)].filter((id) => !this.get(id))
    for (let at = 0; at < unknown.length; at += LIMITS.usersPerQuery) {
      const { users } = await this.#getUsers(unknown.slice(at, at + LIMITS.usersPerQuery))
      this.learn(users)
    }
    return ids.flatMap((id) => this.get(id) ?? [])
  }
}
