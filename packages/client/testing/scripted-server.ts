import {
  type ClientFrame,
  type Occupants,
  type Place,
  type RefusalCode,
  roomStream,
  type Seq,
  type ServerFrame,
  type Signal,
  TIMES,
  type User,
  type UserId,
  userStream,
} from '@parley/protocol'
import { clientFrame, commands, queries, serverFrame } from '@parley/protocol/schemas'
import type { SocketLike } from '../src/socket.ts'
import { Refused, World } from './world.ts'

/** What a test may do to a command before the server performs it, and to any frame on its way back. */
export interface Script {
  /** `busy` and the like answer without performing; `mute` performs and loses the reply; `cut` performs and then cuts. */
  command?(frame: Extract<ClientFrame, { type: 'command' }>): RefusalCode | 'mute' | 'cut' | 'lost' | undefined
  /** True: the frame never arrives. */
  drops?(frame: ServerFrame): boolean
  retryAfterMs?: number
}

/** The other side of the wire: a server in memory that keeps the protocol and fails as it is told. */
export class ScriptedServer {
  readonly world: World
  readonly sockets = new Set<ServerSocket>()
  /** Every frame that clients sent, in order. */
  readonly heard: ClientFrame[] = []
  script: Script = {}
  isDown = false
  /** HTTP works, sockets do not: a proxy that knows nothing of WebSockets. */
  refusesSockets = false
  build = 'one'
  lobbyVersion = 1
  opened = 0

  constructor(now: () => number) {
    this.world = new World(now)
    this.world.listeners.add((news) => {
      if (news.kind === 'room') for (const socket of this.sockets) socket.roomNews(news.roomId, news.events)
      if (news.kind === 'person') for (const socket of this.of(news.userId)) socket.ownNews(news.events)
      if (news.kind !== 'closed') return
      const { room, by, at } = news
      const signal: Signal = { name: 'room-closed', roomId: room.id, roomName: room.name, closedBy: by, closedAt: at }
      for (const member of news.members)
        for (const socket of this.of(member)) socket.tell({ type: 'signals', signals: [signal] })
    })
  }

  /** A wire for one person's client. */
  wire(user: User): () => SocketLike {
    return () => {
      this.opened += 1
      return new ServerSocket(this, user)
    }
  }

  of(userId: UserId): ServerSocket[] {
    return [...this.sockets].filter((socket) => socket.user.id === userId)
  }

  cutAll(code = 1006): void {
    for (const socket of [...this.sockets]) socket.cut(code)
  }

  signal(userId: UserId, signal: Signal): void {
    for (const socket of this.of(userId)) socket.tell({ type: 'signals', signals: [signal] })
  }

  beat(): void {
    for (const socket of this.sockets) socket.beat()
  }

  commands(name?: string): Extract<ClientFrame, { type: 'command' }>[] {
    return this.heard.filter((frame) => frame.type === 'command').filter((frame) => !name || frame.name === name)
  }
}

export class ServerSocket implements SocketLike {
  onopen: (() => void) | null = null
  onmessage: ((event: { readonly data: unknown }) => void) | null = null
  onclose: ((event: { readonly code: number; readonly reason: string }) => void) | null = null
  readonly user: User
  readonly #server: ScriptedServer
  place: Place | undefined
  /** The command that was answered `busy` first, by room: others of the room are busy until it is repeated. */
  readonly #held = new Map<string, { readonly id: string; readonly until: number }>()
  #isClosed = false
  #wasGreeted = false
  #frames = 0

  constructor(server: ScriptedServer, user: User) {
    this.user = user
    this.#server = server
    queueMicrotask(() => {
      if (server.isDown || server.refusesSockets) {
        this.cut(1006)
        return
      }
      server.sockets.add(this)
      this.onopen?.()
    })
  }

  send(text: string): void {
    if (this.#isClosed) return
    const frame = clientFrame.parse(JSON.parse(text)) as ClientFrame
    this.#server.heard.push(frame)
    queueMicrotask(() => {
      if (!this.#isClosed) this.#handle(frame)
    })
  }

  close(code = 1000): void {
    this.cut(code)
  }

  cut(code: number): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#server.sockets.delete(this)
    queueMicrotask(() => this.onclose?.({ code, reason: '' }))
  }

  tell(frame: ServerFrame): void {
    if (this.#isClosed) return
    this.#frames += 1
    if (this.#server.script.drops?.(frame)) return
    const text = JSON.stringify(frame)
    serverFrame.parse(JSON.parse(text))
    queueMicrotask(() => {
      if (!this.#isClosed) this.onmessage?.({ data: text })
    })
  }

  roomNews(roomId: string, events: readonly object[]): void {
    if (this.place?.kind !== 'room' || this.place.roomId !== roomId) return
    const stream = roomStream(this.place.roomId)
    this.tell({ type: 'events', stream, events: events as never, users: this.#users(events) })
    const isOut = !this.#server.world.rooms.get(this.place.roomId)?.members.has(this.user.id)
    if (!isOut) return
    this.tell({ type: 'closed', place: this.place, code: 'not-a-member', message: 'Enter the room first.' })
    this.place = undefined
  }

  ownNews(events: readonly object[]): void {
    if (this.#wasGreeted)
      this.tell({ type: 'events', stream: userStream(this.user.id), events: events as never, users: [] })
  }

  beat(): void {
    const { world, lobbyVersion } = this.#server
    const heads: Record<string, Seq> = { [userStream(this.user.id)]: world.personOf(this.user.id).log.length }
    if (this.place?.kind === 'room') heads[roomStream(this.place.roomId)] = world.roomOf(this.place.roomId).log.length
    const versions = this.place?.kind === 'lobby' ? { lobby: lobbyVersion } : {}
    this.tell({ type: 'heartbeat', heads, versions, frame: this.#frames + 1 })
  }

  #handle(frame: ClientFrame): void {
    const { world } = this.#server
    switch (frame.type) {
      case 'hello': {
        this.#wasGreeted = true
        const seq = world.personOf(this.user.id).log.length
        const { build } = this.#server
        const own = world.myRooms(this.user.id)
        this.tell({
          type: 'welcome',
          protocol: 1,
          build,
          epoch: world.epoch,
          user: this.user,
          seq,
          now: world.now(),
          blocked: [...(world.blocked.get(this.user.id) ?? [])],
          ...own,
        })
        return
      }
      case 'open':
        this.#open(frame)
        return
      case 'close':
        this.place = undefined
        return
      case 'command':
        this.#command(frame)
        return
      case 'query':
        this.#answer(frame.id, () => {
          queries[frame.name as 'get-room'].input.parse(frame.input)
          return world.query(this.user.id, frame.name, frame.input)
        })
        return
      case 'withdraw':
      case 'signal':
      case 'pong':
        return
    }
  }

  #command(frame: Extract<ClientFrame, { type: 'command' }>): void {
    const { roomId = '' } = frame.input as { roomId?: string }
    const holder = this.#held.get(roomId)
    const now = this.#server.world.now()
    const isHeld = holder !== undefined && holder.id !== frame.id && now < holder.until
    if (!isHeld) this.#held.delete(roomId)
    const fate = isHeld ? 'busy' : this.#server.script.command?.(frame)
    if (fate === 'busy' && !isHeld) this.#held.set(roomId, { id: frame.id, until: now + TIMES.busyHoldMs })
    if (fate === 'lost') return
    const perform = () => {
      commands[frame.name as 'post-message'].input.parse(frame.input)
      return this.#server.world.perform(this.user.id, frame.id, frame.name, frame.input)
    }
    if (fate === 'mute' || fate === 'cut') {
      try {
        perform()
      } catch (error) {
        if (!(error instanceof Refused)) throw error
      }
      if (fate === 'cut') this.cut(1006)
      return
    }
    this.#answer(frame.id, () => {
      if (fate === undefined) return perform()
      const { retryAfterMs } = this.#server.script
      throw new Refused(fate, retryAfterMs === undefined ? {} : { retryAfterMs })
    })
  }

  #open({ place, epoch, cursor }: Extract<ClientFrame, { type: 'open' }>): void {
    const { world, lobbyVersion } = this.#server
    this.place = place
    if (place.kind === 'lobby') {
      const snapshot = { ...world.lobby(), version: lobbyVersion }
      this.tell({ type: 'reset', place, snapshot, seq: lobbyVersion })
      this.tell({ type: 'opened', place, seq: lobbyVersion })
      return
    }
    try {
      const { log } = world.memberOf(place.roomId, this.user.id)
      const isReset = cursor === undefined || epoch !== world.epoch || log.length - cursor > 1_000
      if (isReset) {
        const occupants: Occupants = { roomId: place.roomId, version: 1, count: 1, people: [this.user] }
        this.tell({ type: 'reset', place, ...world.snapshot(place.roomId, this.user.id, occupants) })
      } else {
        const events = world.eventsAfter(place.roomId, cursor)
        if (events.length > 0)
          this.tell({ type: 'events', stream: roomStream(place.roomId), events, users: this.#users(events) })
      }
      this.tell({ type: 'opened', place, seq: log.length })
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      this.place = undefined
      const more = error.details ? { details: error.details } : {}
      this.tell({ type: 'closed', place, code: error.code, message: error.message, ...more })
    }
  }

  #answer(id: string, work: () => unknown): void {
    try {
      this.tell({ type: 'reply', id, output: work() })
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      const retry = error.retryAfterMs === undefined ? {} : { retryAfterMs: error.retryAfterMs }
      const more = error.details ? { details: error.details } : {}
      this.tell({ type: 'refusal', id, code: error.code, message: error.message, ...retry, ...more })
    }
  }

  #users(events: readonly object[]): User[] {
    const ids = new Set(events.map((event) => (event as { actorId: UserId }).actorId))
    return [...ids].map((id) => this.#server.world.personOf(id).user)
  }
}
