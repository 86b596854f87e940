import { type CommandId, TIMES } from '@parley/protocol'

/** A command that was told `busy`, and what decides for how long others wait for it. */
export interface Told {
  /** Epoch ms. */
  readonly now: number
  /** Its client says so when it gives one up. */
  readonly withdraws: boolean
  /** Which of the connection's commands it was: one that was asked before comes first, whoever is answered first. */
  readonly place: number
}

/** With so many rooms held, those whose time has passed are looked for. */
const MANY = 100

/**
 * After `busy`, a connection's later commands of the same room are answered `busy` too, until the first is repeated,
 * withdrawn, or the time has passed: otherwise a later message would overtake an earlier one. Whoever says what they give up
 * is waited for longer: the repeat may lie unread in a process that stands still. (SPEC F3)
 */
export class BusyHold {
  /** Made when first needed: most connections are never told `busy`. */
  #held: Map<string, { id: CommandId; until: number; place: number }> | undefined

  /** In how many milliseconds to come back, or 0 when the command may pass. */
  wait(room: string, id: CommandId, now: number): number {
    const held = this.#held?.get(room)
    if (!held) return 0
    if (held.id !== id && now < held.until) return Math.min(held.until - now, 1_000)
    this.#held?.delete(room)
    return 0
  }

  /** This command was answered `busy`. */
  hold(room: string, id: CommandId, { now, withdraws, place }: Told): void {
    this.#held ??= new Map()
    if (this.#held.size >= MANY) for (const [other, { until }] of this.#held) if (until <= now) this.#held.delete(other)
    const until = now + (withdraws ? TIMES.refusalHoldMs : TIMES.busyHoldMs)
    const held = this.#held.get(room)
    if (!held || place < held.place) this.#held.set(room, { id, until, place })
  }

  withdraw(id: CommandId): void {
    for (const [room, held] of this.#held ?? []) if (held.id === id) this.#held?.delete(room)
  }
}
