import type { UserId } from '@parley/protocol'
import { type Observable, Variable } from './observable.ts'

const NOBODY: ReadonlySet<UserId> = new Set()

/** Whom I block: told whole by `welcome` and by each `blocks` signal, so that nothing is ever added up. */
export class Blocks {
  readonly #ids = new Variable<ReadonlySet<UserId>>(NOBODY)

  get ids(): Observable<ReadonlySet<UserId>> {
    return this.#ids
  }

  replace(blocked: readonly UserId[]): void {
    const known = this.#ids.value
    if (blocked.length === known.size && blocked.every((id) => known.has(id))) return
    this.#ids.set(blocked.length === 0 ? NOBODY : new Set(blocked))
  }

  /** Known at once from the answer to my own command, before the signal. */
  set(userId: UserId, isBlocked: boolean): void {
    const others = [...this.#ids.value].filter((id) => id !== userId)
    this.replace(isBlocked ? [...others, userId] : others)
  }
}
