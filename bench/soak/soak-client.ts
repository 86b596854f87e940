import { type CommandId, PROTOCOL_VERSION, type RoomId } from '@parley/protocol'
import type { Audit } from './audit.ts'

export interface SoakClientParts {
  readonly port: number
  readonly token: string
  readonly roomId: RoomId
  readonly audit: Audit
}

interface Said {
  readonly body: string
  readonly number: number
}

interface Frame {
  readonly type: string
  readonly id?: string
  readonly epoch?: string
  readonly stream?: string
  readonly seq?: number
  readonly code?: string
  readonly place?: { readonly kind: string }
  readonly output?: { readonly seq: number; readonly number: number }
  readonly events?: readonly { seq: number; type: string; at: number; posted?: Said; message?: Said }[]
}

/**
 * One person with one socket, as a careful stranger would write it from the protocol's document: resumes by cursor, repeats
 * unanswered posts with the same id, and backs off with full jitter.
 */
export class SoakClient {
  /** The last seq applied; undefined before the first snapshot. */
  cursor: number | undefined
  isLive = false
  readonly #parts: SoakClientParts
  readonly #unanswered = new Map<CommandId, string>()
  #epoch: string | undefined
  #socket: WebSocket | undefined
  #failures = 0
  #isStopped = false
  #retry: ReturnType<typeof setTimeout> | undefined

  constructor(parts: SoakClientParts) {
    this.#parts = parts
  }

  get unanswered(): number {
    return this.#unanswered.size
  }

  get roomId(): RoomId {
    return this.#parts.roomId
  }

  connect(): void {
    const { port, token, audit } = this.#parts
    // as: Bun's WebSocket takes headers, which the standard type does not know.
    const options = { headers: { authorization: `Bearer ${token}` } } as unknown as string[]
    const socket = new WebSocket(`ws://127.0.0.1:${port}/socket`, options)
    this.#socket = socket
    socket.onopen = () => this.#say({ type: 'hello', protocol: PROTOCOL_VERSION })
    socket.onmessage = ({ data }) => {
      if (this.#socket === socket) this.#receive(JSON.parse(String(data)) as Frame) // as: judged by the audit
    }
    socket.onclose = ({ code }) => {
      if (this.#socket !== socket) return
      audit.closed(code)
      this.#lost()
    }
  }

  post(id: CommandId, body: string): void {
    this.#unanswered.set(id, body)
    if (this.isLive) this.#sayPost(id, body)
  }

  /** The network is gone from one moment to the next. */
  drop(): void {
    const socket = this.#socket
    if (!socket) return
    this.#lost()
    // as: Bun's own way to cut a socket without a closing handshake.
    const cut = socket as unknown as { terminate(): void }
    cut.terminate()
  }

  stop(): void {
    this.#isStopped = true
    clearTimeout(this.#retry)
    const socket = this.#socket
    this.#socket = undefined
    socket?.close()
  }

  #lost(): void {
    this.#socket = undefined
    this.isLive = false
    if (this.#isStopped) return
    const longest = Math.min(8_000, 500 * 2 ** this.#failures)
    this.#failures += 1
    this.#retry = setTimeout(() => this.connect(), Math.random() * longest)
  }

  #receive(frame: Frame): void {
    const { audit, roomId } = this.#parts
    switch (frame.type) {
      case 'welcome':
        this.#epoch = frame.epoch
        this.#say({
          type: 'open',
          place: { kind: 'room', roomId },
          ...(this.cursor !== undefined && { epoch: this.#epoch, cursor: this.cursor }),
        })
        return
      case 'opened':
        this.isLive = true
        this.#failures = 0
        for (const [id, body] of this.#unanswered) this.#sayPost(id, body)
        return
      case 'reset':
        audit.reset(this.cursor)
        this.cursor = frame.seq ?? 0
        return
      case 'events':
        if (frame.stream === `room:${roomId}`) this.#apply(frame.events ?? [])
        return
      case 'reply': {
        const id = frame.id as CommandId // as: the only calls of this client are commands
        const body = this.#unanswered.get(id)
        if (body !== undefined && frame.output) audit.acknowledged({ id, roomId, body, ...frame.output })
        this.#unanswered.delete(id)
        return
      }
      case 'refusal':
        audit.refused(frame.code ?? '')
        return
      case 'closed':
        audit.refused(`closed ${frame.code ?? ''}`)
        return
      case 'heartbeat':
        this.#say({ type: 'pong' })
        return
    }
  }

  #apply(events: NonNullable<Frame['events']>): void {
    const { audit, roomId } = this.#parts
    for (const event of events) {
      if (event.seq !== (this.cursor ?? 0) + 1) audit.outOfPlace(event.seq, this.cursor)
      this.cursor = event.seq
      if (event.type === 'message-posted')
        audit.delivered(roomId, event.seq, (event.posted ?? event.message)?.body ?? '', this.isLive)
    }
  }

  #sayPost(id: CommandId, body: string): void {
    this.#say({ type: 'command', id, name: 'post-message', input: { roomId: this.roomId, body } })
  }

  #say(frame: unknown): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(frame))
  }
}
