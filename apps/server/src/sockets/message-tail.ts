import type { Event, UserId } from '@parley/protocol'

interface TailEntry {
  readonly number: number
  readonly authorId: UserId
  isDeleted: boolean
}

/** For whom messages are counted: neither their own nor those of people they block. */
export interface CountingReader {
  readonly user: { readonly id: UserId }
  readonly blocked: ReadonlySet<UserId>
}

const KEPT = 100

/**
 * The last hundred messages of a room as unread counting needs them: who wrote them and whether they still stand. Filled by
 * what is published, so it begins empty and is contiguous from `first` on. (SPEC E8)
 */
export class MessageTail {
  #entries: TailEntry[] = []
  /** Of the newest message that is known of. */
  #last = 0

  /** Number of its oldest message; one past any when it is empty. */
  get first(): number {
    return this.#entries[0]?.number ?? Number.POSITIVE_INFINITY
  }

  get last(): number {
    return this.#last
  }

  add(event: Event): void {
    if (event.type === 'message-posted' && event.message) {
      const { number, authorId } = event.message
      if (number <= this.last) return
      if (number !== this.last + 1) this.#entries = [] // News was lost; what came before is of no use for counting.
      this.#entries.push({ number, authorId, isDeleted: false })
      this.#last = number
      if (this.#entries.length > KEPT) this.#entries.shift()
    } else if (event.type === 'message-deleted' && event.message) {
      const entry = this.#entries[event.message.number - this.first]
      if (entry) entry.isDeleted = true
    }
  }

  /** Messages of others above `number` that still stand. Right only if the tail reaches back to there. */
  countAbove(number: number, { user, blocked }: CountingReader): number {
    let count = 0
    for (let index = this.#entries.length - 1; index >= 0; index--) {
      const entry = this.#entries[index]
      if (!entry || entry.number <= number) break
      if (!entry.isDeleted && entry.authorId !== user.id && !blocked.has(entry.authorId)) count += 1
    }
    return count
  }

  /** There are messages up to here: those that `add` was not told of make the ones before useless for counting. */
  reach(number: number): void {
    if (number <= this.#last) return
    this.#entries = []
    this.#last = number
  }

  clear(): void {
    this.#entries = []
    this.#last = 0
  }
}
