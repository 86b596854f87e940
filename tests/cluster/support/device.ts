import { type OpenSocket, openWebSocket } from '@parley/client'
import {
  type ClientFrame,
  type CommandInput,
  type CommandName,
  type CommandOutput,
  newId,
  PROTOCOL_VERSION,
  type QueryInput,
  type QueryName,
  type QueryOutput,
  type RefusalCode,
  type RoomId,
  roomStream,
  type ServerFrame,
  type User,
} from '@parley/protocol'

/** Somebody who is signed in, and speaks to whichever instance they choose. */
export interface Caller {
  readonly user: User
  readonly token: string
}

/** What came of a command over HTTP, or why not; `unknown`: the line broke, or Nginx found nobody. */
export type Answer<Name extends CommandName> = { readonly output: CommandOutput<Name> } | Unanswered

interface Unanswered {
  readonly code: RefusalCode | 'unknown'
  /** What came instead of an answer, when it is unknown. */
  readonly instead?: string
}

/** Asks one instance (or whoever stands behind the address) over HTTP. Never throws. */
export async function ask<Name extends CommandName>(
  url: string,
  caller: Pick<Caller, 'token'> | undefined,
  {
    name,
    input,
    id = newId(),
    withinMs = 30_000,
  }: { name: Name; input: CommandInput<Name>; id?: string; withinMs?: number },
): Promise<Answer<Name>> {
  return answerOf<CommandOutput<Name>>(`${url}/api/commands/${name}`, {
    caller,
    input,
    withinMs,
    headers: { 'idempotency-key': id },
  })
}

const TRIES = 3
const BUSY_TRIES = 30
const BUSY_MS = 500

/** As `ask`, for whoever expects nothing but success; like a client it repeats what was `busy` or had no answer. */
export async function does<Name extends CommandName>(
  url: string,
  caller: Pick<Caller, 'token'> | undefined,
  { id = newId(), ...call }: { name: Name; input: CommandInput<Name>; id?: string },
): Promise<CommandOutput<Name>> {
  for (let attempt = 1; ; attempt++) {
    const answer = await ask(url, caller, { ...call, id })
    if ('output' in answer) return answer.output
    if (answer.code === 'unknown' && attempt < TRIES) continue
    if (answer.code === 'busy' && attempt < BUSY_TRIES) {
      await Bun.sleep(BUSY_MS)
      continue
    }
    throw new Error(`${call.name} at ${url} was answered ${answer.code} ${answer.instead ?? ''}`.trimEnd())
  }
}

export async function enquire<Name extends QueryName>(
  url: string,
  caller: Pick<Caller, 'token'>,
  name: Name,
  input: QueryInput<Name>,
): Promise<{ readonly output: QueryOutput<Name> } | { readonly code: string }> {
  return answerOf<QueryOutput<Name>>(`${url}/api/queries/${name}`, { caller, input, withinMs: 30_000, headers: {} })
}

async function answerOf<Output>(
  url: string,
  call: {
    caller: Pick<Caller, 'token'> | undefined
    input: unknown
    withinMs: number
    headers: Readonly<Record<string, string>>
  },
): Promise<{ readonly output: Output } | Unanswered> {
  let text = ''
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...call.headers,
        ...(call.caller && { authorization: `Bearer ${call.caller.token}` }),
      },
      body: JSON.stringify(call.input),
      signal: AbortSignal.timeout(call.withinMs),
    })
    text = await response.text()
    if (response.ok) return { output: JSON.parse(text) as Output } // as: our server keeps the protocol
    const { code } = JSON.parse(text) as { code?: RefusalCode } // as: a problem document
    return code === undefined ? { code: 'unknown', instead: text } : { code }
  } catch (error) {
    return { code: 'unknown', instead: text || String(error) } // The line broke, or the answer is Nginx's own page.
  }
}

/** A guest; the same secret within ten minutes gives another session of the same guest. */
export async function entersAt(
  url: string,
  name: string,
  secret: string = crypto.randomUUID(),
  id?: string,
): Promise<Caller> {
  const { user, token } = await does(url, undefined, {
    name: 'enter',
    input: { name, secret },
    ...(id === undefined ? {} : { id }),
  })
  if (token === undefined) throw new Error('No token came with the session.')
  return { user, token }
}

/** A socket at one instance that keeps whatever it is sent, with the time, and knows nothing of the client's code. */
export class Device {
  readonly frames: ServerFrame[] = []
  /** Resolves with close code and time when the socket has ended. */
  readonly ended: Promise<{ readonly code: number; readonly at: number }>
  readonly #socket: ReturnType<OpenSocket>
  readonly #looks = new Set<() => void>()
  readonly #listeners: ((frame: ServerFrame) => void)[] = []
  #isOver = false

  /** Connects and waits until it is greeted; like a client it dials again when the line breaks before. */
  static async connects(url: string, { token }: Pick<Caller, 'token'>): Promise<Device> {
    for (let attempt = 1; ; attempt++) {
      const device = new Device(url, token)
      try {
        await device.sees('a welcome', (frame) => frame.type === 'welcome')
        return device
      } catch (error) {
        if (!device.isOver || attempt === TRIES) throw error
      }
    }
  }

  private constructor(url: string, token: string) {
    const socket = openWebSocket(`${url.replace(/^http/, 'ws')}/socket`, {
      headers: { authorization: `Bearer ${token}` },
    })
    this.#socket = socket
    socket.onopen = () => this.tell({ type: 'hello', protocol: PROTOCOL_VERSION })
    socket.onmessage = ({ data }) => {
      const frame = JSON.parse(String(data)) as ServerFrame // as: our server keeps the protocol
      if (frame.type === 'heartbeat') this.tell({ type: 'pong' })
      this.frames.push(frame)
      for (const listener of this.#listeners) listener(frame)
      this.#look()
    }
    this.ended = new Promise((resolve) => {
      socket.onclose = ({ code }) => {
        this.#isOver = true
        resolve({ code, at: performance.now() })
        this.#look()
      }
    })
  }

  get isOver(): boolean {
    return this.#isOver
  }

  tell(frame: ClientFrame): void {
    if (!this.#isOver) this.#socket.send(JSON.stringify(frame))
  }

  /** Looks at the room, and waits until everything of it has come. */
  async opens(roomId: RoomId): Promise<void> {
    const from = this.frames.length
    this.tell({ type: 'open', place: { kind: 'room', roomId } })
    await this.sees(`room ${roomId}`, (frame) => isAbout(frame, roomId, 'opened'), { from })
  }

  async opensLobby(): Promise<void> {
    const from = this.frames.length
    this.tell({ type: 'open', place: { kind: 'lobby' } })
    await this.sees('the lobby', (frame) => frame.type === 'opened' && frame.place.kind === 'lobby', { from })
  }

  closesPlace(): void {
    this.tell({ type: 'close' })
  }

  hangsUp(): void {
    this.#socket.close(1000)
  }

  /** The line ends without a word, as when a process dies. */
  crashes(): void {
    const socket = this.#socket as unknown as { terminate(): void } // as: Bun's WebSocket can, the client's type cannot
    socket.terminate()
  }

  /** Calls it with each frame that comes from now on. */
  onFrame(listener: (frame: ServerFrame) => void): void {
    this.#listeners.push(listener)
  }

  /** Every seq of the room that came from the `from`th frame on, as events or within a snapshot. */
  seqsOf(roomId: RoomId, from = 0): number[] {
    return this.frames.slice(from).flatMap((frame) => {
      if (frame.type === 'events' && frame.stream === roomStream(roomId)) return frame.events.map(({ seq }) => seq)
      if (frame.type === 'reset' && 'snapshot' in frame && frame.place.kind === 'room' && frame.place.roomId === roomId)
        return [frame.seq]
      return []
    })
  }

  /** Waits for a frame, those from the `from`th on included that came already. */
  sees(
    what: string,
    isIt: (frame: ServerFrame) => boolean,
    { from = 0, withinMs = 30_000 }: { from?: number; withinMs?: number } = {},
  ): Promise<ServerFrame> {
    return new Promise((resolve, reject) => {
      let next = from
      const finish = () => {
        clearTimeout(timer)
        this.#looks.delete(look)
      }
      const look = () => {
        for (; next < this.frames.length; next++) {
          const frame = this.frames[next]
          if (!frame || !isIt(frame)) continue
          finish()
          return resolve(frame)
        }
        if (!this.#isOver) return
        finish()
        reject(new Error(`The socket ended without ${what}.`))
      }
      const timer = setTimeout(() => {
        finish()
        const last = JSON.stringify(this.frames.slice(-5)).slice(0, 1_000)
        reject(new Error(`Waited ${withinMs} ms in vain for ${what}. Last came: ${last}`))
      }, withinMs)
      this.#looks.add(look)
      look()
    })
  }

  #look(): void {
    for (const look of [...this.#looks]) look()
  }
}

function isAbout(frame: ServerFrame, roomId: RoomId, type: 'opened'): boolean {
  return frame.type === type && frame.place.kind === 'room' && frame.place.roomId === roomId
}
