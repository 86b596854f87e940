import type { User, UserId } from '@parley/protocol'
import type { State } from '../state.ts'

/** Whoever was named before so many others is shown by few screens any more. */
const MOST = 20_000

/**
 * Who was named to somebody here, and the oldest version that somebody may have been told: members and authors of open
 * rooms, the other person of a direct one. Where one is called otherwise, and that may not have been heard, all of them are
 * to be asked for. (SPEC T4)
 */
export class NamedPeople {
  readonly #versions = new Map<UserId, number>()
  readonly #most: number

  constructor(most = MOST) {
    this.#most = most
  }

  get versions(): ReadonlyMap<UserId, number> {
    return this.#versions
  }

  /** Told to one viewer only: whoever was told an older name is still to hear of the newer one. */
  note(users: Iterable<User>): void {
    for (const { id, version } of users) this.#set(id, Math.min(version, this.#versions.get(id) ?? version))
  }

  /** Somebody is called otherwise, and everybody here is told. */
  renamed({ id, version }: User): void {
    const known = this.#versions.get(id)
    if (known !== undefined && known < version) this.#set(id, version)
  }

  /** An answer on its way to somebody, of whatever kind. */
  noteIn(answer: unknown): void {
    if (typeof answer !== 'object' || answer === null || !('users' in answer)) return
    this.note(answer.users as readonly User[]) // as: every answer's `users` are people
  }

  /** As `state`, noting whom its answers name. */
  noting(state: State): Pick<State, 'catchUp' | 'roomSnapshot' | 'welcome' | 'unread'> {
    return {
      catchUp: async (...asked) => this.#noted(await state.catchUp(...asked), this.noteIn.bind(this)),
      roomSnapshot: async (...asked) =>
        this.#noted(await state.roomSnapshot(...asked), ({ snapshot }) => {
          this.noteIn(snapshot.page)
          if (snapshot.peer) this.note([snapshot.peer])
        }),
      welcome: async (...asked) =>
        this.#noted(await state.welcome(...asked), ({ rooms }) => {
          for (const { peer } of rooms) if (peer) this.note([peer])
        }),
      unread: async (...asked) =>
        this.#noted(await state.unread(...asked), ({ peer }) => {
          if (peer) this.note([peer])
        }),
    }
  }

  #set(id: UserId, version: number): void {
    this.#versions.delete(id) // So that it stands last, and the oldest is forgotten first.
    this.#versions.set(id, version)
    const [oldest] = this.#versions.keys()
    if (this.#versions.size > this.#most && oldest !== undefined) this.#versions.delete(oldest)
  }

  #noted<T>(answer: T, note: (answer: T) => void): T {
    note(answer)
    return answer
  }
}
