import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type ClientFrame,
  type CommandName,
  newId,
  type Place,
  type RoomId,
  roomOfStream,
  type ServerFrame,
  type User,
  unpackEvent,
} from '@parley/protocol'
import { serverFrame } from '@parley/protocol/schemas'
import { startApp, webClientIn } from '../app.ts'
import type { Clock } from '../clock.ts'
import { readConfig } from '../config.ts'
import { openLog } from '../log.ts'

type Settings = Readonly<Record<string, string>>

/** The whole server in this process, on a free port and a folder of its own. */
export async function startTestServer(options: { settings?: Settings; clock?: Clock; webFolder?: string } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'parley-sockets-'))
  const { config } = readConfig({ PARLEY_PORT: '0', PARLEY_DATA: folder, PARLEY_LOG: 'error', ...options.settings })
  const records: string[] = []
  const log = openLog('warn', (line) => records.push(line))
  const app = await startApp({
    config,
    log,
    ...(options.clock && { clock: options.clock }),
    ...(options.webFolder && { web: webClientIn(options.webFolder) }),
  })
  const url = `http://127.0.0.1:${app.port}`
  const peers: Peer[] = []
  return {
    app,
    url,
    port: app.port,
    folder,
    records,
    async enter(name: string): Promise<{ user: User; token: string }> {
      const response = await post(`${url}/api/commands/enter`, { name, secret: 'x'.repeat(20) })
      if (!response.ok) throw new Error(await response.text())
      return (await response.json()) as { user: User; token: string }
    },
    connect(token: string, hello: { withdraws?: true } = {}): Promise<Peer> {
      const peer = new Peer(`ws://127.0.0.1:${app.port}/socket`, token)
      peers.push(peer)
      return peer.greet(hello)
    },
    /** Enters as a guest and connects. */
    async guest(name: string): Promise<Peer & { user: User; token: string }> {
      const { user, token } = await this.enter(name)
      return Object.assign(await this.connect(token), { user, token })
    },
    async stop() {
      for (const peer of peers) peer.hangUp()
      await app.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

export type TestServer = Awaited<ReturnType<typeof startTestServer>>

export function post(url: string, body: unknown, headers: Settings = {}): Promise<Response> {
  return fetch(url, {
    method: 'POST',
    body: typeof body === 'string' ? body : JSON.stringify(body),
    headers: { 'Content-Type': 'application/json', ...headers },
  })
}

type FrameOf<Type extends ServerFrame['type']> = Extract<ServerFrame, { type: Type }>

/** A client that keeps every frame it gets and holds each against the protocol. */
export class Peer {
  readonly frames: ServerFrame[] = []
  readonly closed: Promise<{ code: number; reason: string }>
  readonly #socket: WebSocket
  readonly #opened: Promise<void>
  #looks: (() => void)[] = []

  constructor(url: string, token: string) {
    this.#socket = new WebSocket(url, { headers: { Authorization: `Bearer ${token}` } })
    this.#opened = new Promise((resolve, reject) => {
      this.#socket.onopen = () => resolve()
      this.#socket.onerror = () => reject(new Error('The socket was refused.'))
    })
    this.closed = new Promise((resolve) => {
      this.#socket.onclose = ({ code, reason }) => {
        resolve({ code, reason })
        this.#look()
      }
    })
    this.#socket.onmessage = ({ data }) => {
      const frame: unknown = JSON.parse(String(data))
      const { error } = serverFrame.safeParse(frame)
      if (error) throw new Error(`Not in the protocol: ${data}\n${error.message}`)
      this.frames.push(unpacked(frame as ServerFrame))
      this.#look()
    }
  }

  async greet(hello: { withdraws?: true } = {}): Promise<this> {
    await this.#opened
    this.send({ type: 'hello', protocol: 1, ...hello })
    await this.sees('welcome')
    return this
  }

  send(frame: ClientFrame): void {
    this.#socket.send(JSON.stringify(frame))
  }

  sendText(text: string): void {
    this.#socket.send(text)
  }

  hangUp(): void {
    this.#socket.terminate()
  }

  /** The first frame of this type that fits, among those it has or gets. */
  async sees<Type extends ServerFrame['type']>(
    type: Type,
    fits: (frame: FrameOf<Type>) => boolean = () => true,
  ): Promise<FrameOf<Type>> {
    const find = () => this.frames.find((frame) => frame.type === type && fits(frame as FrameOf<Type>))
    for (;;) {
      const found = find()
      if (found) return found as FrameOf<Type>
      if (this.#socket.readyState === WebSocket.CLOSED) throw new Error(`Closed without a ${type} frame.`)
      await new Promise<void>((resolve) => this.#looks.push(resolve))
    }
  }

  /** Forgets what came so far. */
  clear(): void {
    this.frames.length = 0
  }

  async does(name: CommandName, input: object, id = newId()): Promise<Record<string, unknown>> {
    const answer = await this.asks({ type: 'command', id: id as never, name, input })
    if (answer.type === 'refusal') throw new Error(answer.code)
    return answer.output as Record<string, unknown>
  }

  async asks(frame: Extract<ClientFrame, { id: string }>): Promise<FrameOf<'reply'> | FrameOf<'refusal'>> {
    this.send(frame)
    const isAnswer = (it: { id: string }) => it.id === frame.id
    return Promise.race([this.sees('reply', isAnswer), this.sees('refusal', isAnswer)])
  }

  async opens(place: Place, cursor?: number): Promise<FrameOf<'opened'>> {
    this.frames.splice(0, this.frames.length, ...this.frames.filter(({ type }) => type !== 'opened'))
    this.send({ type: 'open', place, ...(cursor !== undefined && { cursor }) })
    return this.sees('opened')
  }

  async createsRoom(name: string): Promise<RoomId> {
    return (await this.does('create-room', { name })).roomId as RoomId
  }

  /** Every event it got of this stream, in order. */
  eventsOf(roomId: RoomId) {
    return this.frames.flatMap((frame) =>
      frame.type === 'events' && frame.stream === `room:${roomId}` ? frame.events : [],
    )
  }

  #look(): void {
    const looks = this.#looks
    this.#looks = []
    for (const look of looks) look()
  }
}

export const inRoom = (roomId: RoomId): Place => ({ kind: 'room', roomId })

/** As our client reads it: every event with its message. */
function unpacked(frame: ServerFrame): ServerFrame {
  const roomId = frame.type === 'events' ? roomOfStream(frame.stream) : undefined
  if (frame.type !== 'events' || roomId === undefined) return frame
  return { ...frame, events: frame.events.map((event) => unpackEvent(event, roomId)) }
}
