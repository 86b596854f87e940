import type {
  ClientFrame,
  CommandId,
  Epoch,
  EventsFrame,
  MessageId,
  QueryInput,
  RoomEvent,
  RoomId,
  RoomSnapshot,
  Seq,
  User,
  UserId,
} from '@parley/protocol'
import { applyRoomEvents } from './apply-event.ts'
import type { Calls } from './calls.ts'
import type { Clock } from './clock.ts'
import { progress } from './cursors.ts'
import { PageFlight } from './page-flight.ts'
import { fromSnapshot, hasNewer, hasOlder, type RoomState, trim } from './room-state.ts'

export interface RoomFeedOptions {
  readonly roomId: RoomId
  readonly clock: Clock
  readonly calls: Calls
  me(): UserId
  epoch(): Epoch | undefined
  send(frame: ClientFrame): boolean
  learn(users: readonly User[]): void
  /** A message of mine is in the log. */
  sawOwn(commandId: CommandId, messageId: MessageId): void
  /** Where a person who opens the room should look first, when that is not the end. */
  firstLook(state: RoomState): number | undefined
  changed(): void
  /** My membership ended with this event. */
  left(isRemoved: boolean): void
}

type Direction = 'older' | 'newer' | 'elsewhere'

/** News may overtake the heartbeat or be overtaken by it; only who is still behind after this asks again. */
const GRACE_MS = 1_000
/** An `open` that stays without an answer is repeated at the next heartbeat. */
const OPEN_WITHIN_MS = 5_000
const PAGE = 50

/** Follows the log of one room: catches up, finds gaps, loads pages. Holds what the server has confirmed. */
export class RoomFeed {
  readonly #options: RoomFeedOptions
  readonly #flights = new Map<Direction, { readonly flight: PageFlight; readonly done: Promise<void> }>()
  #state: RoomState | undefined
  #anchor: number | undefined
  #isCurrent = false
  /** While the page around this number is being fetched, what was shown stays shown. */
  #heldFor: number | undefined
  #hasLooked = false
  #openSentAt = 0
  /** Pages asked for before a reset are of no use after it. */
  #generation = 0
  #graceTimer: unknown

  constructor(options: RoomFeedOptions) {
    this.#options = options
  }

  get state(): RoomState | undefined {
    return this.#state
  }

  get isCurrent(): boolean {
    return this.#isCurrent && !this.isHeld
  }

  get isHeld(): boolean {
    return this.#heldFor !== undefined
  }

  isLoading(direction: Direction): boolean {
    return this.#flights.has(direction)
  }

  setAnchor(number: number | undefined): void {
    this.#anchor = number
  }

  /** The person opens the room anew: they look at its end, or at what is new to them. */
  look(): void {
    this.#hasLooked = false
    this.#anchor = undefined
    if (this.#state && hasNewer(this.#state)) this.forget()
  }

  /** Asks for what comes after the cursor; without one, for everything. */
  resume(): void {
    const { clock, send, roomId } = this.#options
    const epoch = this.#options.epoch()
    const position = this.#state && epoch ? { epoch, cursor: this.#state.cursor } : {}
    this.#openSentAt = clock.now()
    this.#isCurrent = false
    send({ type: 'open', place: { kind: 'room', roomId }, ...position })
  }

  pause(): void {
    this.#isCurrent = false
    this.#options.clock.clearTimeout(this.#graceTimer)
  }

  /** Another incarnation of the database: nothing of this one may be mixed with it. */
  forget(): void {
    this.#generation += 1
    this.#flights.clear()
    this.#state = undefined
    this.#isCurrent = false
    this.#heldFor = undefined
  }

  reset(snapshot: RoomSnapshot, seq: Seq): void {
    const { learn } = this.#options
    const anchor = this.#heldFor ?? this.#anchor
    this.forget()
    learn(snapshot.page.users)
    this.#state = fromSnapshot(snapshot, seq)
    for (const message of this.#state.messages) this.#sawIfOwn(message)
    const look = this.#hasLooked ? anchor : this.#firstLook(this.#state)
    if (look !== undefined && look < this.#state.start) this.#hold(look)
    this.#changed()
  }

  events(frame: EventsFrame): void {
    const before = this.#state
    if (!before) return
    const { learn, me } = this.#options
    const events = frame.events as readonly RoomEvent[] // as: the stream is this room's
    const { fresh, hasGap } = progress(before.cursor, events)
    learn(frame.users)
    for (const { flight } of this.#flights.values()) flight.note(fresh)
    this.#state = trim(applyRoomEvents(before, fresh, me()), this.#anchor)
    for (const event of fresh) if ('message' in event && event.message) this.#sawIfOwn(event.message)
    this.#changed()
    if (this.#endIfLeft(fresh)) return
    // A frame was lost; while the answer to an earlier `open` is on its way, holes are expected.
    if (hasGap && this.#isCurrent) this.resume()
    if (!hasNewer(before) && hasNewer(this.#state)) void this.loadNewer()
  }

  opened(seq: Seq): void {
    if (!this.#state) return
    if (this.#state.cursor < seq) {
      this.resume()
      return
    }
    this.#isCurrent = true
    if (!this.#hasLooked) {
      const look = this.#firstLook(this.#state)
      if (look !== undefined && look < this.#state.start) this.#hold(look)
    }
    this.#changed()
  }

  compareHead(head: Seq): void {
    const { clock } = this.#options
    const isUnanswered = !this.#isCurrent && clock.now() - this.#openSentAt > OPEN_WITHIN_MS
    if (isUnanswered) this.resume()
    if (!this.#isCurrent || head <= (this.#state?.cursor ?? head)) return
    clock.clearTimeout(this.#graceTimer)
    this.#graceTimer = clock.setTimeout(() => {
      if (this.#isCurrent && this.#state && this.#state.cursor < head) this.resume()
    }, GRACE_MS)
  }

  async loadOlder(): Promise<void> {
    const state = this.#state
    if (state && hasOlder(state)) await this.#load('older', { before: state.start, limit: PAGE })
  }

  async loadNewer(): Promise<void> {
    const state = this.#state
    if (state && hasNewer(state)) await this.#load('newer', { after: state.end, limit: PAGE * 2 })
  }

  async loadAround(number: number): Promise<void> {
    const state = this.#state
    if (!state || (number >= state.start && number <= state.end)) return
    await this.#load('elsewhere', { around: number, limit: PAGE * 2 })
  }

  async jumpToLatest(): Promise<void> {
    this.#anchor = undefined
    const state = this.#state
    if (state && hasNewer(state)) await this.#load('elsewhere', { limit: PAGE * 2 })
  }

  #load(direction: Direction, page: Omit<QueryInput<'list-messages'>, 'roomId'>): Promise<void> {
    const running = this.#flights.get(direction)
    if (running) return running.done
    const flight = new PageFlight(this.#options.me())
    const done = this.#fetch(direction, page, flight)
    this.#flights.set(direction, { flight, done })
    this.#changed()
    return done
  }

  async #fetch(
    direction: Direction,
    input: Omit<QueryInput<'list-messages'>, 'roomId'>,
    flight: PageFlight,
  ): Promise<void> {
    const { calls, roomId, learn } = this.#options
    const generation = this.#generation
    try {
      const page = await calls.query('list-messages', { roomId, ...input })
      if (generation !== this.#generation || !this.#state) return
      learn(page.users)
      const merged = flight.merge(this.#state, page)
      const edge = { older: merged.start, newer: merged.end, elsewhere: input.around }[direction]
      this.#state = trim(merged, edge ?? this.#anchor)
    } catch {
      // Refused or withdrawn: the person may ask again; if the room is gone, `closed` says so.
    } finally {
      if (generation === this.#generation) {
        this.#flights.delete(direction)
        if (direction === 'elsewhere') this.#heldFor = undefined
        this.#changed()
      }
    }
  }

  #firstLook(state: RoomState): number | undefined {
    this.#hasLooked = true
    return this.#options.firstLook(state)
  }

  #hold(number: number): void {
    this.#heldFor = number
    void this.#load('elsewhere', { around: number, limit: PAGE * 2 })
  }

  #sawIfOwn(message: { authorId: UserId; commandId: CommandId; id: MessageId }): void {
    if (message.authorId === this.#options.me()) this.#options.sawOwn(message.commandId, message.id)
  }

  #endIfLeft(events: readonly RoomEvent[]): boolean {
    const me = this.#options.me()
    const end = events.findLast(
      (event) => (event.type === 'member-left' || event.type === 'member-removed') && event.userId === me,
    )
    const isBack = events.some(
      (event) => event.type === 'member-joined' && event.userId === me && event.seq > (end?.seq ?? 0),
    )
    if (!end || isBack) return false
    this.#options.left(end.type === 'member-removed')
    return true
  }

  #changed(): void {
    this.#options.changed()
  }
}
