import { LIMITS, type LobbyRoom, type Occupants, type RoomId, TIMES, type User, type UserId } from '@parley/protocol'
import type { Clock } from '../clock.ts'
import type { InstanceId } from '../rules/instance-id.ts'
import type { OccupancyReader } from '../state.ts'

interface Occupant {
  user: User
  /** How many of the person's connections to this instance have the room open. */
  tabs: number
  callOffGrace?: (() => void) | undefined
  /** The other instances where they have it open. */
  readonly elsewhere: Set<InstanceId>
}

/** `vanished`: the socket is gone, perhaps for the time of a reload only. */
type Leaving = 'vanished' | 'left'

/** One connection's place in a room. */
export interface Seat {
  leave(how: Leaving): void
}

/** Those of one instance who are in a room. */
export interface Seated {
  readonly roomId: RoomId
  readonly isListed: boolean
  readonly people: readonly User[]
}

interface OccupiedRoom {
  readonly people: Map<UserId, Occupant>
  readonly isListed: boolean
  version: number
}

/**
 * Who is in which room now: members with a live connection whose open place is the room, counted once over all tabs and
 * instances. A vanished socket keeps its place for a while, so that a reload does not flicker. (SPEC G3) What other instances
 * know comes by `sit` and `rise`; what they need to know of this one is told by `onOwnChange`.
 */
export class Occupancy implements OccupancyReader {
  readonly #clock: Clock
  readonly #rooms = new Map<RoomId, OccupiedRoom>()
  readonly #active = new Map<RoomId, Pick<LobbyRoom, 'occupants' | 'faces'>>()
  readonly #listeners: ((roomId: RoomId) => void)[] = []
  #tellOwn: (roomId: RoomId, userId: UserId, isUrgent: boolean) => void = () => undefined
  #expelled: (roomId: RoomId, userId: UserId) => void = () => undefined
  #newest = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Called with each room whose people changed. */
  onChange(listener: (roomId: RoomId) => void): void {
    this.#listeners.push(listener)
  }

  /** Called after somebody's place on this instance began or ended, or their name changed. */
  onOwnChange(listener: (roomId: RoomId, userId: UserId, isUrgent: boolean) => void): void {
    this.#tellOwn = listener
  }

  /** Called with whoever was expelled, wherever they sat: what other instances said of them before counts no more. */
  onExpelled(listener: (roomId: RoomId, userId: UserId) => void): void {
    this.#expelled = listener
  }

  occupants(roomId: RoomId): Occupants {
    const room = this.#rooms.get(roomId)
    const people: User[] = []
    for (const { user } of room?.people.values() ?? []) if (people.push(user) === LIMITS.occupantsShown) break
    return { roomId, version: room?.version ?? 0, count: room?.people.size ?? 0, people }
  }

  /** Everybody who sits anywhere, as known here. */
  *everybody(): Iterable<User> {
    for (const { people } of this.#rooms.values()) for (const { user } of people.values()) yield user
  }

  activeRooms(): ReadonlyMap<RoomId, Pick<LobbyRoom, 'occupants' | 'faces'>> {
    return this.#active
  }

  /** One more connection of the person has the room open. */
  enter(roomId: RoomId, user: User, { isListed }: { isListed: boolean }): Seat {
    const { room, occupant, isNew } = this.#place(roomId, user, isListed)
    const wasHere = isHere(occupant)
    occupant.tabs += 1
    this.#endGrace(occupant)
    const isRenamed = this.#isCalled(occupant, user)
    if (isNew || isRenamed) this.#changed(roomId, room)
    if (!wasHere || isRenamed) this.#tellOwn(roomId, user.id, false)
    return { leave: (how) => this.#leave({ roomId, room, occupant }, how) }
  }

  #leave({ roomId, room, occupant }: { roomId: RoomId; room: OccupiedRoom; occupant: Occupant }, how: Leaving): void {
    if (room.people.get(occupant.user.id) !== occupant) return // Expelled, or the room was closed.
    occupant.tabs -= 1
    if (occupant.tabs > 0) return
    const go = () => {
      occupant.callOffGrace = undefined
      if (occupant.elsewhere.size === 0) this.#remove(roomId, room, occupant)
      this.#tellOwn(roomId, occupant.user.id, false)
    }
    if (how === 'left') go()
    else occupant.callOffGrace = this.#clock.after(TIMES.occupantGraceMs, go)
  }

  /** The person is no member any more: no grace, whatever their tabs, here or elsewhere. */
  expel(roomId: RoomId, userId: UserId): void {
    const room = this.#rooms.get(roomId)
    const occupant = room?.people.get(userId)
    if (!room || !occupant) return
    this.#expel(roomId, room, occupant)
    this.#changed(roomId, room)
  }

  close(roomId: RoomId): void {
    const room = this.#rooms.get(roomId)
    if (!room) return
    for (const occupant of [...room.people.values()]) this.#expel(roomId, room, occupant)
    this.#changed(roomId, room)
  }

  /** A person has another name or picture. */
  rename(user: User): void {
    for (const [roomId, room] of this.#rooms) {
      const occupant = room.people.get(user.id)
      if (!occupant || occupant.user.version > user.version) continue
      occupant.user = user
      this.#changed(roomId, room)
      if (isHere(occupant)) this.#tellOwn(roomId, user.id, false)
    }
  }

  /** Somebody's place on this instance; undefined when they have none here. */
  ownPlace(roomId: RoomId, userId: UserId): { readonly user: User; readonly isListed: boolean } | undefined {
    const room = this.#rooms.get(roomId)
    const occupant = room?.people.get(userId)
    return room && occupant && isHere(occupant) ? { user: occupant.user, isListed: room.isListed } : undefined
  }

  /** Everybody who is in a room on this instance. */
  *ownPlaces(): Iterable<Seated> {
    for (const [roomId, { people, isListed }] of this.#rooms) {
      const here = [...people.values()].filter(isHere)
      if (here.length > 0) yield { roomId, isListed, people: here.map(({ user }) => user) }
    }
  }

  /** People have the room open on another instance, which is at this version. With `isArrival`, since a moment ago. */
  sit(
    instance: InstanceId,
    { roomId, isListed, people }: Seated,
    { isArrival, version }: { isArrival: boolean; version: number },
  ): void {
    let hasNews = false
    const back: UserId[] = []
    for (const user of people) {
      const { occupant, isNew } = this.#place(roomId, user, isListed)
      occupant.elsewhere.add(instance)
      // Whoever vanished here has shown up there.
      if (isArrival && occupant.callOffGrace) {
        this.#endGrace(occupant)
        back.push(user.id)
      }
      hasNews = this.#isCalled(occupant, user) || isNew || hasNews
    }
    const room = this.#rooms.get(roomId)
    if (room && hasNews) this.#changed(roomId, room, version)
    for (const userId of back) this.#tellOwn(roomId, userId, false)
  }

  /** People do not have the room open on that instance any more. */
  rise(instance: InstanceId, roomId: RoomId, userIds: Iterable<UserId>, version?: number): void {
    const room = this.#rooms.get(roomId)
    if (!room) return
    let hasNews = false
    for (const userId of userIds) {
      const occupant = room.people.get(userId)
      if (!occupant?.elsewhere.delete(instance) || occupant.elsewhere.size > 0 || isHere(occupant)) continue
      room.people.delete(userId)
      hasNews = true
    }
    if (hasNews) this.#changed(roomId, room, version)
  }

  /** The newest version that was given or heard of. */
  get newest(): number {
    return this.#newest
  }

  #place(roomId: RoomId, user: User, isListed: boolean) {
    const room = this.#rooms.get(roomId) ?? { people: new Map<UserId, Occupant>(), isListed, version: 0 }
    this.#rooms.set(roomId, room)
    const known = room.people.get(user.id)
    const occupant: Occupant = known ?? { user, tabs: 0, elsewhere: new Set() }
    room.people.set(user.id, occupant)
    return { room, occupant, isNew: known === undefined }
  }

  /** True when that is news. */
  #isCalled(occupant: Occupant, user: User): boolean {
    if (user.version <= occupant.user.version) return false
    occupant.user = user
    return true
  }

  #endGrace(occupant: Occupant): void {
    occupant.callOffGrace?.()
    occupant.callOffGrace = undefined
  }

  #expel(roomId: RoomId, room: OccupiedRoom, occupant: Occupant): void {
    const wasHere = isHere(occupant)
    this.#endGrace(occupant)
    room.people.delete(occupant.user.id)
    this.#expelled(roomId, occupant.user.id)
    if (wasHere) this.#tellOwn(roomId, occupant.user.id, true)
  }

  #remove(roomId: RoomId, room: OccupiedRoom, occupant: Occupant): void {
    room.people.delete(occupant.user.id)
    this.#changed(roomId, room)
  }

  /**
   * Versions grow over all instances, however their clocks differ: a change has the version where it was made, unless there
   * is a newer one here. Time makes them go on growing over restarts and over a room's empty times.
   */
  #changed(roomId: RoomId, room: OccupiedRoom, version?: number): void {
    if (version === undefined) room.version = Math.max(this.#newest + 1, this.#clock.now())
    else room.version = Math.max(room.version + 1, version)
    this.#newest = Math.max(this.#newest, room.version)
    if (room.people.size === 0) {
      this.#rooms.delete(roomId)
      this.#active.delete(roomId)
    } else if (room.isListed) {
      this.#active.set(roomId, { occupants: room.people.size, faces: facesOf(room) })
    }
    for (const listener of this.#listeners) listener(roomId)
  }
}

function isHere({ tabs, callOffGrace }: Occupant): boolean {
  return tabs > 0 || callOffGrace !== undefined
}

function facesOf(room: OccupiedRoom): User[] {
  const faces: User[] = []
  for (const { user } of room.people.values()) if (faces.push(user) === LIMITS.facesShown) break
  return faces
}
