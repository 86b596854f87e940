import { type RoomId, type SignalOf, TIMES, type User, type UserId } from '@parley/protocol'
import type { Clock } from '../clock.ts'

const SHOWN = 5

/** Who types in one room. Whoever stops, posts, leaves or falls silent for five seconds is forgotten. */
export class Typing {
  readonly #roomId: RoomId
  readonly #clock: Clock
  readonly #changed: () => void
  /** In the order in which people last said so. */
  readonly #people = new Map<UserId, { user: User; callOff: () => void }>()

  constructor({ roomId, clock, changed }: { roomId: RoomId; clock: Clock; changed: () => void }) {
    this.#roomId = roomId
    this.#clock = clock
    this.#changed = changed
  }

  get isQuiet(): boolean {
    return this.#people.size === 0
  }

  has(userId: UserId): boolean {
    return this.#people.has(userId)
  }

  /** Repeats are told too: clients forget what they have not heard for six seconds. */
  starts(user: User): void {
    this.#people.get(user.id)?.callOff()
    this.#people.delete(user.id)
    this.#people.set(user.id, { user, callOff: this.#clock.after(TIMES.typingExpiresMs, () => this.stops(user.id)) })
    this.#changed()
  }

  stops(userId: UserId): void {
    const typist = this.#people.get(userId)
    if (!typist) return
    typist.callOff()
    this.#people.delete(userId)
    this.#changed()
  }

  end(): void {
    for (const { callOff } of this.#people.values()) callOff()
    this.#people.clear()
  }

  signal(): SignalOf<'typing'> {
    const people = [...this.#people.values()].slice(-SHOWN).map(({ user }) => user)
    return { name: 'typing', roomId: this.#roomId, people, more: this.#people.size - people.length }
  }
}
