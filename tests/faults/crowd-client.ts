import { type CommandId, newId, PROTOCOL_VERSION, type RoomId, roomStream } from '@parley/protocol'
import { backoffMs } from '../../packages/client/src/backoff.ts'

export interface Seat {
  readonly url: string
  readonly token: string
  readonly roomId: RoomId
}

/** A post that the server has acknowledged. */
export interface Acknowledged {
  readonly commandId: CommandId
  readonly roomId: RoomId
  readonly seq: number
  readonly number: number
  readonly body: string
}

/** What one client went through since it was last told to forget; times are epoch ms. */
export interface Journey {
  /** When each attempt to open a socket began. */
  readonly dialledAt: readonly number[]
  /** When the server had last said that it has everything of its room. */
  readonly currentAt: number | undefined
}

interface Frame {
  readonly type: string
  readonly id?: CommandId
  readonly epoch?: string
  readonly stream?: string
  readonly seq?: number
  readonly code?: string
  readonly retryAfterMs?: number
  readonly reconnectAfterMs?: number
  readonly output?: { readonly seq: number; readonly number: number }
  readonly events?: readonly { readonly seq: number }[]
}

/**
 * One of thousands: a bare socket that keeps to the protocol as the real client does (goodbye, full jitter, cursors, repeats
 * with the same id), holds every event against its cursor, and costs next to nothing.
 */
export class CrowdClient {
  readonly problems: string[] = []
  readonly acknowledged: Acknowledged[] = []
  /** The last seq of its room that it has applied. */
  cursor: number | undefined
  readonly #seat: Seat
  readonly #arrived = Promise.withResolvers<void>()
  readonly #unanswered = new Map<CommandId, string>()
  #dialledAt: number[] = []
  #currentAt: number | undefined
  #epoch: string | undefined
  #socket: WebSocket | undefined
  #isCurrent = false
  #failures = 0
  #comeBackAt: number | undefined
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(seat: Seat) {
    this.#seat = seat
  }

  get isCurrent(): boolean {
    return this.#isCurrent
  }

  get unanswered(): number {
    return this.#unanswered.size
  }

  get journey(): Journey {
    return { dialledAt: this.#dialledAt, currentAt: this.#currentAt }
  }

  /** From here on its journey is told anew. */
  forgetJourney(): void {
    this.#dialledAt = []
    this.#currentAt = undefined
  }

  /** Resolves when it is current for the first time. */
  connect(): Promise<void> {
    clearTimeout(this.#timer)
    this.#comeBackAt = undefined
    const { url, token } = this.#seat
    this.#dialledAt.push(now())
    // as: Bun's WebSocket takes headers, which the standard type does not know.
    const options = { headers: { authorization: `Bearer ${token}` } } as unknown as string[]
    const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/socket`, options)
    this.#socket = socket
    socket.onopen = () => this.#say({ type: 'hello', protocol: PROTOCOL_VERSION })
    socket.onmessage = ({ data }) => {
      if (this.#socket === socket) this.#hear(String(data))
    }
    socket.onclose = () => {
      if (this.#socket === socket) this.#lost()
    }
    return this.#arrived.promise
  }

  /** Sends it now or when the line is there, as often as it takes. */
  posts(body: string): void {
    const id = newId<CommandId>()
    this.#unanswered.set(id, body)
    if (this.#isCurrent) this.#sayPost(id, body)
  }

  #drop(): void {
    clearTimeout(this.#timer)
    const socket = this.#socket
    this.#socket = undefined
    this.#isCurrent = false
    socket?.close(1000)
  }

  #lost(): void {
    const wasCurrent = this.#isCurrent
    const comeBackAt = this.#comeBackAt
    this.#socket = undefined
    this.#isCurrent = false
    clearTimeout(this.#timer)
    const delay = comeBackAt === undefined ? backoffMs(this.#failures, Math.random) : Math.max(0, comeBackAt - now())
    this.#failures = wasCurrent || comeBackAt !== undefined ? 0 : this.#failures + 1
    this.#timer = setTimeout(() => void this.connect(), delay)
  }

  #hear(text: string): void {
    if (text.startsWith('{"type":"signals"')) return // Who is there: of no interest, and many.
    const frame = JSON.parse(text) as Frame // as: our server keeps the protocol
    switch (frame.type) {
      case 'welcome':
        this.#open(frame.epoch)
        return
      case 'opened':
        this.#current(frame.seq)
        return
      case 'reset':
        if (this.cursor !== undefined) this.problems.push(`was reset at ${this.cursor}`)
        this.cursor = frame.seq
        return
      case 'events':
        if (frame.stream === roomStream(this.#seat.roomId)) this.#apply(frame.events ?? [])
        return
      case 'reply':
        this.#answered(frame)
        return
      case 'refusal':
        this.#refused(frame)
        return
      case 'heartbeat':
        this.#say({ type: 'pong' })
        return
      case 'goodbye':
        this.#comesBackIn(frame.reconnectAfterMs ?? 0)
        return
      case 'closed':
        this.problems.push(`its room was closed: ${frame.code}`)
        return
    }
  }

  #open(epoch: string | undefined): void {
    if (this.#epoch !== undefined && this.#epoch !== epoch) this.problems.push('the epoch has changed')
    this.#epoch = epoch
    const place = { kind: 'room', roomId: this.#seat.roomId }
    this.#say({ type: 'open', place, ...(this.cursor !== undefined && { epoch, cursor: this.cursor }) })
  }

  #current(seq: number | undefined): void {
    if (this.cursor !== seq) this.problems.push(`has ${this.cursor} and was told that ${seq} is everything`)
    this.#currentAt = now()
    this.#isCurrent = true
    this.#failures = 0
    for (const [id, body] of this.#unanswered) this.#sayPost(id, body)
    this.#arrived.resolve()
  }

  #apply(events: NonNullable<Frame['events']>): void {
    for (const { seq } of events) {
      if (seq !== (this.cursor ?? 0) + 1) this.problems.push(`event ${seq} came after ${this.cursor}`)
      this.cursor = seq
    }
  }

  #answered({ id, output }: Frame): void {
    const body = id && this.#unanswered.get(id)
    if (id === undefined || body === undefined || !output) return
    this.#unanswered.delete(id)
    this.acknowledged.push({ commandId: id, roomId: this.#seat.roomId, seq: output.seq, number: output.number, body })
  }

  #refused({ id, code, retryAfterMs }: Frame): void {
    const body = id && this.#unanswered.get(id)
    if (id === undefined || body === undefined) return
    if (code !== 'busy') this.problems.push(`a post was refused: ${code}`)
    setTimeout(() => {
      if (this.#isCurrent) this.#sayPost(id, body)
    }, retryAfterMs ?? 1_000)
  }

  #comesBackIn(ms: number): void {
    this.#comeBackAt = now() + ms
    this.#timer = setTimeout(() => {
      this.#drop()
      void this.connect()
    }, ms)
  }

  #sayPost(id: CommandId, body: string): void {
    this.#say({ type: 'command', id, name: 'post-message', input: { roomId: this.#seat.roomId, body } })
  }

  #say(frame: unknown): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(frame))
  }
}

/** Alike in all processes of a machine, and finer than milliseconds. */
const now = () => performance.timeOrigin + performance.now()
