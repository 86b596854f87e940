import { openWebSocket, type SocketLike } from '@parley/client'
import {
  type ClientFrame,
  type Epoch,
  type Event,
  type Message,
  PROTOCOL_VERSION,
  type RoomId,
  roomStream,
  type ServerFrame,
} from '@parley/protocol'
import type { Made } from './admission.ts'
import type { ChatServer } from './chat-server.ts'

/** What the reader was given of one room. */
export interface RoomLog {
  readonly roomId: RoomId
  readonly events: readonly Event[]
  readonly messages: readonly Message[]
  /** Of one reading of the server: how far the log goes, and the newest message's number. */
  readonly head: { readonly seq: number; readonly number: number }
}

const READ_WITHIN_MS = 30_000
const PAGE = 100
/** Of what was read before, so much is read once more at the end. The server gives no more than 1,000 at once. */
const READ_AGAIN = 900

/**
 * Reads rooms' logs apart from everybody else: each time over a new connection, by catching up alone, never live. A log is
 * read piece by piece, because a server hands out at most 1,000 events to somebody who comes back.
 */
export class Reader {
  readonly made: Made
  readonly #server: ChatServer
  readonly #rooms = new Map<RoomId, Map<number, Event>>()
  readonly #changed: string[] = []
  #build = ''
  #isReading = false

  constructor(server: ChatServer, made: Made) {
    this.#server = server
    this.made = made
  }

  get build(): string {
    return this.#build
  }

  /** Events that were told differently when they were read again. */
  get changed(): readonly string[] {
    return this.#changed
  }

  /** The first connection of all. Errors: `Unheard`. */
  async greets(): Promise<void> {
    const socket = await this.#opens()
    socket.close()
  }

  /** Reads on where it stopped; does nothing while it still reads. */
  async readsOn(roomIds: readonly RoomId[]): Promise<void> {
    if (this.#isReading) return
    this.#isReading = true
    try {
      for (const roomId of roomIds) await this.#readsAfter(roomId, this.#eventsOf(roomId).size)
    } finally {
      this.#isReading = false
    }
  }

  /** Everything that is left, the end once more, and the messages as they are now. Errors: `Unheard`. */
  async readsToTheEnd(roomId: RoomId): Promise<RoomLog> {
    const events = this.#eventsOf(roomId)
    await this.#readsAfter(roomId, events.size)
    await this.#readsAfter(roomId, Math.max(0, events.size - READ_AGAIN))
    const ordered = [...events.values()].sort((a, b) => a.seq - b.seq)
    return { roomId, events: ordered, ...(await this.#readsMessages(roomId)) }
  }

  #eventsOf(roomId: RoomId): Map<number, Event> {
    const known = this.#rooms.get(roomId)
    if (known) return known
    const events = new Map<number, Event>()
    this.#rooms.set(roomId, events)
    return events
  }

  async #readsAfter(roomId: RoomId, cursor: number): Promise<void> {
    const socket = await this.#opens()
    try {
      const { epoch } = socket
      socket.send({ type: 'open', place: { kind: 'room', roomId }, epoch, cursor })
      for (;;) {
        const frame = await socket.next()
        if (frame.type === 'heartbeat') socket.send({ type: 'pong' })
        if (frame.type === 'opened') return
        if (frame.type === 'closed') throw new Unheard(`the reader was sent out of ${roomId}: ${frame.message}`)
        if (frame.type === 'reset') throw new Unheard(`the log of ${roomId} was not given from ${cursor} on`)
        if (frame.type === 'events' && frame.stream === roomStream(roomId)) this.#keeps(roomId, frame.events)
      }
    } finally {
      socket.close()
    }
  }

  #keeps(roomId: RoomId, events: readonly Event[]): void {
    const known = this.#eventsOf(roomId)
    for (const event of events) {
      const before = known.get(event.seq)
      if (before && essence(before) !== essence(event)) {
        this.#changed.push(
          `${roomStream(roomId)} ${event.seq} was told as ${essence(before)} and then as ${essence(event)}`,
        )
      }
      known.set(event.seq, before ? { ...before, ...event } : event)
    }
  }

  async #readsMessages(roomId: RoomId): Promise<Pick<RoomLog, 'messages' | 'head'>> {
    const messages: Message[] = []
    for (;;) {
      const after = messages.at(-1)?.number ?? 0
      const answer = await this.#server.patiently(
        () => this.#server.query('list-messages', { roomId, after, limit: PAGE }, this.made.token),
        { withinMs: READ_WITHIN_MS },
      )
      if (answer.kind !== 'reply') throw new Unheard(`the messages of ${roomId} could not be read`)
      const { output } = answer
      messages.push(...output.messages)
      const isWhole = output.messages.length === 0 || messages.at(-1)?.number === output.lastNumber
      if (isWhole) return { messages, head: { seq: output.seq, number: output.lastNumber } }
    }
  }

  async #opens(): Promise<ReaderSocket> {
    const url = `${this.#server.url.replace(/^http/, 'ws')}/socket`
    const socket = new ReaderSocket(openWebSocket(url, { headers: { authorization: `Bearer ${this.made.token}` } }))
    const welcome = await socket.next()
    if (welcome.type !== 'welcome') throw new Unheard(`a connection began with "${welcome.type}"`)
    if (welcome.protocol !== PROTOCOL_VERSION) throw new Unheard(otherProtocol(welcome.protocol))
    socket.epoch = welcome.epoch
    this.#build = welcome.build
    return socket
  }
}

/** The server did not say what it should have; `code` is that of the close, if it closed. */
export class Unheard extends Error {
  readonly code: number | undefined

  constructor(message: string, code?: number) {
    super(message)
    this.code = code
  }
}

export const otherProtocol = (version?: number): string =>
  `the server speaks ${version === undefined ? 'another version' : `version ${version}`} of the protocol, this check ${PROTOCOL_VERSION}: use the parley of the server's version`

/** What comes over a socket, one after the other. */
class ReaderSocket {
  epoch: Epoch = ''
  readonly #socket: SocketLike
  readonly #heard: ServerFrame[] = []
  #waiting: { resolve(frame: ServerFrame): void; reject(error: Error): void } | undefined
  #end: Unheard | undefined

  constructor(socket: SocketLike) {
    this.#socket = socket
    socket.onopen = () => this.send({ type: 'hello', protocol: PROTOCOL_VERSION })
    socket.onmessage = ({ data }) => this.#hears(JSON.parse(String(data)) as ServerFrame) // as: what the protocol says; anything else is named where it is read
    socket.onclose = ({ code }) => this.#ends(new Unheard(`the connection ended (${code})`, code))
  }

  send(frame: ClientFrame): void {
    this.#socket.send(JSON.stringify(frame))
  }

  next(): Promise<ServerFrame> {
    const frame = this.#heard.shift()
    if (frame) return Promise.resolve(frame)
    if (this.#end) return Promise.reject(this.#end)
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#ends(new Unheard('nothing came for 30 s')), READ_WITHIN_MS)
      const done = () => {
        clearTimeout(timer)
        this.#waiting = undefined
      }
      this.#waiting = {
        resolve: (next) => {
          done()
          resolve(next)
        },
        reject: (error) => {
          done()
          reject(error)
        },
      }
    })
  }

  close(): void {
    this.#socket.onclose = null
    this.#socket.close(1000)
  }

  #hears(frame: ServerFrame): void {
    if (this.#waiting) this.#waiting.resolve(frame)
    else this.#heard.push(frame)
  }

  #ends(end: Unheard): void {
    this.#end = end
    this.#waiting?.reject(end)
  }
}

function essence(event: Event): string {
  const subject = 'messageId' in event ? event.messageId : 'userId' in event ? event.userId : ''
  return `${event.type} ${subject} by ${event.actorId}`.replace('  ', ' ')
}
