import { ChatClient, type RoomView } from '@parley/client'
import { type CommandId, type RoomId, roomStream, type ServerFrame, UNKNOWN_OUTCOMES } from '@parley/protocol'
import type { Made } from './admission.ts'
import type { History } from './history.ts'
import { Line } from './line.ts'
import type { Pace } from './pace.ts'
import { waitFor } from './wait-for.ts'

export interface VisitorOptions {
  readonly url: string
  readonly label: string
  readonly made: Made
  readonly history: History
  readonly pace: Pace
  readonly random: () => number
}

/** One of the check's own people, at Parley's own client, over a line that can be cut. */
export class Visitor {
  readonly client: ChatClient
  readonly label: string
  readonly made: Made
  readonly line = new Line()
  /** In the middle of walking from one room to another. */
  isWalking = false
  readonly #history: History
  #roomId: RoomId | undefined

  constructor({ url, label, made, history, pace, random }: VisitorOptions) {
    this.label = label
    this.made = made
    this.#history = history
    const heard = history.watching({ client: label, user: made.user.id }, this.line.open)
    const openSocket: typeof heard = (socketUrl, options) => {
      const socket = heard(socketUrl, options)
      return watchingBusy(socket, () => pace.slowDown())
    }
    this.client = new ChatClient({ url, token: made.token, openSocket, random })
  }

  /** False when the server let nobody connect in that time. */
  async connects(withinMs: number, signal?: AbortSignal): Promise<boolean> {
    await this.client.whoAmI()
    this.client.connect()
    const { connection } = this.client
    const isOver = () => ['live', 'ended'].includes(connection.value.phase)
    await waitFor([connection], isOver, { withinMs, signal })
    return connection.value.phase === 'live'
  }

  get roomId(): RoomId | undefined {
    return this.#roomId
  }

  get view(): RoomView | undefined {
    return this.#roomId && this.client.room(this.#roomId).view.value
  }

  /** The room is shown, and its log followed. */
  get isInRoom(): boolean {
    return this.view?.phase === 'live'
  }

  /** Enters the room if need be. True once it is followed. */
  opens(roomId: RoomId, withinMs: number, signal?: AbortSignal): Promise<boolean> {
    this.#roomId = roomId
    const room = this.client.room(roomId)
    room.open()
    return waitFor([room.view], () => room.view.value?.phase === 'live', { withinMs, signal })
  }

  async leaves(): Promise<void> {
    if (this.#roomId) await this.client.leaveRoom(this.#roomId)
  }

  /** Sends and does not wait. */
  writes(body: string): CommandId | undefined {
    if (!this.#roomId) return undefined
    const { commandId } = this.client.room(this.#roomId).postMessage({ body })
    const who = { client: this.label, user: this.made.user.id }
    this.#history.intends({ ...who, id: commandId, stream: roomStream(this.#roomId) })
    return commandId
  }

  /** Nothing waits for the server's answer any more. */
  hasSaidAll(withinMs: number, signal?: AbortSignal): Promise<boolean> {
    const { outbox } = this.client
    return waitFor([outbox], () => outbox.value.queued === 0, { withinMs, signal })
  }

  goes(): void {
    this.client.disconnect()
  }
}

type Socket = ReturnType<Line['open']>

/** After a final no the server holds the rest of the room back for a moment, which says nothing of its load. (SPEC F3) */
const HELD_AFTER_REFUSAL_MS = 2_000

function watchingBusy(inner: Socket, busy: () => void): Socket {
  const outer: Socket = {
    onopen: null,
    onmessage: null,
    onclose: null,
    send: (text) => inner.send(text),
    close: (code, reason) => inner.close(code, reason),
  }
  let refusedAt = Number.NEGATIVE_INFINITY
  inner.onopen = () => outer.onopen?.()
  inner.onclose = (event) => outer.onclose?.(event)
  inner.onmessage = (event) => {
    // Looked for in the text first: few frames are refusals, and to parse each once more would cost more than the check.
    if (typeof event.data === 'string' && event.data.includes('"refusal"')) {
      const frame = JSON.parse(event.data) as ServerFrame // as: a frame of the server; the history holds it against the protocol
      const now = performance.now()
      if (frame.type === 'refusal' && !UNKNOWN_OUTCOMES.includes(frame.code)) refusedAt = now
      if (frame.type === 'refusal' && frame.code === 'busy' && now - refusedAt > HELD_AFTER_REFUSAL_MS) busy()
    }
    outer.onmessage?.(event)
  }
  return outer
}
