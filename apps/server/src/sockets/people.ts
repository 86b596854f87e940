import {
  type Event,
  type MyRoom,
  type RoomId,
  roomStream,
  type Seq,
  type SessionId,
  type StreamId,
  type User,
  type UserId,
  userStream,
} from '@parley/protocol'
import type { Welcome } from '../state.ts'
import { Membership } from './membership.ts'
import type { Viewer } from './viewer.ts'

/** Somebody with at least one live connection. */
export interface Person {
  user: User
  readonly viewers: Set<Viewer>
  readonly rooms: Map<RoomId, Membership>
  /** Whose messages are not counted. */
  blocked: ReadonlySet<UserId>
  /** How far `rooms` follows the person's own stream; undefined until the first welcome. */
  seq: Seq | undefined
}

/** Streams whose news is wanted here. */
interface Streams {
  follow(streams: readonly StreamId[]): unknown
  unfollow(streams: readonly StreamId[]): void
}

/** Who is connected, and which of them belong to a room: kept by each person's own stream. */
export class People {
  readonly #people = new Map<UserId, Person>()
  readonly #members = new Map<RoomId, Set<Person>>()
  readonly #sessions = new Map<SessionId, Set<Viewer>>()
  /** Who has a direct room with somebody. */
  readonly #peers = new Map<UserId, Set<Person>>()
  readonly #streams: Streams | undefined

  /** `streams`: those of the people and of their rooms are followed there. */
  constructor(streams?: Streams) {
    this.#streams = streams
  }

  all(): Iterable<Person> {
    return this.#people.values()
  }

  sessions(): Iterable<SessionId> {
    return this.#sessions.keys()
  }

  get(userId: UserId): Person | undefined {
    return this.#people.get(userId)
  }

  membersOf(roomId: RoomId): ReadonlySet<Person> {
    return this.#members.get(roomId) ?? NOBODY
  }

  /** Those connected who have a direct room with this person. */
  peersOf(userId: UserId): ReadonlySet<Person> {
    return this.#peers.get(userId) ?? NOBODY
  }

  viewersOfSession(sessionId: SessionId): readonly Viewer[] {
    return [...(this.#sessions.get(sessionId) ?? [])]
  }

  arrive(viewer: Viewer): Person {
    const { user, sessionId } = viewer.actor
    let person = this.#people.get(user.id)
    if (!person) {
      person = newcomer(user)
      this.#people.set(user.id, person)
      this.#streams?.follow([userStream(user.id)])
    }
    person.viewers.add(viewer)
    const ofSession = this.#sessions.get(sessionId) ?? new Set()
    this.#sessions.set(sessionId, ofSession.add(viewer))
    return person
  }

  depart(viewer: Viewer): void {
    const { user, sessionId } = viewer.actor
    const ofSession = this.#sessions.get(sessionId)
    ofSession?.delete(viewer)
    if (ofSession?.size === 0) this.#sessions.delete(sessionId)
    const person = this.#people.get(user.id)
    person?.viewers.delete(viewer)
    if (person?.viewers.size !== 0) return
    for (const roomId of [...person.rooms.keys()]) this.part(person, roomId)
    this.#people.delete(user.id)
    this.#streams?.unfollow([userStream(user.id)])
  }

  /** Takes over what the truth says about a person's rooms, unless newer events were already followed. */
  learn(person: Person, { rooms, seq }: Welcome): void {
    if (this.#people.get(person.user.id) !== person) return // Gone again while it was read.
    if (person.seq !== undefined && person.seq > seq) return
    const known = new Set(rooms.map(({ room }) => room.id))
    for (const roomId of [...person.rooms.keys()]) if (!known.has(roomId)) this.part(person, roomId)
    for (const myRoom of rooms) this.know(person, myRoom)
    person.seq = seq
  }

  /** Follows one event of the person's own stream. */
  follow(person: Person, event: Event): void {
    if (person.seq === undefined || event.seq <= person.seq) return
    person.seq = event.seq
    if (event.type === 'room-entered') this.join(person, event.roomId)
    else if (event.type === 'room-left') this.part(person, event.roomId)
  }

  /** Takes over what the truth says about one room. */
  know(person: Person, myRoom: MyRoom): void {
    const { room, peer, role, mutedUntil } = myRoom
    const known = person.rooms.get(room.id)
    // Markers only move forward: what was told of this one is newer than what was read.
    if (known?.marker !== undefined && known.marker > myRoom.marker) {
      known.role = role
      known.mutedUntil = mutedUntil
    } else this.#put(person, room.id, new Membership(myRoom))
    if (peer) this.#notePeer(person, peer.id)
  }

  /** These two have just got a direct room. */
  pair(roomId: RoomId, [one, other]: readonly [UserId, UserId]): void {
    for (const [userId, peerId] of [
      [one, other],
      [other, one],
    ] as const) {
      const person = this.#people.get(userId)
      const membership = person?.rooms.get(roomId)
      if (!person || !membership) continue
      membership.peerId = peerId
      this.#notePeer(person, peerId)
    }
  }

  join(person: Person, roomId: RoomId): void {
    if (!person.rooms.has(roomId)) this.#put(person, roomId, new Membership('unknown'))
  }

  part(person: Person, roomId: RoomId): void {
    const peerId = person.rooms.get(roomId)?.peerId
    if (peerId !== undefined) this.#forgetPeer(person, peerId)
    person.rooms.delete(roomId)
    const members = this.#members.get(roomId)
    members?.delete(person)
    if (members?.size !== 0) return
    this.#members.delete(roomId)
    this.#streams?.unfollow([roomStream(roomId)])
  }

  #notePeer(person: Person, peerId: UserId): void {
    const others = this.#peers.get(peerId)
    if (others) others.add(person)
    else this.#peers.set(peerId, new Set([person]))
  }

  #forgetPeer(person: Person, peerId: UserId): void {
    const others = this.#peers.get(peerId)
    others?.delete(person)
    if (others?.size === 0) this.#peers.delete(peerId)
  }

  #put(person: Person, roomId: RoomId, membership: Membership): void {
    person.rooms.set(roomId, membership)
    const members = this.#members.get(roomId)
    if (members) {
      members.add(person)
      return
    }
    this.#members.set(roomId, new Set([person]))
    this.#streams?.follow([roomStream(roomId)])
  }
}

function newcomer(user: User): Person {
  return { user, viewers: new Set(), rooms: new Map(), blocked: NO_ONE, seq: undefined }
}

/** Most people block nobody, and share the set that says so. */
export function blockedSet(ids: readonly UserId[]): ReadonlySet<UserId> {
  return ids.length > 0 ? new Set(ids) : NO_ONE
}

const NO_ONE: ReadonlySet<UserId> = new Set()
const NOBODY: ReadonlySet<Person> = new Set()
