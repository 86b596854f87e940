import { type ClientFrame, newId, PROTOCOL_VERSION, type RoomId, type ServerFrame } from '@parley/protocol'
import { enterAsGuest } from '../support/person.ts'

type Answer = Extract<ServerFrame, { type: 'reply' } | { type: 'refusal' }>

/** A bare client: it sends as fast as it is told and keeps nothing, so that it is not the bottleneck. */
export class OpenLine {
  readonly token: string
  readonly #socket: WebSocket
  readonly #waiting = new Map<string, (answer: Answer) => void>()
  heard: (frame: Exclude<ServerFrame, Answer>) => void = () => {}
  readonly closed: Promise<number>

  static async dials(url: string, name: string): Promise<OpenLine> {
    const { token } = await enterAsGuest(url, name)
    return OpenLine.returns(url, token)
  }

  static async returns(url: string, token: string): Promise<OpenLine> {
    const line = new OpenLine(url, token)
    await new Promise<void>((resolve, reject) => {
      line.heard = ({ type }) => type === 'welcome' && resolve()
      void line.closed.then((code) => reject(new Error(`Closed with ${code} before the welcome.`)))
    })
    return line
  }

  private constructor(url: string, token: string) {
    this.token = token
    // as: browsers' types know no second argument of this shape; it is Bun's.
    const options = { headers: { authorization: `Bearer ${token}` } } as unknown as string[]
    const socket = new WebSocket(`${url.replace('http', 'ws')}/socket`, options)
    this.#socket = socket
    this.closed = new Promise((resolve) => {
      socket.onclose = ({ code }) => resolve(code)
    })
    socket.onopen = () => this.says({ type: 'hello', protocol: PROTOCOL_VERSION })
    socket.onmessage = ({ data }) => {
      const frame = JSON.parse(String(data)) as ServerFrame // as: what the server sends
      if (frame.type === 'heartbeat') this.says({ type: 'pong' })
      if (frame.type !== 'reply' && frame.type !== 'refusal') {
        this.heard(frame)
        return
      }
      this.#waiting.get(frame.id)?.(frame)
      this.#waiting.delete(frame.id)
    }
  }

  says(frame: ClientFrame): void {
    this.#socket.send(JSON.stringify(frame))
  }

  /** Sends a command; resolves with its answer, undefined when the connection ended without one. */
  asks(name: string, input: object, id: string = newId()): Promise<Answer | undefined> {
    const answer = new Promise<Answer>((resolve) => this.#waiting.set(id, resolve))
    this.says({ type: 'command', id: id as never, name, input }) // as: a UUIDv7
    return Promise.race([answer, this.closed.then(() => undefined)])
  }

  async createsRoom(name: string): Promise<RoomId> {
    const answer = await this.asks('create-room', { name })
    if (answer?.type !== 'reply') throw new Error(`No room: ${JSON.stringify(answer)}`)
    return (answer.output as { roomId: RoomId }).roomId // as: the output of `create-room`
  }

  async enters(roomId: RoomId): Promise<void> {
    const answer = await this.asks('enter-room', { roomId })
    if (answer?.type !== 'reply') throw new Error(`Not in: ${JSON.stringify(answer)}`)
  }

  looksAt(roomId: RoomId): void {
    this.says({ type: 'open', place: { kind: 'room', roomId } })
  }

  hangsUp(): void {
    this.#socket.close()
  }
}

/** The 50th and 99th of a hundred, and the largest, in whole milliseconds. */
export function spread(times: readonly number[]): { p50: number; p99: number; most: number } {
  const sorted = times.toSorted((a, b) => a - b)
  const at = (share: number) => Math.round(sorted[Math.floor((sorted.length - 1) * share)] ?? 0)
  return { p50: at(0.5), p99: at(0.99), most: at(1) }
}
