import { type ClientFrame, type CloseReason, PROTOCOL_VERSION, type Seq, TIMES, userStream } from '@parley/protocol'
import { clientSignals } from '@parley/protocol/schemas'
import type { Accounts, Session } from '../accounts/accounts.ts'
import type { Limits } from '../limits.ts'
import type { Actor } from '../rules/actor.ts'
import type { Socket, SocketListener } from '../runtime/socket.ts'
import { type Caller, type CallParts, Calls } from './calls.ts'
import { decodeFrame } from './decode-frame.ts'
import { encodeFrame } from './encode-frame.ts'
import { FrameLimits } from './frame-limits.ts'
import type { Heartbeats } from './heartbeat.ts'
import { Outgoing } from './outgoing.ts'
import { SessionWatch } from './session-watch.ts'
import type { Viewer } from './viewer.ts'
import type { WriteTurn } from './write-turn.ts'

/** What every connection of this instance shares. */
export interface ConnectionParts extends CallParts {
  readonly accounts: Pick<Accounts, 'renew'>
  readonly heartbeats: Heartbeats
  readonly turn: WriteTurn
  readonly limits: Limits
  /** Which build of the web client this server serves. */
  readonly build: string
  /** The connection is over. */
  gone(connection: Connection): void
}

type Phase =
  | { readonly name: 'greeting'; isAsked: boolean; readonly waiting: ClientFrame[]; readonly callOff: () => void }
  | { readonly name: 'live'; unanswered: number; readonly slot: number }
  | { readonly name: 'closing' }

/** Frames that may be sent before the welcome came; a client that sends more is not one of ours. */
const WAITING_FRAMES = 64
const UNANSWERED_BEATS = 3

/** One open socket: greets, reads frames, answers calls; the hub tells it the rest. */
export class Connection implements Viewer, Caller, SocketListener {
  actor: Actor
  opened: Viewer['opened']
  ownSeq: Seq | undefined
  withdraws = false
  readonly limits: FrameLimits
  readonly #parts: ConnectionParts
  readonly #outgoing: Outgoing
  readonly #calls: Calls
  readonly #session: SessionWatch
  #phase: Phase
  #frames = 0

  constructor(socket: Socket, session: Session, parts: ConnectionParts) {
    const { clock, turn, limits } = parts
    this.actor = session.actor
    this.limits = new FrameLimits({ rate: limits.queries, clock, owner: this })
    this.#parts = parts
    this.#outgoing = new Outgoing({ socket, turn, clock, owner: this })
    this.#calls = new Calls(this, parts)
    this.#session = new SessionWatch(this, session.expiresAt, parts)
    const callOff = clock.after(TIMES.helloTimeoutMs, () => this.end('hello-missing'))
    this.#phase = { name: 'greeting', isAsked: false, waiting: [], callOff }
    parts.metrics.connections += 1
    parts.metrics.connectionsOpened += 1
  }

  get isIdle(): boolean {
    return this.limits.isIdle
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
      this.#hello(frame)
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
    this.#frames += 1
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
    this.#calls.fault(error, 'connection')
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
    this.#session.look()
    const { head, lobby, occupants } = this.#parts.hub.present(this)
    const room = this.opened?.kind === 'room' && head !== undefined ? `,"room:${this.opened.roomId}":${head}` : ''
    const versions = encodeVersions(lobby, occupants)
    this.send(
      `{"type":"heartbeat","heads":{"${userStream(this.actor.user.id)}":${this.ownSeq}${room}},"versions":${versions},"frame":${this.#frames + 1}}`,
    )
  }

  #hello({ protocol, withdraws = false }: Extract<ClientFrame, { type: 'hello' }>): void {
    if (this.#phase.name !== 'greeting' || this.#phase.isAsked) {
      this.end('malformed-frame')
      return
    }
    if (protocol !== PROTOCOL_VERSION) {
      this.end('protocol-unsupported')
      return
    }
    this.#phase.isAsked = true
    this.withdraws = withdraws
    this.#greet().catch((error: unknown) => this.fail(error))
  }

  async #greet(): Promise<void> {
    const { hub, state, clock, build, heartbeats } = this.#parts
    // Asked again once the hub knows us: a session that ended since the upgrade told nobody here. (SPEC H2)
    const [welcome, session] = await Promise.all([hub.welcome(this), this.#session.renew()])
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
    this.#phase = { name: 'live', unanswered: 0, slot: heartbeats.add(this) }
    this.#session.look()
    hub.welcomed(this, welcome)
    for (const frame of phase.waiting) this.#receive(frame)
  }

  #receive(frame: ClientFrame): void {
    if (this.#phase.name !== 'live') return
    this.#phase.unanswered = 0 // Whatever it says, it is alive.
    switch (frame.type) {
      case 'command':
        this.#calls.command(frame)
        return
      case 'query':
        this.#calls.query(frame)
        return
      case 'open':
        this.#open(frame)
        return
      case 'close':
        if (this.limits.mayGoOn()) this.#parts.hub.close(this)
        return
      case 'signal':
        this.#signal(frame)
        return
      case 'withdraw':
        // Counted, but heard in any case: what it sends next may wait for this.
        this.limits.mayGoOn()
        this.#calls.withdraw(frame.id)
        return
      case 'pong':
        this.limits.mayGoOn()
        return
      case 'hello':
        this.end('malformed-frame')
        return
      default:
        unreachable(frame)
        return
    }
  }

  #open({ place, epoch, cursor }: Extract<ClientFrame, { type: 'open' }>): void {
    const { hub, state } = this.#parts
    if (!this.limits.mayGoOn()) return
    hub.open(this, place, epoch === undefined || epoch === state.epoch ? cursor : undefined)
  }

  #signal({ name, input }: Extract<ClientFrame, { type: 'signal' }>): void {
    if (!this.limits.mayGoOn()) return
    // A signal has no answer, so an unknown or wrong one ends the connection like any other malformed frame.
    const typing = name === 'typing' ? clientSignals.typing.schema.safeParse(input).data : undefined
    if (typing) this.#parts.hub.types(this, typing.roomId, typing.isTyping)
    else this.end('malformed-frame')
  }

  #part(how: 'left' | 'vanished'): void {
    const phase = this.#phase
    if (phase.name === 'closing') return
    this.#phase = { name: 'closing' }
    this.#session.stop()
    if (phase.name === 'greeting') phase.callOff()
    else this.#parts.heartbeats.remove(this, phase.slot)
    this.#parts.hub.depart(this, how)
    this.#parts.metrics.connections -= 1
    this.#parts.gone(this)
  }
}

function encodeVersions(lobby: number | undefined, occupants: number | undefined): string {
  if (lobby !== undefined) return `{"lobby":${lobby}}`
  return occupants === undefined ? '{}' : `{"occupants":${occupants}}`
}

function unreachable(frame: never): never {
  throw new Error(`Not a frame: ${JSON.stringify(frame)}`)
}
