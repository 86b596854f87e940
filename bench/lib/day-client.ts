import { type CommandId, newId, PROTOCOL_VERSION } from '@parley/protocol'
import type { DayFindings } from './day-findings.ts'
import { HABITS } from './day-model.ts'
import type { DayRoom } from './day-room.ts'

type Place = DayRoom | 'lobby'
type Call = 'post' | 'page' | 'other'

interface Post {
  readonly room: DayRoom
  readonly body: string
}

const REPLY_ID = '{"type":"reply","id":"'.length
const ID_LENGTH = 36
const PREFIX = '{"type":"events","stream":"'.length
const FIRST_SIGNAL = '{"type":"signals","signals":[{"name":"'.length
const MARK_EVERY_MS = 1_000

/** One person of the day with one connection: as careful as ours, and cheap, for there are 10,000 in a process. */
export class DayClient {
  readonly rooms: readonly DayRoom[]
  readonly directs: { readonly room: DayRoom; readonly peer: DayClient }[] = []
  /** Types something, so that the place stays. */
  isComposing = false
  place: Place
  readonly #url: string
  readonly #token: string
  readonly #findings: DayFindings
  readonly #cursors = new Map<DayRoom, number>()
  readonly #marked = new Map<DayRoom, number>()
  readonly #posts = new Map<CommandId, Post>()
  readonly #asked = new Map<string, { readonly call: Call; readonly at: number }>()
  #epoch = ''
  #socket: WebSocket | undefined
  #openingAt: number | undefined
  #connectingAt: number | undefined
  #isLive = false
  #failures = 0
  #looksUntil = 0
  #markTimer: ReturnType<typeof setTimeout> | undefined
  #waiting: (() => void)[] = []

  constructor(url: string, token: string, rooms: readonly DayRoom[], place: DayRoom, findings: DayFindings) {
    this.#url = url
    this.#token = token
    this.rooms = rooms
    this.place = place
    this.#findings = findings
  }

  /** Connected, and all of the place is here. */
  get isLive(): boolean {
    return this.#isLive
  }

  get isIdle(): boolean {
    return this.#isLive && !this.isComposing
  }

  get room(): DayRoom | undefined {
    return this.place === 'lobby' ? undefined : this.place
  }

  get cursor(): number | undefined {
    return this.room && this.#cursors.get(this.room)
  }

  get unanswered(): number {
    return this.#posts.size
  }

  /** Resolves when it has its place. */
  connect(): Promise<void> {
    // as: Bun's WebSocket takes headers, which the standard type does not know.
    const options = { headers: { authorization: `Bearer ${this.#token}` } } as unknown as string[]
    const socket = new WebSocket(this.#url, options)
    this.#socket = socket
    this.#connectingAt = performance.now()
    socket.onopen = () => socket.send(JSON.stringify({ type: 'hello', protocol: PROTOCOL_VERSION }))
    socket.onmessage = ({ data }) => {
      if (this.#socket === socket) this.#hear(String(data))
    }
    socket.onclose = ({ code }) => {
      if (this.#socket !== socket) return
      this.#findings.audit.closed(code)
      this.#lost()
      const longest = Math.min(8_000, 500 * 2 ** this.#failures++)
      setTimeout(() => void this.connect(), Math.random() * longest)
    }
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  /** The network is gone from one moment to the next, and comes back. */
  drop(awayMs: number): void {
    const socket = this.#socket
    this.#lost()
    setTimeout(() => void this.connect(), awayMs)
    // as: Bun's own way to cut a socket without a closing handshake.
    const cut = socket as unknown as { terminate(): void } | undefined
    cut?.terminate()
  }

  leaves(): void {
    const socket = this.#socket
    this.#lost()
    socket?.close()
  }

  /** Resolves when all of it is here, however often the connection breaks before. */
  goTo(place: Place): Promise<void> {
    if (place === this.place && this.#isLive) return Promise.resolve()
    this.place = place
    if (this.#isLive) this.#open()
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  looks(): void {
    this.#looksUntil = performance.now() + HABITS.looksMs
    this.#markSoon()
  }

  types(isTyping: boolean): void {
    if (this.#isLive && this.room)
      this.#say({ type: 'signal', name: 'typing', input: { roomId: this.room.id, isTyping } })
  }

  /** `dueAt`, epoch ms, travels in the text, so that a late generator counts against the server. */
  post(text: string, dueAt: number): void {
    const { room } = this
    if (!room) return
    const id = newId<CommandId>()
    this.#findings.audit.posted += 1
    const post = { room, body: this.#isLive ? `${text} at ${dueAt}` : `${text} from afar` }
    this.#posts.set(id, post)
    if (this.#isLive) this.#sayPost(id, post)
  }

  reacts(emoji: string): void {
    const messageId = this.room?.lastMessageId
    if (!messageId || !this.room) return
    this.#command(newId<CommandId>(), 'add-reaction', { roomId: this.room.id, messageId, emoji }, 'other')
  }

  asksOlder(): void {
    const { room } = this
    if (!room || room.lastNumber < 2) return
    const id = newId<CommandId>()
    this.#asked.set(id, { call: 'page', at: performance.now() })
    const before = Math.max(2, room.lastNumber - 50 * Math.floor(Math.random() * 20))
    this.#say({ type: 'query', id, name: 'list-messages', input: { roomId: room.id, before } })
  }

  #hear(frame: string): void {
    const { audit } = this.#findings
    this.#findings.frames += 1
    this.#findings.characters += frame.length
    if (frame.startsWith('{"type":"events"')) {
      this.#events(frame)
    } else if (frame.startsWith('{"type":"signals"')) {
      const name = frame.slice(FIRST_SIGNAL, frame.indexOf('"', FIRST_SIGNAL))
      this.#findings.signals[name] = (this.#findings.signals[name] ?? 0) + 1
    } else if (frame.startsWith('{"type":"heartbeat"')) {
      this.#say({ type: 'pong' })
    } else if (frame.startsWith('{"type":"reply"')) {
      this.#replied(frame)
    } else if (frame.startsWith('{"type":"opened"')) {
      this.#isOpened(frame)
    } else if (frame.startsWith('{"type":"reset"')) {
      audit.reset(this.cursor)
      this.#reset(frame)
    } else if (frame.startsWith('{"type":"welcome"')) {
      this.#epoch = /"epoch":"([^"]+)"/.exec(frame)?.[1] ?? ''
      this.#open()
    } else if (frame.startsWith('{"type":"refusal"')) {
      this.#refused(frame)
    } else {
      audit.refused(frame.slice(0, 200))
    }
  }

  #events(frame: string): void {
    const { room } = this
    if (!room || !frame.startsWith(room.stream, PREFIX)) return
    const { audit } = this.#findings
    let cursor = this.#cursors.get(room) ?? 0
    let isNews = false
    for (const { seq, isPost, body } of room.read(frame)) {
      if (seq !== cursor + 1) audit.outOfPlace(seq, cursor)
      cursor = seq
      if (!isPost) continue
      isNews = true
      if (body === undefined) audit.deliveries += 1
      else audit.delivered(room.id, seq, body, this.#isLive)
    }
    this.#cursors.set(room, cursor)
    if (isNews && this.#isLive) this.#markSoon()
  }

  #reset(frame: string): void {
    const { room } = this
    if (!room) return
    const seq = Number(frame.slice(frame.lastIndexOf('"seq":') + 6, -1))
    this.#cursors.set(room, seq)
    room.lastSeq = Math.max(room.lastSeq, seq)
    room.lastNumber = Math.max(room.lastNumber, Number(/"lastNumber":(\d+)/.exec(frame)?.[1]))
  }

  #isOpened(frame: string): void {
    const now = performance.now()
    if (!frame.includes(this.room ? this.room.id : '"lobby"')) {
      this.#open() // It went elsewhere before it was connected.
      return
    }
    if (this.#connectingAt !== undefined) this.#findings.resumeMs.push(now - this.#connectingAt)
    else if (this.#openingAt !== undefined) this.#findings.openMs.push(now - this.#openingAt)
    this.#connectingAt = this.#openingAt = undefined
    this.#isLive = true
    this.#failures = 0
    for (const [id, post] of this.#posts) this.#sayPost(id, post)
    if (now < this.#looksUntil) this.#markSoon()
    for (const resolve of this.#waiting.splice(0)) resolve()
  }

  #replied(frame: string): void {
    const id = frame.slice(REPLY_ID, REPLY_ID + ID_LENGTH) as CommandId // as: a call of ours
    const asked = this.#asked.get(id)
    this.#asked.delete(id)
    const ms = performance.now() - (asked?.at ?? 0)
    if (asked?.call === 'page') this.#findings.pageMs.push(ms)
    const post = this.#posts.get(id)
    if (!post) return
    this.#posts.delete(id)
    if (asked) this.#findings.ackMs.push(ms)
    const { output } = JSON.parse(frame) as { output: { seq: number; number: number } } // as: of post-message
    this.#findings.audit.acknowledged({ id, roomId: post.room.id, body: post.body, ...output })
  }

  #refused(frame: string): void {
    const { id, code, retryAfterMs = 500 } = JSON.parse(frame) as { id: CommandId; code: string; retryAfterMs?: number } // as: a refusal
    this.#asked.delete(id)
    if (code !== 'busy') {
      this.#findings.audit.refused(code)
      return
    }
    this.#findings.busy += 1
    const post = this.#posts.get(id)
    const socket = this.#socket
    if (!post) return
    setTimeout(() => {
      if (this.#isLive && socket === this.#socket && this.#posts.has(id)) this.#sayPost(id, post)
    }, retryAfterMs)
  }

  /** Whoever looks marks what came, at most once a second. */
  #markSoon(): void {
    const { room } = this
    if (this.#markTimer || !room || !this.#isLive || performance.now() > this.#looksUntil) return
    if (room.lastNumber <= (this.#marked.get(room) ?? 0)) return
    this.#marked.set(room, room.lastNumber)
    this.#findings.marks += 1
    this.#command(newId<CommandId>(), 'mark-read', { roomId: room.id, number: room.lastNumber }, 'other')
    this.#markTimer = setTimeout(() => {
      this.#markTimer = undefined
      this.#markSoon()
    }, MARK_EVERY_MS)
  }

  #open(): void {
    const { room } = this
    const cursor = room && this.#cursors.get(room)
    this.#isLive = false
    this.#openingAt = performance.now()
    this.#say({
      type: 'open',
      place: room ? { kind: 'room', roomId: room.id } : { kind: 'lobby' },
      ...(cursor !== undefined && { epoch: this.#epoch, cursor }),
    })
  }

  #lost(): void {
    this.#socket = undefined
    this.#isLive = false
    this.#asked.clear()
  }

  #sayPost(id: CommandId, { room, body }: Post): void {
    this.#command(id, 'post-message', { roomId: room.id, body }, 'post')
  }

  #command(id: CommandId, name: string, input: object, call: Call): void {
    this.#asked.set(id, { call, at: performance.now() })
    this.#say({ type: 'command', id, name, input })
  }

  #say(frame: unknown): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(frame))
  }
}
