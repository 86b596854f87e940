import {
  type ClientFrame,
  type CloseReason,
  PROTOCOL_VERSION,
  type RoomId,
  type Seq,
  TIMES,
  UNKNOWN_OUTCOMES,
  UUID_V7,
  userStream,
} from '@parley/protocol'
import { clientSignals } from '@parley/protocol/schemas'
import type { Clock } from '../clock.ts'
import { reportIncident } from '../incident.ts'
import type { Limits } from '../limits.ts'
import type { Log } from '../log.ts'
import type { Metrics } from '../metrics.ts'
import type { Actor } from '../rules/actor.ts'
import { Refusal } from '../rules/refusal.ts'
import type { Socket, SocketListener } from '../runtime/socket.ts'
import type { State } from '../state.ts'
import { TokenBucket, type TokenBuckets } from '../token-bucket.ts'
import type { Admission } from './accept.ts'
import { BusyHold } from './busy-hold.ts'
import { decodeFrame } from './decode-frame.ts'
import { encodeFrame, encodeRefusal, encodeReply } from './encode-frame.ts'
import type { Heartbeats } from './heartbeat.ts'
import type { Hub } from './hub.ts'
import { Outgoing } from './outgoing.ts'
import type { Viewer } from './viewer.ts'
import type { WriteTurn } from './write-turn.ts'

/** What every connection of this instance shares. */
export interface ConnectionParts {
  readonly state: State
  readonly hub: Hub
  readonly heartbeats: Heartbeats
  readonly turn: WriteTurn
  readonly clock: Clock
  readonly limits: Limits
  /** Commands, by person. */
  readonly posts: TokenBuckets
  readonly log: Log
  readonly metrics: Metrics
  /** Which build of the web client this server serves. */
  readonly build: string
  /** The connection is over. */
  gone(connection: Connection): void
}

type Phase =
  | { readonly name: 'greeting'; isAsked: boolean; readonly waiting: ClientFrame[]; readonly callOff: () => void }
  | { readonly name: 'live'; unanswered: number; callOffExpiry?: () => void; readonly stopBeating: () => void }
  | { readonly name: 'closing' }

/** Frames that may be sent before the welcome came; a client that sends more is not one of ours. */
const WAITING_FRAMES = 64
/** Commands and queries of one connection that may be under way at once. */
const IN_FLIGHT = 256
const UNANSWERED_BEATS = 3
/** Frames beyond the limits that are answered before the socket is closed as `flooding`. */
const EXCESS = { count: 500, perMs: 10_000 }

/** One open socket: greets, reads frames, answers calls; the hub tells it the rest. */
export class Connection implements Viewer, SocketListener {
  actor: Actor
  opened: Viewer['opened']
  ownSeq: Seq | undefined
  readonly #parts: ConnectionParts
  readonly #outgoing: Outgoing
  readonly #renew: Admission['renew']
  #expiresAt: number
  #phase: Phase
  // Made when first needed, so that an idle connection is small.
  #others: TokenBucket | undefined
  #excess: TokenBucket | undefined
  readonly #hold = new BusyHold()
  #inFlight = 0

  constructor(socket: Socket, { session, renew }: Admission, parts: ConnectionParts) {
    const { clock, turn } = parts
    this.actor = session.actor
    this.#expiresAt = session.expiresAt
    this.#renew = renew
    this.#parts = parts
    this.#outgoing = new Outgoing({ socket, turn, clock, tooSlow: () => this.end('too-slow') })
    const callOff = clock.after(TIMES.helloTimeoutMs, () => this.end('hello-missing'))
    this.#phase = { name: 'greeting', isAsked: false, waiting: [], callOff }
    parts.metrics.connections += 1
    parts.metrics.connectionsOpened += 1
  }

  get isIdle(): boolean {
    return this.#inFlight === 0
  }

  message(text: string | undefined): void {
    if (this.#phase.name === 'closing') return
    const frame = text === undefined ? undefined : decodeFrame(text)
    if (!frame) {
      this.#parts.metrics.malformed += 1
      this.end('malformed-frame')
      return
    }
    if (this.#phase.name === 'live') {
      this.#receive(frame)
      return
    }
    if (frame.type === 'hello') {
      this.#hello(frame.protocol)
      return
    }
    // A client may send on without waiting for the welcome, but not without a hello.
    const isFine = this.#phase.isAsked && this.#phase.waiting.push(frame) <= WAITING_FRAMES
    if (!isFine) this.end('malformed-frame')
  }

  drained(): void {
    this.#outgoing.drained()
  }

  closed(): void {
    this.#outgoing.forget()
    this.#part('vanished')
  }

  send(frame: string): void {
    this.#outgoing.send(frame)
  }

  whenRoomy(): Promise<void> {
    return this.#outgoing.whenRoomy()
  }

  end(reason: CloseReason): void {
    if (this.#phase.name === 'closing') return
    if (reason === 'too-slow') this.#parts.metrics.closedTooSlow += 1
    // Whoever signs out is gone at once; anybody else may be back in a moment.
    this.#part(reason === 'session-ended' ? 'left' : 'vanished')
    this.#outgoing.end(reason)
  }

  fail(error: unknown): void {
    this.#fault(error, 'connection')
    this.end('internal-fault')
  }

  /** A heartbeat is due. */
  beat(): void {
    const phase = this.#phase
    if (phase.name !== 'live') return
    if (phase.unanswered >= UNANSWERED_BEATS) {
      this.end('silent')
      return
    }
    phase.unanswered += 1
    this.#watchExpiry(phase)
    const { head, lobby, occupants } = this.#parts.hub.present(this)
    const room = this.opened?.kind === 'room' && head !== undefined ? `,"room:${this.opened.roomId}":${head}` : ''
    const versions = encodeVersions(lobby, occupants)
    this.send(
      `{"type":"heartbeat","heads":{"${userStream(this.actor.user.id)}":${this.ownSeq}${room}},"versions":${versions}}`,
    )
  }

  #hello(protocol: number): void {
    if (this.#phase.name !== 'greeting' || this.#phase.isAsked) {
      this.end('malformed-frame')
      return
    }
    if (protocol !== PROTOCOL_VERSION) {
      this.end('protocol-unsupported')
      return
    }
    this.#phase.isAsked = true
    this.#greet().catch((error: unknown) => this.fail(error))
  }

  async #greet(): Promise<void> {
    const { hub, state, clock, build, heartbeats } = this.#parts
    // Asked again once the hub knows us: a session that ended since the upgrade told nobody here. (SPEC H2)
    const [welcome, session] = await Promise.all([hub.welcome(this), this.#renew()])
    const phase = this.#phase
    if (phase.name !== 'greeting') return
    if (!session) {
      this.end('session-ended')
      return
    }
    phase.callOff()
    const { user, rooms, lastRoomId, blocked, seq } = welcome
    this.send(
      encodeFrame({
        type: 'welcome',
        protocol: PROTOCOL_VERSION,
        build,
        epoch: state.epoch,
        user,
        rooms,
        ...(lastRoomId !== undefined && { lastRoomId }),
        blocked,
        seq,
        now: clock.now(),
      }),
    )
    const live: Phase = { name: 'live', unanswered: 0, stopBeating: heartbeats.add(this) }
    this.#phase = live
    this.#watchExpiry(live)
    hub.welcomed(this, welcome)
    for (const frame of phase.waiting) this.#receive(frame)
  }

  #receive(frame: ClientFrame): void {
    if (this.#phase.name !== 'live') return
    this.#phase.unanswered = 0 // Whatever it says, it is alive.
    switch (frame.type) {
      case 'command':
        this.#command(frame)
        return
      case 'query':
        this.#query(frame)
        return
      case 'open':
        this.#open(frame)
        return
      case 'close':
        if (this.#mayGoOn()) this.#parts.hub.close(this)
        return
      case 'signal':
        this.#signal(frame)
        return
      case 'withdraw':
        if (this.#mayGoOn()) this.#hold.withdraw(frame.id)
        return
      case 'pong':
        this.#mayGoOn()
        return
      case 'hello':
        this.end('malformed-frame')
        return
      default:
        unreachable(frame)
        return
    }
  }

  #command({ id, name, input }: Extract<ClientFrame, { type: 'command' }>): void {
    const { clock, hub, state, metrics, posts } = this.#parts
    const now = clock.now()
    const roomId = roomIn(input)
    const room = roomId ?? ''
    const wait =
      this.#hold.wait(room, id, now) || posts.take(this.actor.user.id, now) || (this.#inFlight >= IN_FLIGHT ? 100 : 0)
    if (wait > 0) {
      this.#hold.hold(room, id, now)
      this.#busy(id, wait)
      return
    }
    metrics.commands += 1
    this.#inFlight += 1
    const isKnownMember = roomId !== undefined && hub.isMember(this.actor.user.id, roomId)
    state.perform({ id, name, input, actor: this.actor, lane: this, isKnownMember }).then(
      (output) => this.#reply(id, output),
      (error: unknown) => {
        // Busy, a full disk or a fault: the client repeats it, so what it sends after it must not overtake it. (SPEC F3)
        const isUnknown = !(error instanceof Refusal) || UNKNOWN_OUTCOMES.includes(error.code)
        if (isUnknown) this.#hold.hold(room, id, clock.now())
        this.#refuse(id, error, name)
      },
    )
  }

  #query({ id, name, input }: Extract<ClientFrame, { type: 'query' }>): void {
    const { state, metrics } = this.#parts
    const wait = this.#takeOther() || (this.#inFlight >= IN_FLIGHT ? 100 : 0)
    if (wait > 0) {
      this.#busy(id, wait)
      return
    }
    metrics.queries += 1
    this.#inFlight += 1
    state.query(this.actor, name, input).then(
      (output) => this.#reply(id, output),
      (error: unknown) => this.#refuse(id, error, name),
    )
  }

  #open({ place, epoch, cursor }: Extract<ClientFrame, { type: 'open' }>): void {
    const { hub, state } = this.#parts
    if (!this.#mayGoOn()) return
    hub.open(this, place, epoch === undefined || epoch === state.epoch ? cursor : undefined)
  }

  #signal({ name, input }: Extract<ClientFrame, { type: 'signal' }>): void {
    if (!this.#mayGoOn()) return
    // A signal has no answer, so an unknown or wrong one ends the connection like any other malformed frame.
    const typing = name === 'typing' ? clientSignals.typing.schema.safeParse(input).data : undefined
    if (typing) this.#parts.hub.types(this, typing.roomId, typing.isTyping)
    else this.end('malformed-frame')
  }

  #reply(id: string, output: unknown): void {
    this.#inFlight -= 1
    this.send(encodeReply(id, output))
  }

  #refuse(id: string, error: unknown, name: string): void {
    this.#inFlight -= 1
    const refusal = error instanceof Refusal ? error : this.#fault(error, name)
    this.#parts.metrics.refusals += 1
    this.send(encodeRefusal(id, refusal))
  }

  #fault(error: unknown, name: string): Refusal {
    this.#parts.metrics.faults += 1
    const incident = reportIncident(this.#parts.log, error, { name, userId: this.actor.user.id })
    return new Refusal('internal', { details: { incident } })
  }

  #busy(id: string, retryAfterMs: number): void {
    this.#parts.metrics.busy += 1
    this.send(encodeRefusal(id, new Refusal('busy', { retryAfterMs })))
    this.#countExcess()
  }

  /** For frames without an answer: within the limit, or close to flooding. */
  #mayGoOn(): boolean {
    if (this.#takeOther() === 0) return true
    this.#countExcess()
    return false
  }

  #countExcess(): void {
    const now = this.#parts.clock.now()
    this.#excess ??= new TokenBucket(EXCESS, now)
    if (this.#excess.take(now) > 0) this.end('flooding')
  }

  #takeOther(): number {
    const now = this.#parts.clock.now()
    this.#others ??= new TokenBucket(this.#parts.limits.queries, now)
    return this.#others.take(now)
  }

  /**
   * Timers cannot wait for weeks, so the last stretch only is measured exactly. An open socket uses its session, which is
   * thereby extended; one that is not any more closes its sockets. (SPEC G9)
   */
  #watchExpiry(phase: Extract<Phase, { name: 'live' }>): void {
    const left = this.#expiresAt - this.#parts.clock.now()
    if (left > 3 * TIMES.heartbeatMs) return
    phase.callOffExpiry?.()
    phase.callOffExpiry = this.#parts.clock.after(Math.max(0, left), () => this.end('session-ended'))
    this.#renew().then(
      (session) => {
        if (!session || this.#phase !== phase) return
        this.#expiresAt = session.expiresAt
        if (this.#expiresAt - this.#parts.clock.now() <= 3 * TIMES.heartbeatMs) return
        phase.callOffExpiry?.()
        delete phase.callOffExpiry
      },
      (error: unknown) => this.fail(error),
    )
  }

  #part(how: 'left' | 'vanished'): void {
    const phase = this.#phase
    if (phase.name === 'closing') return
    this.#phase = { name: 'closing' }
    if (phase.name === 'greeting') phase.callOff()
    else {
      phase.stopBeating()
      phase.callOffExpiry?.()
    }
    this.#parts.hub.depart(this, how)
    this.#parts.metrics.connections -= 1
    this.#parts.gone(this)
  }
}

function roomIn(input: unknown): RoomId | undefined {
  if (typeof input !== 'object' || input === null || !('roomId' in input)) return undefined
  // Only a key here, but one that is kept: nothing else that somebody sends may pile up.
  return typeof input.roomId === 'string' && UUID_V7.test(input.roomId) ? (input.roomId as RoomId) : undefined // as: just checked
}

function encodeVersions(lobby: number | undefined, occupants: number | undefined): string {
  if (lobby !== undefined) return `{"lobby":${lobby}}`
  return occupants === undefined ? '{}' : `{"occupants":${occupants}}`
}

function unreachable(frame: never): never {
  throw new Error(`Not a frame: ${JSON.stringify(frame)}`)
}
