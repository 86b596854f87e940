import { LIMITS, type LobbyRoom, type Occupants, type RoomId, TIMES, type User, type UserId } from '@parley/protocol'
import type { Clock } from '../clock.ts'
import type { OccupancyReader } from '../state.ts'

interface Occupant {
  user: User
  /** How many of the person's connections have the room open. */
  tabs: number
  callOffGrace?: () => void
}

/** `vanished`: the socket is gone, perhaps for the time of a reload only. */
type Leaving = 'vanished' | 'left'

/** One connection's place in a room. */
export interface Seat {
  leave(how: Leaving): void
}

interface OccupiedRoom {
  readonly people: Map<UserId, Occupant>
  readonly isListed: boolean
  version: number
}

/**
 * Who is in which room now: members with a live connection whose open place is the room, counted once over all tabs. A
 * vanished socket keeps its place for a while, so that a reload does not flicker. (SPEC G3) With several instances another
 * implementation adds what the others see; everybody else only reads and listens.
 */
export class Occupancy implements OccupancyReader {
  readonly #clock: Clock
  readonly #rooms = new Map<RoomId, OccupiedRoom>()
  readonly #active = new Map<RoomId, Pick<LobbyRoom, 'occupants' | 'faces'>>()
  readonly #listeners: ((roomId: RoomId) => void)[] = []

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Called with each room whose people changed. */
  onChange(listener: (roomId: RoomId) => void): void {
    this.#listeners.push(listener)
  }

  occupants(roomId: RoomId): Occupants {
    const room = this.#rooms.get(roomId)
    const people: User[] = []
    for (const { user } of room?.people.values() ?? []) if (people.push(user) === LIMITS.occupantsShown) break
    return { roomId, version: room?.version ?? 0, count: room?.people.size ?? 0, people }
  }

  version(roomId: RoomId): number {
    return this.#rooms.get(roomId)?.version ?? 0
  }

  activeRooms(): ReadonlyMap<RoomId, Pick<LobbyRoom, 'occupants' | 'faces'>> {
    return this.#active
  }

  /** One more connection of the person has the room open. */
  enter(roomId: RoomId, user: User, { isListed }: { isListed: boolean }): Seat {
    // Versions go on growing over restarts and over the room's empty times, because they begin at the present time.
    const room = this.#rooms.get(roomId) ?? {
      people: new Map<UserId, Occupant>(),
      isListed,
      version: this.#clock.now(),
    }
    this.#rooms.set(roomId, room)
    const occupant = room.people.get(user.id) ?? { user, tabs: 0 }
    occupant.tabs += 1
    occupant.callOffGrace?.()
    delete occupant.callOffGrace
    if (!room.people.has(user.id)) {
      room.people.set(user.id, occupant)
      this.#changed(roomId, room)
    }
    return { leave: (how) => this.#leave({ roomId, room, occupant }, how) }
  }

  #leave({ roomId, room, occupant }: { roomId: RoomId; room: OccupiedRoom; occupant: Occupant }, how: Leaving): void {
    if (room.people.get(occupant.user.id) !== occupant) return // Expelled, or the room was closed.
    occupant.tabs -= 1
    if (occupant.tabs > 0) return
    if (how === 'left') {
      this.#remove(roomId, room, occupant.user.id)
      return
    }
    const expire = () => this.#remove(roomId, room, occupant.user.id)
    occupant.callOffGrace = this.#clock.after(TIMES.occupantGraceMs, expire)
  }

  /** The person is no member any more: no grace, whatever their tabs. */
  expel(roomId: RoomId, userId: UserId): void {
    const room = this.#rooms.get(roomId)
    const occupant = room?.people.get(userId)
    if (!room || !occupant) return
    occupant.callOffGrace?.()
    this.#remove(roomId, room, userId)
  }

  close(roomId: RoomId): void {
    const room = this.#rooms.get(roomId)
    if (!room) return
    for (const occupant of room.people.values()) occupant.callOffGrace?.()
    room.people.clear()
    this.#changed(roomId, room)
  }

  /** A person has another name or picture. */
  rename(user: User): void {
    for (const [roomId, room] of this.#rooms) {
      const occupant = room.people.get(user.id)
      if (!occupant) continue
      occupant.user = user
      this.#changed(roomId, room)
    }
  }

  #remove(roomId: RoomId, room: OccupiedRoom, userId: UserId): void {
    room.people.delete(userId)
    this.#changed(roomId, room)
  }

  #changed(roomId: RoomId, room: OccupiedRoom): void {
    room.version += 1
    if (room.people.size === 0) {
      this.#rooms.delete(roomId)
      this.#active.delete(roomId)
    } else if (room.isListed) {
      this.#active.set(roomId, { occupants: room.people.size, faces: facesOf(room) })
    }
    for (const listener of this.#listeners) listener(roomId)
  }
}

function facesOf(room: OccupiedRoom): User[] {
  const faces: User[] = []
  for (const { user } of room.people.values()) if (faces.push(user) === LIMITS.facesShown) break
  return faces
}
