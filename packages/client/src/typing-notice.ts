import { TIMES } from '@parley/protocol'
import type { Clock } from './clock.ts'

/** A key so long ago counts as typing still; with `typingExpiresMs` it makes the six seconds. */
const JUST_NOW_MS = 1_000

/**
 * Tells the others that I type: at once, then at most every three seconds while `set(true)` keeps being called, and that
 * I stopped.
 */
export class TypingNotice {
  readonly #clock: Clock
  readonly #send: (isTyping: boolean) => void
  #saidAt: number | undefined
  #calledAt = 0
  #timer: unknown

  constructor(clock: Clock, send: (isTyping: boolean) => void) {
    this.#clock = clock
    this.#send = send
  }

  set(isTyping: boolean): void {
    if (!isTyping) {
      this.stop()
      return
    }
    this.#calledAt = this.#clock.now()
    if (this.#saidAt === undefined) this.#say()
  }

  stop(): void {
    if (this.#saidAt === undefined) return
    this.forget()
    this.#send(false)
  }

  /** Without telling: nobody listens any more. */
  forget(): void {
    this.#clock.clearTimeout(this.#timer)
    this.#saidAt = undefined
  }

  #say(): void {
    this.#saidAt = this.#clock.now()
    this.#send(true)
    this.#timer = this.#clock.setTimeout(() => {
      // Said again only close to a key, or the server would still show it long after the last one. (SPEC G6)
      if (this.#clock.now() - this.#calledAt <= JUST_NOW_MS) this.#say()
      else this.#saidAt = undefined
    }, TIMES.typingRepeatMs)
  }
}
