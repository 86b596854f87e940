import { type Place, type RoomId, roomStream, type Seq, type Signal, type UserId } from '@parley/protocol'
import { Refusal } from '../rules/refusal.ts'
import type { CatchUpPage, State } from '../state.ts'
import { encodeClosed, encodeEvents, encodeFrame, encodeSignals } from './encode-frame.ts'
import type { Occupancy, Seat } from './occupancy.ts'
import type { RoomChannel } from './room-channel.ts'
import type { Viewer } from './viewer.ts'

export interface SubscriptionParts {
  readonly viewer: Viewer
  readonly channel: RoomChannel
  readonly state: Pick<State, 'catchUp' | 'roomSnapshot'>
  readonly occupancy: Occupancy
  /** Resolves when news of the room cannot be missed any more; undefined: that is so already. */
  readonly whenFollowed?: Promise<void> | undefined
  /** Called at each repair, for the metrics. */
  readonly onRepair: () => void
  readonly onEnd: (wasTyping: boolean) => void
}

/** `doubted`: they may be out of the room; what the log holds up to there still reaches them, and nothing else. */
type Phase = 'catching-up' | 'live' | 'doubted' | 'ended'

/**
 * One connection's view of one room: first what the log holds after its cursor, then what is published, without a hole in
 * between. It is registered with the channel before it reads, so nothing can fall between reading and listening. (SPEC E3)
 */
export class Subscription {
  readonly kind = 'room'
  readonly viewer: Viewer
  readonly roomId: RoomId
  readonly userId: UserId
  /** The last seq that was sent. */
  last: Seq = 0
  readonly #parts: SubscriptionParts
  #phase: Phase = 'catching-up'
  #isOpened = false
  /** How often the person was taken out of the room while this was reading. */
  #removals = 0
  #seat: Seat | undefined
  #shownOccupants = 0

  constructor(parts: SubscriptionParts) {
    this.#parts = parts
    this.viewer = parts.viewer
    this.roomId = parts.channel.roomId
    this.userId = parts.viewer.actor.user.id
  }

  /** Told everything: events and signals. */
  get isLive(): boolean {
    return this.#phase === 'live'
  }

  /** The truth has said that they are a member. */
  get isSeated(): boolean {
    return this.#seat !== undefined && this.#phase !== 'doubted'
  }

  /** Told of events. */
  get isFollowing(): boolean {
    return this.#phase === 'live' || this.#phase === 'doubted'
  }

  /** Begins after `cursor`, or with a snapshot when there is none. */
  async start(cursor: Seq | undefined): Promise<void> {
    this.#parts.channel.admit(this)
    this.last = cursor ?? 0
    const { whenFollowed } = this.#parts
    if (whenFollowed) await whenFollowed
    if (this.#isEnded) return
    await this.#settle(cursor === undefined)
  }

  /** A frame that begins right after `last`. */
  take(frame: { readonly text: string; readonly last: Seq }): void {
    this.viewer.send(frame.text)
    this.last = frame.last
  }

  /** News was lost on the way here: reads what is missing. */
  repair(): void {
    this.#parts.onRepair()
    this.#readOn()
  }

  /**
   * The person may be out of the room: signals end here, events with the one that takes them out. If that does not come, the
   * doubt is to be settled by asking the truth. (SPEC T3)
   */
  doubt(): void {
    if (this.#phase === 'live') this.#phase = 'doubted'
    else this.distrust()
  }

  settleDoubt(): void {
    if (this.#phase === 'doubted') this.#readOn()
  }

  /** The person is no member any more; nothing that comes after this reaches them. (SPEC G8) */
  expel(): void {
    this.#parts.occupancy.expel(this.roomId, this.userId)
    this.refuse(new Refusal('not-a-member'))
  }

  /** The person was taken out of the room while it is being read: what was read may not be theirs to see. (SPEC E12) */
  distrust(): void {
    this.#removals += 1
  }

  /** Tells why the room cannot be seen, and ends. */
  refuse(refusal: Pick<Refusal, 'code' | 'details'>): void {
    this.viewer.send(encodeClosed(this.#place, refusal))
    this.end('left')
  }

  end(how: 'left' | 'vanished'): void {
    if (this.#phase === 'ended') return
    this.#phase = 'ended'
    const { channel } = this.#parts
    channel.subscriptions.delete(this)
    if (this.viewer.opened === this) this.viewer.opened = undefined
    const wasTyping = channel.presence.typing.has(this.userId)
    channel.presence.typing.stops(this.userId)
    this.#seat?.leave(how)
    this.#parts.onEnd(wasTyping)
  }

  #readOn(): void {
    this.#phase = 'catching-up'
    void this.#settle(false)
  }

  async #settle(needsSnapshot: boolean): Promise<void> {
    try {
      if (needsSnapshot) await this.#reset()
      if (!needsSnapshot || !this.#parts.channel.bringUp(this)) await this.#catchUp()
      if (!this.#isEnded) this.#goLive()
    } catch (error) {
      if (this.#isEnded) return
      if (error instanceof Refusal) this.refuse(error)
      else this.viewer.fail(error)
    }
  }

  // A method, because the compiler would otherwise believe that the phase cannot change while we wait.
  get #isEnded(): boolean {
    return this.#phase === 'ended'
  }

  async #catchUp(): Promise<void> {
    const { channel, state } = this.#parts
    for (;;) {
      await this.viewer.whenRoomy()
      if (this.#isEnded) return
      const announced = channel.head
      const removals = this.#removals
      const page = await state.catchUp(this.viewer.actor, this.roomId, this.last)
      if (this.#isEnded) return
      if (removals !== this.#removals) continue // Asks again, and is refused unless the person has come back.
      if (page === 'reset') await this.#reset()
      else if (this.#takePage(page)) continue
      if (this.#isEnded || channel.bringUp(this)) return
      // The log holds less than was announced before it was read: go live all the same, the next news will tell.
      if (page !== 'reset' && page.events.length === 0 && this.last < announced) return
    }
  }

  /** True when the log holds another page. */
  #takePage({ events, users, isListed, head }: CatchUpPage): boolean {
    this.#sit(isListed)
    const final = events.at(-1)
    if (!final) return false
    this.take({
      text: encodeEvents(roomStream(this.roomId), events, users),
      last: final.seq,
    })
    return final.seq < head
  }

  async #reset(): Promise<void> {
    const { state, occupancy } = this.#parts
    const removals = this.#removals
    const { snapshot, seq } = await state.roomSnapshot(this.viewer.actor, this.roomId)
    if (this.#isEnded) return
    if (removals !== this.#removals) return this.#reset()
    this.#sit(snapshot.room.kind === 'public')
    const occupants = occupancy.occupants(this.roomId)
    this.#shownOccupants = occupants.version
    this.last = seq
    this.viewer.send(
      encodeFrame({
        type: 'reset',
        place: { kind: 'room', roomId: this.roomId },
        snapshot: { ...snapshot, occupants },
        seq,
      }),
    )
  }

  /** The first answer of the truth shows that the person is a member, and so an occupant from now on. */
  #sit(isListed: boolean): void {
    this.#seat ??= this.#parts.occupancy.enter(this.roomId, this.viewer.actor.user, { isListed })
  }

  #goLive(): void {
    this.#phase = 'live'
    if (this.#isOpened) return
    this.#isOpened = true
    this.viewer.send(encodeFrame({ type: 'opened', place: this.#place, seq: this.last }))
    const signals = this.#presentSignals()
    if (signals.length > 0) this.viewer.send(encodeSignals(signals))
  }

  #presentSignals(): Signal[] {
    const { channel, occupancy } = this.#parts
    const { typing } = channel.presence
    const signals: Signal[] = []
    const occupants = occupancy.occupants(this.roomId)
    if (occupants.version !== this.#shownOccupants) signals.push({ name: 'occupants', ...occupants })
    if (!typing.isQuiet) signals.push(typing.signal())
    return signals
  }

  get #place(): Place {
    return { kind: 'room', roomId: this.roomId }
  }
}
