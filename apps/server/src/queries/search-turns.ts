import type { UserId } from '@parley/protocol'
import { Refusal } from '../rules/refusal.ts'

const AT_ONCE = 4
const WAITING_OF_ONE = 8
const WAITING = 256
const RETRY_AFTER_MS = 500

interface Waiting {
  readonly userId: UserId
  begin(): void
}

/**
 * Searching looks through thousands of rows. A few searches run at once, of one person one, however many connections they
 * have, so that nobody's searching holds up everybody's talking. Refusals: `busy`. (SPEC H6)
 */
export class SearchTurns {
  readonly #searching = new Set<UserId>()
  readonly #waiting: Waiting[] = []

  async take<T>(userId: UserId, search: () => Promise<T>): Promise<T> {
    if (this.#mayBegin(userId)) this.#searching.add(userId)
    else await this.#turnOf(userId)
    try {
      return await search()
    } finally {
      this.#searching.delete(userId)
      this.#beginNext()
    }
  }

  #mayBegin(userId: UserId): boolean {
    return this.#searching.size < AT_ONCE && !this.#searching.has(userId)
  }

  #turnOf(userId: UserId): Promise<void> {
    const mine = this.#waiting.filter((one) => one.userId === userId).length
    if (mine >= WAITING_OF_ONE || this.#waiting.length >= WAITING) {
      throw new Refusal('busy', { retryAfterMs: RETRY_AFTER_MS })
    }
    return new Promise((begin) => this.#waiting.push({ userId, begin }))
  }

  #beginNext(): void {
    const index = this.#waiting.findIndex(({ userId }) => this.#mayBegin(userId))
    const [next] = index === -1 ? [] : this.#waiting.splice(index, 1)
    if (!next) return
    this.#searching.add(next.userId)
    next.begin()
  }
}
