import type { MessageId, RoomId } from '@parley/protocol'

/** What a client makes of an event. */
export interface HeardEvent {
  readonly seq: number
  readonly isPost: boolean
  /** Absent where a later event of the same page carries the message. */
  readonly body?: string
}

interface WireEvent {
  readonly seq: number
  readonly type: string
  readonly messageId?: MessageId
  readonly posted?: { readonly number: number; readonly body: string }
  readonly message?: { readonly number: number; readonly body?: string }
}

/** A room as the generator knows it, for all who are in it: everybody gets the same frame, so it is read once. */
export class DayRoom {
  readonly id: RoomId
  readonly stream: string
  lastNumber = 0
  lastSeq = 0
  lastMessageId: MessageId | undefined
  #frame = ''
  #events: readonly HeardEvent[] = []

  constructor(id: RoomId) {
    this.id = id
    this.stream = `room:${id}`
  }

  read(frame: string): readonly HeardEvent[] {
    if (frame === this.#frame) return this.#events
    const { events } = JSON.parse(frame) as { events: readonly WireEvent[] } // as: judged by the audit
    this.#frame = frame
    this.#events = events.map((event) => this.#hear(event))
    return this.#events
  }

  #hear({ seq, type, messageId, posted, message }: WireEvent): HeardEvent {
    this.lastSeq = Math.max(this.lastSeq, seq)
    if (type !== 'message-posted') return { seq, isPost: false }
    const said = posted ?? message
    if (said && said.number > this.lastNumber) {
      this.lastNumber = said.number
      this.lastMessageId = messageId
    }
    return { seq, isPost: true, ...(said?.body !== undefined && { body: said.body }) }
  }
}
