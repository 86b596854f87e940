import { type ClientFrame, type CommandId, type RoomId, UUID_V7 } from '@parley/protocol'
import type { Clock } from '../clock.ts'
import type { Bucketed } from '../fanout/shared-limits.ts'
import { reportIncident } from '../incident.ts'
import type { Log } from '../log.ts'
import type { Metrics } from '../metrics.ts'
import type { Actor } from '../rules/actor.ts'
import { mustBeRepeated, Refusal } from '../rules/refusal.ts'
import type { State } from '../state.ts'
import { BusyHold } from './busy-hold.ts'
import { encodeRefusal, encodeReply } from './encode-frame.ts'
import type { FrameLimits } from './frame-limits.ts'
import type { Hub } from './hub.ts'

export interface CallParts {
  readonly state: State
  readonly hub: Hub
  readonly clock: Clock
  /** Commands, by person. */
  readonly posts: Bucketed
  readonly log: Log
  readonly metrics: Metrics
}

/** The connection, as its calls need it; commands of the same one keep their order. */
export interface Caller {
  readonly actor: Actor
  /** Whether it withdraws what was refused. */
  readonly withdraws: boolean
  readonly limits: FrameLimits
  send(frame: string): void
}

/** The commands and queries of one connection: asked within the limits, answered, and faults told apart from refusals. */
export class Calls {
  readonly #caller: Caller
  readonly #parts: CallParts
  readonly #hold = new BusyHold()
  #asked = 0

  constructor(caller: Caller, parts: CallParts) {
    this.#caller = caller
    this.#parts = parts
  }

  command({ id, name, input }: Extract<ClientFrame, { type: 'command' }>): void {
    const { clock, hub, state, metrics, posts } = this.#parts
    const { actor, limits, withdraws } = this.#caller
    const now = clock.now()
    const roomId = roomIn(input)
    const room = roomId ?? ''
    const told = { withdraws, place: ++this.#asked }
    const wait = this.#hold.wait(room, id, now) || posts.take(actor.user.id, now) || limits.waitForCalls()
    if (wait > 0) {
      this.#hold.hold(room, id, { now, ...told })
      this.#busy(id, wait)
      return
    }
    metrics.commands += 1
    limits.began()
    const isKnownMember = roomId !== undefined && hub.isMember(actor.user.id, roomId)
    state.perform({ id, name, input, actor, lane: this.#caller, isKnownMember, withdraws }).then(
      (output) => this.#reply(id, output),
      (error: unknown) => {
        if (mustBeRepeated(error)) this.#hold.hold(room, id, { now: clock.now(), ...told })
        this.#refuse(id, error, name)
      },
    )
  }

  query({ id, name, input }: Extract<ClientFrame, { type: 'query' }>): void {
    const { state, metrics, hub } = this.#parts
    const { actor, limits } = this.#caller
    const wait = limits.take() || limits.waitForCalls()
    if (wait > 0) {
      this.#busy(id, wait)
      return
    }
    metrics.queries += 1
    limits.began()
    state.query(actor, name, input).then(
      (output) => {
        hub.answers(output)
        this.#reply(id, output)
      },
      (error: unknown) => this.#refuse(id, error, name),
    )
  }

  /** The client gives a command up, or knows that it was refused: others need not wait for it any more. (SPEC F3) */
  withdraw(id: CommandId): void {
    this.#hold.withdraw(id)
    this.#parts.state.withdraw(this.#caller, id)
  }

  /** Something of ours broke: into the log, and what is said of it. */
  fault(error: unknown, name: string): Refusal {
    const { metrics, log } = this.#parts
    metrics.faults += 1
    const incident = reportIncident(log, error, { name, userId: this.#caller.actor.user.id })
    return new Refusal('internal', { details: { incident } })
  }

  #reply(id: string, output: unknown): void {
    this.#caller.limits.ended()
    this.#caller.send(encodeReply(id, output))
  }

  #refuse(id: string, error: unknown, name: string): void {
    this.#caller.limits.ended()
    const refusal = error instanceof Refusal ? error : this.fault(error, name)
    this.#parts.metrics.refusals += 1
    this.#caller.send(encodeRefusal(id, refusal))
  }

  #busy(id: string, retryAfterMs: number): void {
    this.#parts.metrics.busy += 1
    this.#caller.send(encodeRefusal(id, new Refusal('busy', { retryAfterMs })))
    this.#caller.limits.countExcess()
  }
}

function roomIn(input: unknown): RoomId | undefined {
  if (typeof input !== 'object' || input === null || !('roomId' in input)) return undefined
  // Only a key here, but one that is kept: nothing else that somebody sends may pile up.
  return typeof input.roomId === 'string' && UUID_V7.test(input.roomId) ? (input.roomId as RoomId) : undefined // as: just checked
}
