import type {
  ClientFrame,
  CommandId,
  Epoch,
  MessageId,
  RefusalCode,
  RoomId,
  RoomSnapshot,
  Seq,
  ServerFrame,
  SignalOf,
  UserId,
} from '@parley/protocol'
import type { Batch } from './batch.ts'
import type { Blocks } from './blocks.ts'
import type { Calls } from './calls.ts'
import type { Clock } from './clock.ts'
import type { Drafts } from './drafts.ts'
import { type Observable, Variable } from './observable.ts'
import type { ChangeOutput, Outbox } from './outbox.ts'
import type { OutboxEntry } from './outbox-entry.ts'
import type { OwnRooms } from './own-rooms.ts'
import type { People } from './people.ts'
import { ReadMarker } from './read-marker.ts'
import type { Refusal } from './refusal-error.ts'
import { RoomFeed } from './room-feed.ts'
import type { Posted, RoomHandle } from './room-handle.ts'
import { RoomPresence } from './room-presence.ts'
import { type Acknowledged, RoomRows } from './room-rows.ts'
import { newLine, type Reader, roleOf, roomView, unreadOf } from './room-view.ts'
import { TypingNotice } from './typing-notice.ts'
import type { RoomView } from './views.ts'

/** What a room needs of the client. */
export interface RoomSurroundings {
  readonly clock: Clock
  readonly batch: Batch
  readonly calls: Calls
  readonly outbox: Outbox
  readonly drafts: Drafts
  readonly people: People
  readonly blocks: Blocks
  readonly ownRooms: OwnRooms
  me(): UserId
  epoch(): Epoch | undefined
  send(frame: ClientFrame): boolean
  open(room: Room): void
  close(room: Room): void
  left(roomId: RoomId, isRemoved: boolean): void
}

export type Closing = Pick<Refusal, 'code' | 'message'> & { readonly details?: Refusal['details'] }
type EventsFrame = Extract<ServerFrame, { type: 'events' }>

/** One room: what the log says, what the outbox adds, and what the person does. */
export class Room implements RoomHandle {
  readonly id: RoomId
  readonly #around: RoomSurroundings
  readonly #view = new Variable<RoomView | undefined>(undefined)
  readonly #feed: RoomFeed
  readonly #presence: RoomPresence
  readonly #rows = new RoomRows()
  readonly #typing: TypingNotice
  readonly #marker: ReadMarker
  #acknowledged: readonly Acknowledged[] = []
  #isOpen = false
  #closing: Closing | undefined
  /** Decided at the first look and frozen; `null` before. */
  #newLineAt: number | undefined | null = null

  constructor(id: RoomId, around: RoomSurroundings) {
    this.id = id
    this.#around = around
    const { clock, calls, me, epoch, send, people, blocks, outbox } = around
    const changed = () => this.publish()
    this.#feed = new RoomFeed({
      roomId: id,
      clock,
      calls,
      me,
      epoch,
      send,
      changed: () => this.#confirmed(),
      learn: (users) => people.learn(users),
      sawOwn: (commandId, messageId) => outbox.seen(commandId, messageId),
      firstLook: (state) => this.#firstLook(state),
      left: (isRemoved) => around.left(id, isRemoved),
    })
    const refetch = () => calls.query('list-occupants', { roomId: id })
    this.#presence = new RoomPresence({
      clock,
      me,
      isBlocked: (userId) => blocks.ids.value.has(userId),
      refetch,
      changed,
    })
    this.#typing = new TypingNotice(clock, (isTyping) => {
      send({ type: 'signal', name: 'typing', input: { roomId: id, isTyping } })
    })
    this.#marker = new ReadMarker({
      clock,
      send: (number) => calls.command('mark-read', { roomId: id, number }),
      answered: ({ number, unread }) => this.#markedRead(number, unread),
    })
  }

  get view(): Observable<RoomView | undefined> {
    return this.#view
  }

  // What the person does.

  open(): void {
    if (this.#isOpen && !this.#closing) return
    this.#isOpen = true
    this.#closing = undefined
    this.#newLineAt = null
    this.#feed.look()
    this.#around.open(this)
    this.publish()
  }

  close(): void {
    if (!this.#isOpen) return
    this.#around.close(this)
  }

  postMessage({ body }: { readonly body: string }): Posted {
    const { outbox, drafts } = this.#around
    this.#typing.stop()
    drafts.sent(this.id)
    return outbox.post(this.id, body)
  }

  editMessage(target: MessageId | CommandId, body: string): Posted {
    const { outbox } = this.#around
    return outbox.change(this.id, { name: 'edit-message', target: outbox.target(target), body })
  }

  deleteMessage(target: MessageId | CommandId): void {
    const { outbox } = this.#around
    outbox.change(this.id, { name: 'delete-message', target: outbox.target(target) })
  }

  addReaction(messageId: MessageId, emoji: string): void {
    const { outbox } = this.#around
    outbox.change(this.id, { name: 'add-reaction', target: outbox.target(messageId), emoji })
  }

  removeReaction(messageId: MessageId, emoji: string): void {
    const { outbox } = this.#around
    outbox.change(this.id, { name: 'remove-reaction', target: outbox.target(messageId), emoji })
  }

  loadOlder(): Promise<void> {
    return this.#feed.loadOlder()
  }

  loadNewer(): Promise<void> {
    return this.#feed.loadNewer()
  }

  loadAround(number: number): Promise<void> {
    return this.#feed.loadAround(number)
  }

  jumpToLatest(): Promise<void> {
    return this.#feed.jumpToLatest()
  }

  setAnchor(number: number | undefined): void {
    this.#feed.setAnchor(number)
  }

  markRead(number: number): void {
    const mine = this.#around.ownRooms.get(this.id)
    const lastNumber = this.#feed.state?.lastNumber ?? mine?.lastNumber ?? number
    const furthest = Math.min(number, lastNumber)
    if (!mine || furthest <= mine.marker) return
    this.#around.ownRooms.patch(this.id, { marker: furthest, unread: this.#unread(furthest, mine.unread) })
    this.#marker.mark(furthest)
    this.publish()
  }

  setTyping(isTyping: boolean): void {
    this.#typing.set(isTyping)
  }

  // What the connection brings.

  /** The client is connected again, whichever room is open. */
  greeted(): void {
    this.#marker.resume()
  }

  resume(): void {
    if (!this.#closing) this.#feed.resume()
  }

  /** Another place is open now; what is known is kept for a while, for a quick return. */
  leave(): void {
    this.#isOpen = false
    this.#typing.forget()
    this.#presence.pause()
    this.#feed.pause()
    this.#acknowledged = []
    this.publish()
  }

  cut(): void {
    this.#typing.forget()
    this.#presence.pause()
    this.#feed.pause()
    this.publish()
  }

  forget(): void {
    this.#feed.forget()
    this.publish()
  }

  reset(snapshot: RoomSnapshot, seq: Seq): void {
    this.#around.people.learn(snapshot.occupants.people)
    this.#presence.setOccupants(snapshot.occupants)
    const { role, mutedUntil, peer } = snapshot
    if (peer) this.#around.people.learn([peer])
    const marker = Math.max(snapshot.marker, this.#markerNow())
    this.#around.ownRooms.patch(this.id, { marker, role, mutedUntil })
    this.#feed.reset(snapshot, seq)
  }

  events(frame: EventsFrame): void {
    this.#feed.events(frame)
    for (const event of frame.events) if (event.type === 'message-posted') this.#presence.posted(event.actorId)
  }

  opened(seq: Seq): void {
    this.#feed.opened(seq)
  }

  heard(signal: SignalOf<'typing'> | SignalOf<'occupants'>): void {
    this.#around.people.learn(signal.people ?? [])
    if (signal.name === 'typing') this.#presence.setTyping(signal)
    else this.#presence.heardOccupants(signal)
  }

  /** The marker moved on some device; the count that came with it may be older than what the log has brought. */
  marked(): void {
    const mine = this.#around.ownRooms.get(this.id)
    if (!mine || !this.#feed.isCurrent) return
    this.#around.ownRooms.patch(this.id, { unread: this.#unread(mine.marker, mine.unread) })
  }

  /** Other people are blocked now than before: their messages are counted or not. */
  blocksChanged(): void {
    this.#presence.forgetTyping()
    if (this.#feed.isCurrent) this.#confirmed()
    else this.publish()
  }

  heartbeat(head: Seq | undefined, occupants: number | undefined): void {
    if (head !== undefined) this.#feed.compareHead(head)
    this.#presence.compareVersion(occupants)
  }

  /** The room cannot be followed any more; the view says why until another place is opened. */
  end(code: RefusalCode, message: string, details: Refusal['details']): void {
    this.#closing = { code, message, details }
    this.#feed.forget()
    this.#presence.pause()
    this.#acknowledged = []
    this.publish()
  }

  acknowledged(entry: OutboxEntry, output: ChangeOutput): void {
    const cursor = this.#feed.state?.cursor
    if (this.#isOpen && cursor !== undefined && output.seq > cursor) {
      this.#acknowledged = [...this.#acknowledged, { entry, output }]
    }
  }

  get isCurrent(): boolean {
    return this.#feed.isCurrent
  }

  /** Once per frame of the server, however much it changes. */
  publish(): void {
    this.#around.batch.afterwards(this.#show)
  }

  readonly #show = (): void => {
    if (!this.#isOpen) {
      this.#view.set(undefined)
      return
    }
    if (this.#feed.isHeld && this.#view.value && this.#view.value.phase !== 'closed') return
    const { ownRooms, people, blocks, outbox, me } = this.#around
    const state = this.#newLineAt === null && this.#mayHaveNews() ? undefined : this.#feed.state
    const entries = outbox.view.value.entries.filter((entry) => entry.roomId === this.id)
    const known = { people: people.all.value, me: me(), blocked: blocks.ids.value }
    const parts = { acknowledged: this.#acknowledged, entries, ...known }
    this.#view.set(
      roomView({
        roomId: this.id,
        state,
        rows: state && !this.#closing ? this.#rows.build({ ...parts, state }) : [],
        isCurrent: this.#feed.isCurrent,
        closing: this.#closing,
        mine: ownRooms.get(this.id),
        me: known.me,
        people: known.people,
        newLineAt: this.#newLineAt ?? undefined,
        isLoadingOlder: this.#feed.isLoading('older'),
        isLoadingNewer: this.#feed.isLoading('newer') || this.#feed.isLoading('elsewhere'),
        occupants: this.#presence.occupants,
        typing: this.#presence.typing,
      }),
    )
  }

  /** The log moved on: what it confirms leaves the overlay, and the sidebar learns. */
  #confirmed(): void {
    const state = this.#feed.state
    if (state && this.#acknowledged.length > 0) {
      this.#acknowledged = this.#acknowledged.filter(({ output }) => output.seq > state.cursor)
    }
    const mine = this.#around.ownRooms.get(this.id)
    if (state && mine) {
      const unread = this.#unread(mine.marker, mine.unread)
      const role = roleOf(state.room, state.isModerator, this.#around.people.get(this.#around.me()))
      this.#around.ownRooms.patch(this.id, { lastNumber: state.lastNumber, unread, role })
      this.#around.ownRooms.room(state.room)
    }
    this.publish()
  }

  #firstLook(state: NonNullable<RoomFeed['state']>): number | undefined {
    this.#newLineAt = newLine(state, this.#markerNow(), this.#reader)
    return this.#newLineAt
  }

  /** From memory a room is shown at once, unless its view must start at news that are still on their way. */
  #mayHaveNews(): boolean {
    return (this.#around.ownRooms.get(this.id)?.unread ?? 1) > 0
  }

  #markedRead(number: number, unread: number): void {
    if (number < this.#markerNow()) return
    // Counted before what the log may have brought since, if this room is followed.
    const present = this.#feed.isCurrent ? this.#unread(number, unread) : unread
    this.#around.ownRooms.patch(this.id, { marker: number, unread: present })
    this.publish()
  }

  #unread(marker: number, known: number): number {
    const state = this.#feed.state
    return state ? unreadOf(state, marker, { ...this.#reader, known }) : known
  }

  get #reader(): Reader {
    return { me: this.#around.me(), blocked: this.#around.blocks.ids.value }
  }

  #markerNow(): number {
    return this.#around.ownRooms.get(this.id)?.marker ?? 0
  }
}
