import {
  type EventsFrame,
  LIMITS,
  type MyRoom,
  type QueryOutput,
  type Room,
  type RoomId,
  roomOfStream,
  type SignalOf,
  type UserEvent,
  type UserId,
} from '@parley/protocol'
import { applyUserEvent, newerRoom, type OwnState, withoutRoom } from './apply-event.ts'
import type { Welcome } from './connection.ts'
import { progress } from './cursors.ts'
import { type Observable, Variable } from './observable.ts'
import type { MyRoomView } from './views.ts'

const byName = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' })

/** The sidebar: rooms I belong to, with unread counts, kept by `welcome`, my own log and signals. */
export class OwnRooms {
  readonly #list = new Variable<readonly MyRoomView[]>([])
  readonly #lastRoomId = new Variable<RoomId | undefined>(undefined)
  readonly #refetch: () => Promise<QueryOutput<'list-my-rooms'>>
  #state: OwnState = { cursor: 0, rooms: new Map(), lastRoomId: undefined, isIncomplete: false }
  #isRefetching = false

  constructor(refetch: () => Promise<QueryOutput<'list-my-rooms'>>) {
    this.#refetch = refetch
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
    if (this.#isRefetching) return
    this.#isRefetching = true
    const askedAt = this.#state.cursor
    this.#refetch()
      .then((answer) => {
        this.#isRefetching = false
        // Events that came while the answer was on its way are newer than it: ask again.
        if (answer.seq < this.#state.cursor && this.#state.cursor > askedAt) this.refetch()
        else this.replace(answer)
      })
      // Refused or withdrawn: the next heartbeat or welcome repairs it.
      .catch(() => {
        this.#isRefetching = false
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
      const isUnread = number > known.marker && authorId !== me
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

  patch(roomId: RoomId, change: Partial<MyRoom>): void {
    const known = this.get(roomId)
    if (!known) return
    const next = { ...known, ...change }
    const isSame = (Object.keys(next) as (keyof MyRoom)[]).every((key) => next[key] === known[key]) // as: its own keys
    if (!isSame) this.#set({ ...this.#state, rooms: new Map(this.#state.rooms).set(roomId, next) })
  }

  /** Known at once from the answer to a command, before the log says so. */
  entered(roomId: RoomId): void {
    this.#set({ ...this.#state, lastRoomId: roomId })
    if (!this.get(roomId)) this.refetch()
  }

  gone(roomId: RoomId): void {
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
    if (state.rooms === before.rooms) return
    const views = new Map(this.#list.value.map((view) => [view.id, view]))
    const list = [...state.rooms.values()].map((mine) => {
      const known = views.get(mine.room.id)
      const isSame = known && before.rooms.get(mine.room.id) === mine
      return isSame ? known : { ...mine, id: mine.room.id, name: mine.room.name }
    })
    this.#list.set(list.sort((a, b) => byName.compare(a.name, b.name) || (a.id < b.id ? -1 : 1)))
  }
}
