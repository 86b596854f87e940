import { type CommandId, newId, PROTOCOL_VERSION, type RoomId } from '@parley/protocol'
import type { Guest } from '../lib/api.ts'

/** A guest who says things over a connection of their own and looks at no room. */
export class Talker {
  readonly #socket: WebSocket
  readonly #waiting = new Map<string, { resolve: () => void; reject: (error: Error) => void }>()

  /** Resolves when the server has said welcome. */
  static async connects(port: number, { token }: Guest): Promise<Talker> {
    // as: Bun's WebSocket takes headers, which the standard type does not know.
    const options = { headers: { authorization: `Bearer ${token}` } } as unknown as string[]
    const socket = new WebSocket(`ws://127.0.0.1:${port}/socket`, options)
    await new Promise<void>((resolve, reject) => {
      socket.onopen = () => socket.send(JSON.stringify({ type: 'hello', protocol: PROTOCOL_VERSION }))
      socket.onmessage = () => resolve()
      socket.onclose = ({ code, reason }) => reject(new Error(`closed before the welcome: ${code} ${reason}`))
    })
    return new Talker(socket)
  }

  private constructor(socket: WebSocket) {
    this.#socket = socket
    socket.onmessage = ({ data }) => this.#hear(String(data))
    socket.onclose = ({ code, reason }) => this.#fail(new Error(`closed: ${code} ${reason}`))
  }

  /** Resolves when it is stored. */
  post(roomId: RoomId, body: string): Promise<void> {
    const id = newId<CommandId>()
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      this.#socket.send(JSON.stringify({ type: 'command', id, name: 'post-message', input: { roomId, body } }))
    })
  }

  leave(): void {
    this.#socket.onclose = null
    this.#socket.close()
  }

  #hear(frame: string): void {
    if (frame.startsWith('{"type":"heartbeat"')) this.#socket.send('{"type":"pong"}')
    const [, kind, id = ''] = /^\{"type":"(reply|refusal)","id":"([^"]+)"/.exec(frame) ?? []
    const waiting = this.#waiting.get(id)
    if (!waiting) return
    this.#waiting.delete(id)
    if (kind === 'reply') waiting.resolve()
    else waiting.reject(new Error(`refused: ${frame}`))
  }

  #fail(error: Error): void {
    for (const { reject } of this.#waiting.values()) reject(error)
    this.#waiting.clear()
  }
}

const WORDS = 'The boats came in at dawn with more than anybody had asked for '

/** Lengths as in talk: mostly short, sometimes several lines. */
export function ordinaryText(index: number): string {
  return `${index + 1}: ${WORDS.repeat(5).slice(0, 20 + ((index * 53) % 260))}`
}

const TURN = 7

/** Messages `from` … `from + count - 1`, by everybody in turns of a few, as fast as they are stored. */
export async function fillByTalking(talkers: readonly Talker[], roomId: RoomId, count: number): Promise<void> {
  const AT_ONCE = 256
  for (let from = 0; from < count; from += AT_ONCE) {
    const length = Math.min(AT_ONCE, count - from)
    const posts = Array.from({ length }, (_, index) =>
      speakerOf(talkers, from + index)?.post(roomId, ordinaryText(from + index)),
    )
    await Promise.all(posts)
  }
}

/** Says `perSecond` messages, evenly, until told to stop. Answers how many were stored, once all are. */
export function talkSteadily(talkers: readonly Talker[], roomId: RoomId, perSecond: number): () => Promise<number> {
  const startedAt = performance.now()
  const posts: Promise<void>[] = []
  const timer = setInterval(() => {
    const due = ((performance.now() - startedAt) / 1_000) * perSecond
    while (posts.length < due) {
      const index = posts.length
      const post = speakerOf(talkers, index)?.post(roomId, ordinaryText(index))
      if (post) posts.push(post)
    }
  }, 1_000 / perSecond)
  return async () => {
    clearInterval(timer)
    await Promise.all(posts)
    return posts.length
  }
}

function speakerOf(talkers: readonly Talker[], index: number): Talker | undefined {
  return talkers[Math.floor(index / TURN) % talkers.length]
}
