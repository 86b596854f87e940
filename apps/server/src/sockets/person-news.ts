import type { MyRoom, User } from '@parley/protocol'
import type { Publication } from '../rules/publication.ts'
import type { State } from '../state.ts'
import type { Activity } from './activity.ts'
import { encodeSignals } from './encode-frame.ts'
import type { Greetings } from './greetings.ts'
import type { Membership } from './membership.ts'
import type { Occupancy } from './occupancy.ts'
import { blockedSet, type People, type Person } from './people.ts'
import type { RoomChannels } from './room-channels.ts'
import type { Viewer } from './viewer.ts'

type News<Kind extends Publication['kind']> = Extract<Publication, { kind: Kind }>

interface PersonNewsParts {
  readonly people: People
  readonly activity: Activity
  readonly state: Pick<State, 'welcome'>
  readonly occupancy: Occupancy
  readonly greetings: Greetings
  readonly channels: RoomChannels
}

/** What is published about one person, and who of those connected hears of it. */
export class PersonNews {
  readonly #parts: PersonNewsParts

  constructor(parts: PersonNewsParts) {
    this.#parts = parts
  }

  /** To all of a person's devices. */
  tell(person: Person, text: string): void {
    for (const viewer of person.viewers) this.#parts.greetings.tell(viewer, text)
  }

  async standingChanged({ userId, roomId }: News<'standing'>): Promise<void> {
    const { people, activity } = this.#parts
    const person = people.get(userId)
    const truth = person && (await activity.readTruth(person, roomId))
    if (!truth) return
    const { role, mutedUntil } = truth
    const standing = { role, ...(mutedUntil !== undefined && { mutedUntil }) }
    this.tell(person, encodeSignals([{ name: 'standing', roomId, ...standing }]))
  }

  /** Unread counts leave out whom one blocks, so all of them are counted again. */
  async blocksChanged({ userId, blocked }: News<'blocks'>): Promise<void> {
    const { people, activity, greetings } = this.#parts
    const person = people.get(userId)
    if (!person) return
    person.blocked = blockedSet(blocked)
    for (const viewer of person.viewers) greetings.hearsOfBlocks(viewer)
    this.tell(person, encodeSignals([{ name: 'blocks', blocked: [...blocked] }]))
    await activity.recount(person)
  }

  /** Tells what may not have been told: whom they block, where they have read to, how they stand in their rooms. */
  async makeRight(person: Person): Promise<void> {
    const [viewer] = person.viewers
    if (!viewer) return
    const before = new Map(person.rooms)
    const { rooms, blocked } = await this.#parts.state.welcome(viewer.actor)
    for (const truth of rooms) {
      const membership = person.rooms.get(truth.room.id)
      // What was learnt of it meanwhile is newer.
      if (membership && membership === before.get(truth.room.id)) this.#makeRoomRight(person, membership, truth)
    }
    const isSame = blocked.length === person.blocked.size && blocked.every((userId) => person.blocked.has(userId))
    if (!isSame) await this.blocksChanged({ kind: 'blocks', userId: person.user.id, blocked })
  }

  #makeRoomRight(person: Person, membership: Membership, truth: MyRoom): void {
    const { room, role, mutedUntil, marker, unread, mentions, lastNumber } = truth
    const roomId = room.id
    if (membership.role !== undefined && (membership.role !== role || membership.mutedUntil !== mutedUntil)) {
      membership.role = role
      membership.mutedUntil = mutedUntil
      const standing = { role, ...(mutedUntil !== undefined && { mutedUntil }) }
      this.tell(person, encodeSignals([{ name: 'standing', roomId, ...standing }]))
    }
    if (membership.marker !== undefined && membership.marker < marker) {
      membership.mark(marker, unread, lastNumber)
      this.tell(person, encodeSignals([{ name: 'marker', roomId, number: marker, unread, mentions }]))
    }
  }

  markerMoved(publication: News<'marker'>): void {
    const { people, channels } = this.#parts
    const { userId, roomId, number, lastNumber } = publication
    const person = people.get(userId)
    if (!person) return
    const membership = person.rooms.get(roomId)
    membership?.mark(number, publication.unread, lastNumber)
    const tail = channels.get(roomId)?.tail
    const unread = (tail && membership?.unread(tail, person)) ?? publication.unread
    // The one that moved it hears it too: it is whole state, and one rule for all is easier to trust.
    this.tell(person, encodeSignals([{ name: 'marker', roomId, number, unread, mentions: 0 }]))
  }

  profileChanged({ user }: News<'profile'>): void {
    const { people, occupancy, greetings } = this.#parts
    const person = people.get(user.id)
    if (person) this.#isCalled(person, user)
    occupancy.rename(user)
    const told = new Set<Viewer>(person?.viewers)
    for (const viewer of this.#followers()) told.add(viewer)
    for (const viewer of greetings.viewers()) told.add(viewer)
    for (const { viewers } of people.peersOf(user.id)) for (const viewer of viewers) told.add(viewer)
    const text = encodeSignals([{ name: 'profile', user }])
    for (const viewer of told) greetings.tell(viewer, text)
  }

  /** What they do from now on is signed with the new name and judged by the new role. */
  #isCalled(person: Person, user: User): void {
    if (user.version > person.user.version) person.user = user
    for (const viewer of person.viewers) {
      if (user.version > viewer.actor.user.version) viewer.actor = { ...viewer.actor, user }
    }
  }

  // Everybody who has a room open, because a person's messages stay where the person has left.
  *#followers(): Iterable<Viewer> {
    for (const channel of this.#parts.channels.all()) {
      channel.renamed()
      // Whoever still reads the log may have read the old name.
      for (const { viewer, isSeated } of channel.subscriptions) if (isSeated) yield viewer
    }
  }
}
