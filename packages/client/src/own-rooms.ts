import {
  type EventsFrame,
  LIMITS,
  type MyRoom,
  type QueryOutput,
  type Room,
  type RoomId,
  roomOfStream,
  type SignalOf,
  type User,
  type UserEvent,
  type UserId,
} from '@parley/protocol'
import { applyUserEvent, newerRoom, type OwnState, withoutRoom } from './apply-event.ts'
import type { Welcome } from './connection.ts'
import { progress } from './cursors.ts'
import { nameOf } from './names.ts'
import { type Observable, Variable } from './observable.ts'
import type { MyRoomView } from './views.ts'

const byName = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' })

type Change = { readonly [Key in keyof MyRoom]?: MyRoom[Key] | undefined }

/** What the list needs to know of people: how the other of a direct room is called now, and who I am. */
export interface KnownPeople {
  get(id: UserId): User | undefined
  me(): UserId | undefined
  isBlocked(id: UserId): boolean
}

const NOBODY_KNOWN: KnownPeople = { get: () => undefined, me: () => undefined, isBlocked: () => false }

/** The sidebar: rooms I belong to, with unread counts, kept by `welcome`, my own log and signals. */
export class OwnRooms {
  readonly #list = new Variable<readonly MyRoomView[]>([])
  readonly #lastRoomId = new Variable<RoomId | undefined>(undefined)
  readonly #refetch: () => Promise<QueryOutput<'list-my-rooms'>>
  readonly #people: KnownPeople
  #state: OwnState = { cursor: 0, rooms: new Map(), lastRoomId: undefined, isIncomplete: false }
  /** What was told of rooms since the list was asked for, which its answer may not know; undefined: it is not asked for. */
  #told: Map<RoomId, Change> | undefined

  constructor(refetch: () => Promise<QueryOutput<'list-my-rooms'>>, people: KnownPeople = NOBODY_KNOWN) {
    this.#refetch = refetch
    this.#people = people
  }

  get list(): Observable<readonly MyRoomView[]> {
    return this.#list
  }

  get lastRoomId(): Observable<RoomId | undefined> {
    return this.#lastRoomId
  }

  get(roomId: RoomId): MyRoom | undefined {
    return this.#state.rooms.get(roomId)
  }

  /** Complete and authoritative: what is not there is gone. (SPEC E2) */
  replace({ rooms, lastRoomId, seq }: Pick<Welcome, 'rooms' | 'seq'> & { lastRoomId?: RoomId | undefined }): void {
    const next = new Map(rooms.map((mine) => [mine.room.id, this.#keepMarker(mine)]))
    this.#set({ cursor: seq, rooms: next, lastRoomId, isIncomplete: false })
  }

  clear(): void {
    this.#set({ cursor: 0, rooms: new Map(), lastRoomId: undefined, isIncomplete: false })
  }

  fresh(events: readonly UserEvent[]): readonly UserEvent[] {
    return progress(this.#state.cursor, events).fresh
  }

  apply(events: readonly UserEvent[]): void {
    const { fresh, hasGap } = progress(this.#state.cursor, events)
    this.#set(fresh.reduce(applyUserEvent, this.#state))
    if (hasGap || this.#state.isIncomplete) this.refetch()
  }

  /** The heartbeat names the head of my log; being behind means that something was lost on the way. */
  compareHead(head: number): void {
    if (head > this.#state.cursor || this.#state.isIncomplete) this.refetch()
  }

  refetch(): void {
    if (this.#told) return
    const told = new Map<RoomId, Change>()
    this.#told = told
    const askedAt = this.#state.cursor
    this.#refetch()
      .then((answer) => {
        this.#told = undefined
        // Events that came while the answer was on its way are newer than it: ask again.
        if (answer.seq < this.#state.cursor && this.#state.cursor > askedAt) this.refetch()
        else
          this.replace({ ...answer, rooms: answer.rooms.map((mine) => withTold(mine, told.get(mine.room.id) ?? {})) })
      })
      // Refused or withdrawn: the next heartbeat or welcome repairs it.
      .catch(() => {
        this.#told = undefined
      })
  }

  activity({ roomId, lastNumber, unread, mentions }: SignalOf<'activity'>): void {
    const known = this.get(roomId)
    if (known && lastNumber >= known.lastNumber) this.patch(roomId, { lastNumber, unread, mentions })
  }

  /** The server believes that a room's events were seen, so nobody tells of these again. */
  passed({ stream, events }: EventsFrame, me: UserId): void {
    const roomId = roomOfStream(stream)
    for (const event of events) {
      if ('room' in event && event.room) this.room(event.room)
      const known = roomId && this.get(roomId)
      if (!known || event.type !== 'message-posted' || !event.message) continue
      const { number, authorId } = event.message
      if (number <= known.lastNumber) continue
      const isUnread = number > known.marker && authorId !== me && !this.#people.isBlocked(authorId)
      const unread = Math.min(LIMITS.unreadShown + 1, known.unread + (isUnread ? 1 : 0))
      this.patch(roomId, { lastNumber: number, unread })
    }
  }

  marker({ roomId, number, unread, mentions }: SignalOf<'marker'>): void {
    const known = this.get(roomId)
    if (known && number >= known.marker) this.patch(roomId, { marker: number, unread, mentions })
  }

  room(room: Room): void {
    const known = this.get(room.id)
    if (known) this.patch(room.id, { room: newerRoom(known.room, room) })
  }

  /** What I am in a room, whole. */
  standing({ roomId, role, mutedUntil }: SignalOf<'standing'>): void {
    this.patch(roomId, { role, mutedUntil })
  }

  /** Somebody is called otherwise now. */
  renamed(): void {
    this.#show(this.#state.rooms)
  }

  patch(roomId: RoomId, change: Change): void {
    this.#told?.set(roomId, { ...this.#told.get(roomId), ...change })
    const known = this.get(roomId)
    if (!known) return
    const next: MyRoom = { ...known, ...change } as MyRoom // as: only what may be absent is ever set to undefined
    const isSame = (Object.keys(next) as (keyof MyRoom)[]).every((key) => next[key] === known[key]) // as: its own keys
    if (!isSame) this.#set({ ...this.#state, rooms: new Map(this.#state.rooms).set(roomId, next) })
  }

  /** Known at once from the answer to a command, before the log says so. */
  entered(roomId: RoomId): void {
    this.#set({ ...this.#state, lastRoomId: roomId })
    if (!this.get(roomId)) this.refetch()
  }

  gone(roomId: RoomId): void {
    this.#told?.delete(roomId)
    this.#set(withoutRoom(this.#state, roomId))
  }

  #keepMarker(mine: MyRoom): MyRoom {
    const known = this.get(mine.room.id)
    // A marker that moved here may not have reached the server yet; it never goes back.
    if (!known || known.marker <= mine.marker) return mine
    return { ...mine, marker: known.marker, unread: Math.min(known.unread, mine.unread) }
  }

  #set(state: OwnState): void {
    const before = this.#state
    this.#state = state
    this.#lastRoomId.set(state.lastRoomId)
    if (state.rooms !== before.rooms) this.#show(before.rooms)
  }

  #show(before: OwnState['rooms']): void {
    const views = new Map(this.#list.value.map((view) => [view.id, view]))
    const list = [...this.#state.rooms.values()]
      .filter((mine) => this.#isListed(mine))
      .map((mine) => {
        const peer = mine.peer && (this.#people.get(mine.peer.id) ?? mine.peer)
        const name = peer ? nameOf(peer) : mine.room.name
        const known = views.get(mine.room.id)
        const isSame = known && before.get(mine.room.id) === mine && known.name === name && known.peer === peer
        return isSame ? known : { ...mine, ...(peer && { peer }), id: mine.room.id, name }
      })
    list.sort(bySection)
    const isSame = list.length === this.#list.value.length && list.every((view, at) => view === this.#list.value[at])
    if (!isSame) this.#list.set(list)
  }

  /** A conversation that somebody else began shows itself with its first message. */
  #isListed({ room, lastNumber }: MyRoom): boolean {
    return room.kind !== 'direct' || lastNumber > 0 || room.ownerId === this.#people.me()
  }
}

/** What a list says of a room, with what was told of it since the list was asked for. */
function withTold(mine: MyRoom, told: Change): MyRoom {
  const { room = mine.room, lastNumber = mine.lastNumber, marker = mine.marker } = told
  const isOlder = lastNumber < mine.lastNumber || marker < mine.marker
  const { unread = mine.unread, mentions = mine.mentions } = isOlder ? mine : told
  const counts = {
    lastNumber: Math.max(lastNumber, mine.lastNumber),
    marker: Math.max(marker, mine.marker),
    unread,
    mentions,
  }
  return { ...mine, ...told, ...counts, room: newerRoom(mine.room, room) } as MyRoom // as: as `patch` has it
}

/** Rooms first, then conversations of two, each by name: as the sidebar shows them. */
function bySection(a: MyRoomView, b: MyRoomView): number {
  const section = Number(a.room.kind === 'direct') - Number(b.room.kind === 'direct')
  return section || byName.compare(a.name, b.name) || (a.id < b.id ? -1 : 1)
}
