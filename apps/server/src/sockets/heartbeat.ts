import { TIMES } from '@parley/protocol'
import type { Clock } from '../clock.ts'

interface Beating {
  /** A heartbeat is due. */
  beat(): void
}

const SLOTS = 40

/**
 * Calls every connection once in ten seconds. Each has a slot of its own choice by chance, so that 18,000 connections cost
 * one timer and no peak.
 */
export class Heartbeats {
  readonly #slots = Array.from({ length: SLOTS }, () => new Set<Beating>())
  readonly #clock: Clock
  #next = 0
  #callOff: () => void

  constructor(clock: Clock) {
    this.#clock = clock
    this.#callOff = this.#wait()
  }

  /** Begins; answers the slot, to be named at the end. */
  add(beating: Beating): number {
    const slot = Math.floor(Math.random() * SLOTS)
    this.#slots[slot]?.add(beating)
    return slot
  }

  remove(beating: Beating, slot: number): void {
    this.#slots[slot]?.delete(beating)
  }

  stop(): void {
    this.#callOff()
  }

  #wait(): () => void {
    return this.#clock.after(TIMES.heartbeatMs / SLOTS, () => {
      const slot = this.#slots[this.#next]
      this.#next = (this.#next + 1) % SLOTS
      this.#callOff = this.#wait()
      for (const beating of slot ?? []) beating.beat()
    })
  }
}
