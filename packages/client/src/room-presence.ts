import type { Occupants, SignalOf, User, UserId } from '@parley/protocol'
import type { Clock } from './clock.ts'

export interface Typing {
  readonly people: readonly User[]
  readonly more: number
}

export interface RoomPresenceOptions {
  readonly clock: Clock
  me(): UserId
  isBlocked(userId: UserId): boolean
  refetch(): Promise<Occupants>
  changed(): void
}

const NOBODY: Typing = { people: [], more: 0 }
/** A lost "stopped typing" must not show somebody typing for ever. */
const TYPING_SHOWN_MS = 6_000
const GRACE_MS = 1_000

/** Passing facts of an open room: who is here, who types. Each signal is whole state. */
export class RoomPresence {
  readonly #options: RoomPresenceOptions
  #occupants: Occupants | undefined
  #typing: Typing = NOBODY
  #typingTimer: unknown
  #graceTimer: unknown
  #isRefetching = false
  /** The next one may come from another instance, whose versions are its own. */
  #isStale = false

  constructor(options: RoomPresenceOptions) {
    this.#options = options
  }

  get occupants(): Occupants | undefined {
    return this.#occupants
  }

  get typing(): Typing {
    return this.#typing
  }

  /** The higher version replaces; a snapshot is taken as it is, and so is the first that a new connection says. */
  setOccupants({ roomId, version, count, people }: Occupants, isWhole: boolean): void {
    if (!isWhole && !this.#isStale && this.#occupants && version <= this.#occupants.version) return
    this.#isStale = false
    this.#occupants = { roomId, version, count, people }
    this.#options.changed()
  }

  setTyping({ people, more }: SignalOf<'typing'>): void {
    const { clock, me, isBlocked } = this.#options
    const others = people.filter((person) => person.id !== me() && !isBlocked(person.id))
    clock.clearTimeout(this.#typingTimer)
    this.#show(others.length === 0 && more === 0 ? NOBODY : { people: others, more })
    if (this.#typing === NOBODY) return
    this.#typingTimer = clock.setTimeout(() => this.#show(NOBODY), TYPING_SHOWN_MS)
  }

  /** Whoever has just posted types no longer, whatever the last signal said. */
  posted(authorId: UserId): void {
    if (!this.#typing.people.some((person) => person.id === authorId)) return
    const people = this.#typing.people.filter((person) => person.id !== authorId)
    this.#show(people.length === 0 && this.#typing.more === 0 ? NOBODY : { ...this.#typing, people })
  }

  /** Who types is told anew every few seconds. */
  forgetTyping(): void {
    this.#show(NOBODY)
  }

  compareVersion(version: number | undefined): void {
    if (version === undefined || version === this.#occupants?.version) return
    const { clock } = this.#options
    clock.clearTimeout(this.#graceTimer)
    this.#graceTimer = clock.setTimeout(() => {
      if (this.#occupants?.version !== version) this.#refetch()
    }, GRACE_MS)
  }

  pause(): void {
    this.#options.clock.clearTimeout(this.#graceTimer)
    this.#options.clock.clearTimeout(this.#typingTimer)
    this.#isStale = true
    this.#show(NOBODY)
  }

  #refetch(): void {
    if (this.#isRefetching) return
    this.#isRefetching = true
    this.#options
      .refetch()
      .then((occupants) => this.setOccupants(occupants, true))
      // Refused or withdrawn: the room is gone, or the next heartbeat asks again.
      .catch(() => undefined)
      .finally(() => {
        this.#isRefetching = false
      })
  }

  #show(typing: Typing): void {
    if (typing === this.#typing) return
    this.#typing = typing
    this.#options.changed()
  }
}
