import { type Event, type RoomId, roomStream, type Seq, type StreamId, type User, type UserId } from '@parley/protocol'
import type { Clock } from '../clock.ts'
import type { EventsPublication } from '../rules/publication.ts'
import { encodeEvents } from './encode-frame.ts'
import { MessageTail } from './message-tail.ts'
import type { Occupancy } from './occupancy.ts'
import { RoomPresence } from './room-presence.ts'
import type { Subscription } from './subscription.ts'
import type { WriteTurn } from './write-turn.ts'

/** Contiguous events, encoded once for all who follow the room. */
interface SharedFrame {
  readonly first: Seq
  readonly last: Seq
  readonly text: string
  /** Whose delivery ends with this frame's last event. */
  readonly leaver: UserId | undefined
}

/** Frames kept for those who are about to go live; whoever needs older ones reads the log. */
const RECENT_FRAMES = 16
const RECENT_CHARACTERS = 64 * 1024
const LONGEST_HOLD_MS = 5

export interface RoomChannelParts {
  readonly roomId: RoomId
  readonly clock: Clock
  readonly turn: WriteTurn
  readonly occupancy: Occupancy
}

/** One room on this instance: who follows it, what was just said in it, who types. */
export class RoomChannel {
  readonly roomId: RoomId
  readonly stream: StreamId
  readonly tail = new MessageTail()
  readonly presence: RoomPresence
  readonly subscriptions = new Set<Subscription>()
  /** The newest seq that was handed to the followers; 0 while nothing was published. */
  head: Seq = 0

  readonly #clock: Clock
  readonly #turn: WriteTurn
  #pending: EventsPublication[] = []
  #recent: SharedFrame[] = []
  #recentCharacters = 0
  /** People, by version, whom every follower knows from an earlier frame. */
  readonly #introduced = new Map<UserId, number>()
  /** When the last frame had gone out to everybody; undefined while it is going. */
  #writtenAt: number | undefined = 0
  #callOffWriting: (() => void) | undefined

  constructor({ roomId, clock, turn, occupancy }: RoomChannelParts) {
    this.roomId = roomId
    this.#turn = turn
    this.stream = roomStream(roomId)
    this.#clock = clock
    this.presence = new RoomPresence({ roomId, clock, turn, occupancy, onlookers: this.subscriptions })
  }

  /**
   * Takes what a commit published. At once when the room is quiet; while it is busy, for as long as writing to everybody
   * takes, but at most 5 ms: the events of that time share one frame, and the number of writes is what delivery costs.
   */
  publish(publication: EventsPublication): void {
    if (this.subscriptions.size === 0) {
      this.head = publication.events.at(-1)?.seq ?? this.head
      this.#forgetRecent()
      return
    }
    this.#pending.push(publication)
    this.#schedule()
  }

  /** Begins to follow. Whoever is named from now on is named to the newcomer too. */
  admit(subscription: Subscription): void {
    this.subscriptions.add(subscription)
    this.#introduced.clear()
  }

  /** Hands everything that is pending to the followers. */
  write(): void {
    this.#callOffWriting?.()
    this.#callOffWriting = undefined
    const pending = this.#pending
    if (pending.length === 0) return
    this.#pending = []
    const users = new Map<UserId, User>()
    for (const publication of pending) for (const user of publication.users) users.set(user.id, user)
    const runs = runsOf(pending)
    // Whoever is let go by one run is to know nobody from a later one.
    for (const run of runs) this.#deliver(run, runs.length === 1 ? [...users.values()] : namedIn(run, users.values()))
    this.#writtenAt = undefined
    this.#turn.whenWritten(() => {
      this.#writtenAt = this.#clock.now()
      if (this.#pending.length > 0) this.#schedule()
    })
  }

  #schedule(): void {
    if (this.#callOffWriting || this.#writtenAt === undefined) return
    const holdMs = Math.min(LONGEST_HOLD_MS, Math.floor(this.subscriptions.size / 100))
    // Never longer than the hold: a clock that was set back by an hour must not silence the room for an hour.
    const wait = Math.min(holdMs, this.#writtenAt + holdMs - this.#clock.now())
    if (wait <= 0) this.write()
    else this.#callOffWriting = this.#clock.after(wait, () => this.write())
  }

  /**
   * The person hears in this turn, by their own stream, that they are out of the room. True when the room's own news, which ends
   * their delivery, is not here yet. (SPEC T3)
   */
  doubt(userId: UserId): boolean {
    this.write()
    const theirs = this.#of(userId)
    for (const subscription of theirs) subscription.doubt()
    return theirs.length > 0
  }

  settleDoubt(userId: UserId): void {
    this.write()
    for (const subscription of this.#of(userId)) subscription.settleDoubt()
  }

  #of(userId: UserId): Subscription[] {
    return [...this.subscriptions].filter((subscription) => subscription.userId === userId)
  }

  /** Somebody is called otherwise: whoever comes is to read the log, not what was written before. */
  renamed(): void {
    this.#forgetRecent()
  }

  /**
   * Brings a subscription that has read the log up to the present from memory. False when it must read on: too much was
   * published meanwhile, or the person left in between.
   */
  bringUp(subscription: Subscription): boolean {
    if (subscription.last >= this.head) return true
    const start = this.#recent.findIndex((frame) => frame.first === subscription.last + 1)
    if (start === -1) return false
    const frames = this.#recent.slice(start)
    if (frames.some((frame) => frame.leaver === subscription.userId)) return false
    for (const frame of frames) subscription.take(frame)
    return true
  }

  /** The room is closed or nobody is left: nothing more will be said. */
  end(): void {
    this.#callOffWriting?.()
    this.presence.end()
    this.tail.clear()
    this.#forgetRecent()
  }

  #deliver(events: readonly Event[], users: readonly User[]): void {
    const first = events[0]
    const final = events.at(-1)
    if (!first || !final) return
    const frame: SharedFrame = {
      first: first.seq,
      last: final.seq,
      text: encodeEvents(this.stream, events, this.#introduce(users, first.seq)),
      leaver: leaverOf(final),
    }
    this.#keep(frame, events)
    this.head = frame.last
    for (const subscription of this.subscriptions) {
      if (!subscription.isFollowing) {
        // It is reading the log and asks for the rest when it is through.
        if (frame.leaver === subscription.userId) subscription.distrust()
        continue
      }
      if (subscription.last + 1 === frame.first) subscription.take(frame)
      else if (subscription.last < frame.last) this.#patch(subscription, frame, { events, users })
      if (frame.leaver !== undefined && frame.leaver === subscription.userId) subscription.expel()
    }
  }

  /** Those of them whom not everybody here has been told of: naming all in every frame would double its length. */
  #introduce(users: readonly User[], first: Seq): readonly User[] {
    for (const { isFollowing, last } of this.subscriptions) {
      if (isFollowing && last + 1 === first) continue
      // What it read in the log instead of this frame names fewer people: it is to be told of everybody again.
      this.#introduced.clear()
      return users
    }
    const strangers = users.filter((user) => this.#introduced.get(user.id) !== user.version)
    for (const user of strangers) this.#introduced.set(user.id, user.version)
    return strangers
  }

  /** For a subscription that has a part of this frame already, or lacks what came before it. */
  #patch(
    subscription: Subscription,
    frame: SharedFrame,
    { events, users }: { events: readonly Event[]; users: readonly User[] },
  ): void {
    if (subscription.last < frame.first) {
      subscription.repair()
      return
    }
    const rest = events.filter((event) => event.seq > subscription.last)
    subscription.take({ last: frame.last, text: encodeEvents(this.stream, rest, users) })
  }

  #keep(frame: SharedFrame, events: readonly Event[]): void {
    const previous = this.#recent.at(-1)
    // A changed message must not be shown again as it was before. (SPEC E4)
    const hasChanges = events.some(({ type }) => type === 'message-edited' || type === 'message-deleted')
    if (hasChanges || (previous && previous.last + 1 !== frame.first)) this.#forgetRecent()
    this.#recent.push(frame)
    this.#recentCharacters += frame.text.length
    while (this.#recent.length > RECENT_FRAMES || this.#recentCharacters > RECENT_CHARACTERS) {
      this.#recentCharacters -= this.#recent.shift()?.text.length ?? 0
    }
  }

  #forgetRecent(): void {
    this.#recent = []
    this.#recentCharacters = 0
  }
}

/**
 * Cuts what was published into frames: where news is missing in between, and after each event that ends somebody's
 * delivery, so that nothing later reaches them. (SPEC E4)
 */
function runsOf(publications: readonly EventsPublication[]): Event[][] {
  const runs: Event[][] = []
  let run: Event[] = []
  for (const { events } of publications) {
    for (const event of events) {
      const previous = run.at(-1)
      if (previous && (previous.seq + 1 !== event.seq || leaverOf(previous) !== undefined)) {
        runs.push(run)
        run = []
      }
      run.push(event)
    }
  }
  runs.push(run)
  return runs
}

/** Those of them whom these events speak of. */
function namedIn(events: readonly Event[], users: Iterable<User>): User[] {
  const ids = new Set<UserId>()
  for (const event of events) {
    ids.add(event.actorId)
    if ('userId' in event) ids.add(event.userId)
    if ('room' in event && event.room) ids.add(event.room.ownerId)
    if (!('message' in event) || !event.message) continue
    ids.add(event.message.authorId)
    for (const { people } of event.message.reactions) for (const id of people) ids.add(id)
  }
  return [...users].filter(({ id }) => ids.has(id))
}

function leaverOf(event: Event): UserId | undefined {
  return event.type === 'member-left' || event.type === 'member-removed' ? event.userId : undefined
}
