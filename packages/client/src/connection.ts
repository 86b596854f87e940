import {
  CLOSE_CODES,
  type ClientFrame,
  type CloseReason,
  mayReconnectAfter,
  PROTOCOL_VERSION,
  type ServerFrame,
  TIMES,
} from '@parley/protocol'
import { backoffMs } from './backoff.ts'
import type { Clock } from './clock.ts'
import type { ConnectionState } from './connection-state.ts'
import { type Observable, Variable } from './observable.ts'
import type { OpenSocket, SocketLike } from './socket.ts'

export type Welcome = Extract<ServerFrame, { type: 'welcome' }>

export interface ConnectionOptions {
  readonly url: string
  readonly build: string | undefined
  readonly clock: Clock
  readonly random: () => number
  readonly openSocket: OpenSocket
  /** What the upgrade carries besides the browser's cookie. */
  headers(): Readonly<Record<string, string>>
  /** Browsers do not show why an upgrade failed, so the session is asked for. Rejects when the server is away. */
  isSignedIn(): Promise<boolean>
}

export interface ConnectionListener {
  welcomed(welcome: Welcome): void
  received(frame: ServerFrame): void
  /** Something that the server said never arrived: what has no log of its own is to be asked for. */
  lostFrames(): void
  /** A connection that was greeted is gone; nothing sent on it will be answered. */
  cut(): void
}

/** A greeting that takes longer than this is given up. */
const GREETING_MS = 10_000
/** A connection that lived shorter than this counts as a failure, or a server that dies at each welcome is hammered. */
const STEADY_MS = 5_000

/** The socket's life: offline → greeting → live, and again until stopped or ended. */
export class Connection {
  readonly #state: Variable<ConnectionState>
  readonly #options: ConnectionOptions
  readonly #listener: ConnectionListener
  #socket: SocketLike | undefined
  #isWanted = false
  #failures = 0
  #heardAt = 0
  /** Frames of this connection, the lost ones too as far as the server has counted them. */
  #frames = 0
  #comeBackAt: number | undefined
  #isAskingSession = false
  #retryTimer: unknown
  #silenceTimer: unknown
  #goodbyeTimer: unknown

  constructor(options: ConnectionOptions, listener: ConnectionListener) {
    this.#options = options
    this.#listener = listener
    this.#state = new Variable<ConnectionState>(this.#offline(0, undefined))
  }

  get state(): Observable<ConnectionState> {
    return this.#state
  }

  get isLive(): boolean {
    return this.#state.value.phase === 'live'
  }

  start(): void {
    if (this.#isWanted) return
    this.#isWanted = true
    this.#failures = 0
    this.#state.set(this.#offline(this.#now(), undefined))
    this.#attempt()
  }

  stop(): void {
    this.#isWanted = false
    this.#drop()
    this.#state.set(this.#offline(this.#now(), undefined))
  }

  /** At once instead of after the backoff; a connection that has been silent for a heartbeat is not trusted either. */
  retryNow(): void {
    if (!this.#isWanted) return
    const isSilent = this.#now() - this.#heardAt > TIMES.heartbeatMs * 1.5
    if (this.#state.value.phase === 'offline' || (this.isLive && isSilent)) this.reconnect()
  }

  /** Gives the present connection up for a new one. */
  reconnect(): void {
    if (!this.#isWanted) return
    this.#drop()
    this.#attempt()
  }

  /** False when there is nobody to send to. */
  send(frame: ClientFrame): boolean {
    if (!this.#socket || !this.isLive) return false
    this.#socket.send(JSON.stringify(frame))
    return true
  }

  #attempt(): void {
    const { clock, openSocket, headers, url } = this.#options
    clock.clearTimeout(this.#retryTimer)
    this.#comeBackAt = undefined
    this.#state.set({ phase: 'greeting', since: this.#downSince(), attempt: this.#failures })
    let isOpened = false
    let socket: SocketLike
    try {
      socket = openSocket(url, { headers: headers() })
    } catch {
      // A browser throws for what it will never try (a bad address, a forbidden one); it is a failed attempt all the same.
      this.#lost(1006, false)
      return
    }
    this.#socket = socket
    this.#heardAt = this.#now()
    this.#frames = 0
    this.#watchSilence()
    socket.onopen = () => {
      isOpened = true
      if (this.#socket !== socket) return
      const { build } = this.#options
      const hello: ClientFrame = { type: 'hello', protocol: PROTOCOL_VERSION, withdraws: true }
      socket.send(JSON.stringify(build === undefined ? hello : { ...hello, build }))
    }
    socket.onmessage = ({ data }) => {
      if (this.#socket === socket && typeof data === 'string') this.#hear(data)
    }
    socket.onclose = ({ code }) => {
      if (this.#socket !== socket) return
      this.#socket = undefined
      this.#lost(code, isOpened)
    }
  }

  #hear(text: string): void {
    this.#heardAt = this.#now()
    this.#frames += 1
    const frame = parse(text)
    if (!frame) {
      // Not of our server, perhaps a proxy's: nothing more can be made of this connection.
      this.#drop()
      this.#lost(1002, true)
      return
    }
    if (frame.type === 'welcome') {
      this.#state.set({ phase: 'live', since: this.#now(), attempt: 0 })
      this.#listener.welcomed(frame)
      return
    }
    if (frame.type === 'heartbeat') this.#beat(frame.frame)
    if (frame.type === 'goodbye') this.#comeBackAfter(frame.reconnectAfterMs)
    this.#listener.received(frame)
  }

  #beat(frame: number): void {
    this.send({ type: 'pong' })
    if (frame > this.#frames) this.#listener.lostFrames()
    this.#frames = frame
  }

  /** The server stops gently: what is under way may still be answered, then this client comes back when told. */
  #comeBackAfter(ms: number): void {
    this.#comeBackAt = this.#now() + ms
    this.#options.clock.clearTimeout(this.#goodbyeTimer)
    this.#goodbyeTimer = this.#options.clock.setTimeout(() => this.reconnect(), ms)
  }

  /** One timer that is moved only when it fires: frames are many. */
  #watchSilence(): void {
    const { clock } = this.#options
    clock.clearTimeout(this.#silenceTimer)
    const isGreeting = this.#state.value.phase === 'greeting'
    const patience = isGreeting ? GREETING_MS : TIMES.silenceMs
    const left = this.#heardAt + patience - this.#now()
    if (left > 0) {
      this.#silenceTimer = clock.setTimeout(() => this.#watchSilence(), left)
      return
    }
    this.#drop()
    this.#lost(1006, !isGreeting)
  }

  #lost(code: number, wasOpened: boolean): void {
    const state = this.#state.value
    const wasLive = state.phase === 'live'
    const wasSteady = this.#isSteady()
    const comeBackAt = this.#comeBackAt
    this.#clearTimers()
    if (!this.#isWanted) return
    if (!mayReconnectAfter(code)) {
      this.#end(closeReason(code), wasLive)
      return
    }
    const isPlanned = comeBackAt !== undefined
    const delay = isPlanned
      ? Math.max(0, comeBackAt - this.#now())
      : backoffMs(wasSteady ? 0 : this.#failures, this.#options.random)
    if (wasSteady || isPlanned) this.#failures = 0
    else this.#failures += 1
    this.#retryTimer = this.#options.clock.setTimeout(() => this.#attempt(), delay)
    this.#state.set(this.#offline(wasLive ? this.#now() : state.since, this.#now() + delay))
    if (wasLive) this.#listener.cut()
    if (!wasOpened) this.#askSession()
  }

  #askSession(): void {
    if (this.#isAskingSession) return
    this.#isAskingSession = true
    this.#options
      .isSignedIn()
      .then((isSignedIn) => {
        if (!isSignedIn && this.#isWanted && !this.isLive) this.#end('not-signed-in', false)
      })
      // Away is what the backoff is for.
      .catch(() => undefined)
      .finally(() => {
        this.#isAskingSession = false
      })
  }

  #end(reason: CloseReason | 'not-signed-in', wasLive: boolean): void {
    this.#isWanted = false
    this.#drop()
    this.#state.set({ phase: 'ended', since: this.#now(), reason })
    if (wasLive) this.#listener.cut()
  }

  /** Leaves the present socket without hearing from it again. */
  #drop(): void {
    const wasLive = this.isLive
    const socket = this.#socket
    const since = this.#downSince()
    if (this.#isSteady()) this.#failures = 0
    this.#socket = undefined
    this.#clearTimers()
    socket?.close(1000)
    if (!wasLive) return
    this.#state.set({ phase: 'offline', since, attempt: this.#failures, retryAt: undefined })
    this.#listener.cut()
  }

  #clearTimers(): void {
    const { clock } = this.#options
    for (const timer of [this.#retryTimer, this.#silenceTimer, this.#goodbyeTimer]) clock.clearTimeout(timer)
    this.#comeBackAt = undefined
  }

  #isSteady(): boolean {
    const state = this.#state.value
    return state.phase === 'live' && this.#now() - state.since >= STEADY_MS
  }

  #offline(since: number, retryAt: number | undefined): ConnectionState {
    return { phase: 'offline', since, attempt: this.#failures, retryAt }
  }

  #downSince(): number {
    const state = this.#state.value
    return state.phase === 'live' ? this.#now() : state.since
  }

  #now(): number {
    return this.#options.clock.now()
  }
}

function parse(text: string): ServerFrame | undefined {
  try {
    return JSON.parse(text) as ServerFrame // as: the server keeps the protocol; its tests hold every frame against it
  } catch {
    return undefined
  }
}

function closeReason(code: number): CloseReason {
  for (const [reason, entry] of Object.entries(CLOSE_CODES)) {
    if (entry.code === code) return reason as CloseReason // as: these are the keys of the very table
  }
  return 'malformed-frame'
}
