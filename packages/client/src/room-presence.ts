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

/** Passing facts of an open room: who is here, who types. */
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

  /** A snapshot is taken as it is. */
  setOccupants({ roomId, version, count, people }: Occupants): void {
    this.#isStale = false
    this.#occupants = { roomId, version, count, people }
    this.#options.changed()
  }

  /** The higher version replaces, and so does the first that a new connection says. Who is not named again was named before. */
  heardOccupants({ people, since, ...rest }: SignalOf<'occupants'>): void {
    const known = this.#isStale ? undefined : this.#occupants
    if (known && rest.version <= known.version) return
    const hasThem = known !== undefined && since !== undefined && since <= known.version
    const named = people ?? (hasThem ? known.people : undefined)
    if (named) this.setOccupants({ ...rest, people: named })
    else this.#refetch()
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
    if (version === undefined || this.#knows(version)) return
    const { clock } = this.#options
    clock.clearTimeout(this.#graceTimer)
    this.#graceTimer = clock.setTimeout(() => {
      if (!this.#knows(version)) this.#refetch()
    }, GRACE_MS)
  }

  pause(): void {
    this.#options.clock.clearTimeout(this.#graceTimer)
    this.#options.clock.clearTimeout(this.#typingTimer)
    this.#isStale = true
    this.#show(NOBODY)
  }

  #knows(version: number): boolean {
    return !this.#isStale && this.#occupants !== undefined && this.#occupants.version >= version
  }

  #refetch(): void {
    if (this.#isRefetching) return
    this.#isRefetching = true
    this.#options
      .refetch()
      .then((occupants) => this.setOccupants(occupants))
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
