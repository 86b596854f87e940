import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import type { OpenSocket, SocketLike } from '@parley/client'
import {
  type ClientFrame,
  type Event,
  type RefusalCode,
  roomStream,
  type ServerFrame,
  UNKNOWN_OUTCOMES,
  userStream,
} from '@parley/protocol'
import { FrameCheck } from './frame-check.ts'
import type { DeliveredEvent, HistoryEntry } from './history-entry.ts'

type Run = Omit<Extract<HistoryEntry, { kind: 'run' }>, 'kind'>

/** Writes down what happens on the wire between clients and server. It watches only: nothing is changed on the way. */
export class History {
  readonly #entries: HistoryEntry[] = []
  readonly #invoked = new Set<string>()
  readonly #answered = new Set<string>()
  readonly #positions = new Map<string, Extract<HistoryEntry, { kind: 'cursor' }>>()
  readonly #checks: FrameCheck[] = []
  readonly #now: () => number
  #repeats = 0
  #frames = 0

  constructor(run: Run, now: () => number = () => performance.now()) {
    this.#now = now
    this.add({ kind: 'run', ...run })
  }

  get entries(): readonly HistoryEntry[] {
    return this.#entries
  }

  add(entry: HistoryEntry): void {
    this.#entries.push(entry)
  }

  /** Call when a person posts, before or right after the client is told: the order of these calls is what is promised. */
  intends({ client, user, id, stream }: { client: string; user: string; id: string; stream: string }): void {
    this.add({ kind: 'intend', at: this.#now(), client, user, id, stream })
  }

  silence(): void {
    this.add({ kind: 'silence', at: this.#now() })
  }

  /** Up to which seq a client was given a stream without a hole. */
  positionOf(client: string, stream: string): number | undefined {
    return this.#positions.get(`${client} ${stream}`)?.seq
  }

  /** Writes down where a client stands in the stream that it follows now, and since when. */
  stands(client: string, stream: string, followedAt: number): void {
    const position = this.#positions.get(`${client} ${stream}`)
    if (position) this.add({ ...position, followedAt })
  }

  /** Writes down which commands were never answered. Call once, at the end. */
  finish(): void {
    for (const entry of [...this.#entries]) {
      if (entry.kind !== 'invoke' || this.#answered.has(keyOf(entry.user, entry.id))) continue
      this.add({ kind: 'unknown', at: this.#now(), client: entry.client, user: entry.user, id: entry.id })
    }
  }

  now(): number {
    return this.#now()
  }

  /** A way to open sockets that writes down what goes over them. */
  watching(who: { client: string; user: string }, open: OpenSocket): OpenSocket {
    return (url, options) => {
      this.add({ kind: 'dialled', at: this.#now(), ...who })
      return this.#watched(who, open(url, options))
    }
  }

  invoked(who: Who, frame: { id: string; name: string; input: unknown }): void {
    const key = keyOf(who.user, frame.id)
    if (this.#invoked.has(key)) {
      this.#repeats += 1
      return
    }
    this.#invoked.add(key)
    const stream = streamOf(frame.input)
    const subject = subjectOf(frame.input)
    const at = this.#now()
    this.add({
      kind: 'invoke',
      at,
      ...who,
      id: frame.id,
      name: frame.name,
      ...(stream === undefined ? {} : { stream }),
      ...(subject === undefined ? {} : { subject }),
    })
  }

  answered(who: Who, id: string, answer: { output: unknown } | { code: RefusalCode }): void {
    if (!this.#invoked.has(keyOf(who.user, id))) return // An answer to a query.
    const at = this.#now()
    if ('code' in answer && UNKNOWN_OUTCOMES.includes(answer.code)) return // The repeat's answer decides.
    this.#answered.add(keyOf(who.user, id))
    if ('code' in answer) this.add({ kind: 'refused', at, ...who, id, code: answer.code })
    else this.add({ kind: 'ok', at, ...who, id, output: answer.output })
  }

  toJsonLines(): string {
    return `${this.#entries.map((entry) => JSON.stringify(entry)).join('\n')}\n`
  }

  save(path: string): void {
    writeFileSync(path, this.toJsonLines())
  }

  /** How often a command was sent once more under its id. */
  get repeats(): number {
    return this.#repeats
  }

  /** What the server said, over all sockets that are watched. */
  get frames(): number {
    return this.#frames
  }

  /** What the server said that the protocol does not describe. */
  get frameFaults(): readonly string[] {
    return [...new Set(this.#checks.flatMap((check) => check.faults))]
  }

  #watched(who: Who, inner: SocketLike): SocketLike {
    const check = new FrameCheck()
    this.#checks.push(check)
    let isGivenUp = false
    const outer: SocketLike = {
      onopen: null,
      onmessage: null,
      onclose: null,
      send: (text) => {
        const frame = JSON.parse(text) as ClientFrame // as: our own client encoded it
        check.sent(frame)
        this.#sent(who, frame)
        inner.send(text)
      },
      // What still comes over it reaches nobody.
      close: (code, reason) => {
        isGivenUp = true
        inner.close(code, reason)
      },
    }
    inner.onopen = () => outer.onopen?.()
    inner.onmessage = (event) => {
      if (isGivenUp) return
      if (typeof event.data === 'string') {
        this.#frames += 1
        const frame = JSON.parse(event.data) as ServerFrame // as: it is checked right here
        check.received(frame)
        this.#received(who, frame)
      }
      outer.onmessage?.(event)
    }
    inner.onclose = (event) => outer.onclose?.(event)
    return outer
  }

  #sent(who: Who, frame: ClientFrame): void {
    if (frame.type === 'command') this.invoked(who, frame)
    if (frame.type !== 'open' || frame.place.kind !== 'room') return
    const stream = roomStream(frame.place.roomId)
    const { cursor } = frame
    this.add({ kind: 'opened', at: this.#now(), ...who, stream, ...(cursor === undefined ? {} : { cursor }) })
    if (cursor !== undefined) this.#move(who, stream, cursor)
  }

  #received(who: Who, frame: ServerFrame): void {
    switch (frame.type) {
      case 'reply':
        this.answered(who, frame.id, { output: frame.output })
        break
      case 'refusal':
        this.answered(who, frame.id, { code: frame.code })
        break
      case 'welcome':
        this.#isReset(who, userStream(frame.user.id), frame.seq)
        break
      case 'reset':
        if (frame.place.kind === 'room') this.#isReset(who, roomStream(frame.place.roomId), frame.seq)
        break
      case 'opened':
        if (frame.place.kind === 'room') {
          const stream = roomStream(frame.place.roomId)
          this.add({ kind: 'current', at: this.#now(), ...who, stream, seq: frame.seq })
        }
        break
      case 'events':
        this.#delivered(who, frame.stream, frame.events)
        break
    }
  }

  #isReset(who: Who, stream: string, seq: number): void {
    this.add({ kind: 'reset', at: this.#now(), ...who, stream, seq })
    this.#move(who, stream, seq)
  }

  #delivered(who: Who, stream: string, events: readonly Event[]): void {
    this.add({ kind: 'delivered', at: this.#now(), ...who, stream, events: events.map(asDelivered) })
    for (const { seq } of events) {
      const position = this.#positions.get(`${who.client} ${stream}`)
      if (position && seq === position.seq + 1) this.#move(who, stream, seq)
    }
  }

  #move(who: Who, stream: string, seq: number): void {
    this.#positions.set(`${who.client} ${stream}`, { kind: 'cursor', at: this.#now(), ...who, stream, seq })
  }
}

/** Reads a history that was written as JSON lines. */
export function readHistory(path: string): HistoryEntry[] {
  const lines = readFileSync(path, 'utf8').split('\n')
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as HistoryEntry) // as: `save` wrote it
}

export function appendHistory(path: string, entry: HistoryEntry): void {
  appendFileSync(path, `${JSON.stringify(entry)}\n`)
}

interface Who {
  readonly client: string
  readonly user: string
}

const keyOf = (user: string, id: string): string => `${user} ${id}`

function streamOf(input: unknown): string | undefined {
  if (typeof input !== 'object' || input === null || !('roomId' in input)) return undefined
  return typeof input.roomId === 'string' ? `room:${input.roomId}` : undefined
}

function subjectOf(input: unknown): string | undefined {
  if (typeof input !== 'object' || input === null) return undefined
  const subject = 'messageId' in input ? input.messageId : 'userId' in input ? input.userId : undefined
  return typeof subject === 'string' ? subject : undefined
}

function asDelivered(event: Event): DeliveredEvent {
  const { seq, type, actorId } = event
  const subject = 'messageId' in event ? event.messageId : 'userId' in event ? event.userId : undefined
  return subject === undefined ? { seq, type, actorId } : { seq, type, actorId, subject }
}
