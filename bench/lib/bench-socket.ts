import { PROTOCOL_VERSION, type RoomId } from '@parley/protocol'

/** How far a client had got when it was gone. */
export interface Place {
  readonly epoch: string
  readonly cursor: number
}

export interface Opened {
  /** From asking for the room to having all of it. */
  readonly ms: number
  readonly frames: number
  readonly characters: number
  /** The history came as a whole, not as what was missed. */
  readonly isReset: boolean
  readonly head: number
}

/** A connection that reads no more of a frame than its kind, so that the client costs little beside the server. */
export class BenchSocket {
  readonly epoch: string
  readonly #socket: WebSocket
  #opening: { readonly at: number; frames: number; characters: number; isReset: boolean } | undefined
  #opened: ((opened: Opened) => void) | undefined
  #failed: ((error: Error) => void) | undefined

  /** Resolves when the server has said welcome. */
  static async connects(port: number, token: string): Promise<BenchSocket> {
    // as: Bun's WebSocket takes headers, which the standard type does not know.
    const options = { headers: { authorization: `Bearer ${token}` } } as unknown as string[]
    const socket = new WebSocket(`ws://127.0.0.1:${port}/socket`, options)
    const epoch = await new Promise<string>((resolve, reject) => {
      socket.onopen = () => socket.send(JSON.stringify({ type: 'hello', protocol: PROTOCOL_VERSION }))
      socket.onmessage = ({ data }) => resolve(/"epoch":"([^"]+)"/.exec(String(data))?.[1] ?? '')
      socket.onclose = ({ code, reason }) => reject(new Error(`closed before the welcome: ${code} ${reason}`))
    })
    return new BenchSocket(socket, epoch)
  }

  private constructor(socket: WebSocket, epoch: string) {
    this.#socket = socket
    this.epoch = epoch
    socket.onmessage = ({ data }) => this.#hear(String(data))
    socket.onclose = ({ code, reason }) => this.#failed?.(new Error(`closed: ${code} ${reason}`))
  }

  /** Opens a room, from nothing or from where it was, and resolves when all of it is here. */
  opens(roomId: RoomId, from?: Place): Promise<Opened> {
    return new Promise((resolve, reject) => {
      this.#opened = resolve
      this.#failed = reject
      this.#opening = { at: performance.now(), frames: 0, characters: 0, isReset: false }
      this.#socket.send(JSON.stringify({ type: 'open', place: { kind: 'room', roomId }, ...from }))
    })
  }

  /** As a network does that is gone from one moment to the next. */
  drops(): void {
    this.#failed = undefined
    // as: Bun's own way to cut a socket without a closing handshake.
    const cut = this.#socket as unknown as { terminate(): void }
    cut.terminate()
  }

  #hear(frame: string): void {
    if (frame.startsWith('{"type":"heartbeat"')) this.#socket.send('{"type":"pong"}')
    const opening = this.#opening
    if (!opening) return
    opening.frames += 1
    opening.characters += frame.length
    if (frame.startsWith('{"type":"reset"')) opening.isReset = true
    if (frame.startsWith('{"type":"closed"')) this.#failed?.(new Error(frame))
    if (!frame.startsWith('{"type":"opened"')) return
    this.#opening = undefined
    const { at, ...seen } = opening
    const head = Number(/"seq":(\d+)/.exec(frame)?.[1])
    this.#opened?.({ ms: performance.now() - at, head, ...seen })
  }
}
