import { type ClientFrame, type CommandId, type ServerFrame, TIMES, UUID_V7 } from '@parley/protocol'
import type { Clock } from './clock.ts'
import type { Refusal } from './refusal-error.ts'

export type CallFrame = Extract<ClientFrame, { type: 'command' | 'query' }>
export type AnswerFrame = Extract<ServerFrame, { type: 'reply' | 'refusal' }>

/** `cut`: the connection went away first, so nobody knows. */
export type Answer =
  | { readonly kind: 'reply'; readonly output: unknown }
  | { readonly kind: 'refusal'; readonly refusal: Refusal }
  | { readonly kind: 'cut' }

interface Call {
  readonly frame: CallFrame
  readonly order: number
  /** True: sent again on the next connection. False: answered `cut`. */
  readonly survivesCuts: boolean
  readonly settle: (answer: Answer) => void
  sentAt: number
  /** Times sent on the present connection. */
  sends: number
}

export interface RequestsOptions {
  readonly clock: Clock
  send(frame: ClientFrame): boolean
  /** Called when a repeat on the same connection stayed without an answer. */
  reconnect(): void
  /** An answer that no call waits for. True: whoever asked has taken it, or will ask again. */
  late(id: CommandId, answer: Answer): boolean
}

/** Matches replies to commands and queries, and repeats what stays unanswered. (SPEC F2) */
export class Requests {
  readonly #options: RequestsOptions
  // In the order of the last sending, so that the first one is the next to be overdue.
  readonly #calls = new Map<string, Call>()
  #order = 0
  #timer: unknown

  constructor(options: RequestsOptions) {
    this.#options = options
  }

  call(frame: CallFrame, settle: (answer: Answer) => void, { survivesCuts }: { survivesCuts: boolean }): void {
    const call: Call = { frame, order: this.#order++, survivesCuts, settle, sentAt: 0, sends: 0 }
    this.#calls.set(frame.id, call)
    this.#send(call)
  }

  /** The answer became known otherwise, or nobody waits for it any more. */
  forget(id: string): void {
    this.#calls.delete(id)
  }

  /** Given up, or known to be refused: the server need not keep the room's other commands waiting for it. (SPEC F3) */
  withdraw(id: CommandId): void {
    this.forget(id)
    this.#options.send({ type: 'withdraw', id })
  }

  answered(frame: AnswerFrame): void {
    const call = this.#calls.get(frame.id)
    if (!call) {
      // The second answer to a command that was sent twice, or one to a command that nobody asks any more.
      if (!isCommandId(frame.id) || this.#options.late(frame.id, toAnswer(frame))) return
      if (frame.type === 'refusal') this.withdraw(frame.id)
      return
    }
    this.#calls.delete(frame.id)
    call.settle(toAnswer(frame))
  }

  live(): void {
    const waiting = [...this.#calls.values()].sort((a, b) => a.order - b.order)
    for (const call of waiting) this.#send(call)
  }

  cut(): void {
    this.#options.clock.clearTimeout(this.#timer)
    this.#timer = undefined
    for (const call of [...this.#calls.values()]) {
      call.sends = 0
      if (call.survivesCuts) continue
      this.#calls.delete(call.frame.id)
      call.settle({ kind: 'cut' })
    }
  }

  #send(call: Call): void {
    // Noted before it is sent, because a wire within the process may answer before `send` returns.
    const { sends, sentAt } = call
    call.sends += 1
    call.sentAt = this.#options.clock.now()
    this.#calls.delete(call.frame.id)
    this.#calls.set(call.frame.id, call)
    if (this.#options.send(call.frame)) this.#watch()
    else Object.assign(call, { sends, sentAt })
  }

  #watch(): void {
    if (this.#timer !== undefined) return
    const next = [...this.#calls.values()].find((call) => call.sends > 0)
    if (!next) return
    const left = Math.max(0, next.sentAt + TIMES.resendMs - this.#options.clock.now())
    this.#timer = this.#options.clock.setTimeout(() => this.#repeatOverdue(), left)
  }

  #repeatOverdue(): void {
    this.#timer = undefined
    const now = this.#options.clock.now()
    const overdue = [...this.#calls.values()].filter((call) => call.sends > 0 && call.sentAt + TIMES.resendMs <= now)
    if (overdue.some((call) => call.sends > 1)) {
      this.#options.reconnect()
      return
    }
    for (const call of overdue) this.#send(call)
    this.#watch()
  }
}

function isCommandId(id: string): id is CommandId {
  return UUID_V7.test(id)
}

function toAnswer(frame: AnswerFrame): Answer {
  if (frame.type === 'reply') return { kind: 'reply', output: frame.output }
  const { code, message, retryAfterMs, details } = frame
  return { kind: 'refusal', refusal: { code, message, retryAfterMs, details } }
}
