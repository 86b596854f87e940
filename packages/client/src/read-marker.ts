import type { CommandOutput } from '@parley/protocol'
import type { Clock } from './clock.ts'
import { WithdrawnError } from './refusal-error.ts'

export interface ReadMarkerOptions {
  readonly clock: Clock
  send(number: number): Promise<CommandOutput<'mark-read'>>
  answered(output: CommandOutput<'mark-read'>): void
}

const AT_MOST_EVERY_MS = 1_000

/** Sends how far I have read, at most once a second, always the furthest. (SPEC E8) */
export class ReadMarker {
  readonly #options: ReadMarkerOptions
  #wanted = 0
  #sent = 0
  #isResting = false

  constructor(options: ReadMarkerOptions) {
    this.#options = options
  }

  mark(number: number): void {
    this.#wanted = Math.max(this.#wanted, number)
    this.#flush()
  }

  /** After a disconnection: what it withdrew is sent again. */
  resume(): void {
    this.#flush()
  }

  #flush(): void {
    if (this.#isResting || this.#wanted <= this.#sent) return
    const { clock, send, answered } = this.#options
    this.#sent = this.#wanted
    this.#isResting = true
    clock.setTimeout(() => {
      this.#isResting = false
      this.#flush()
    }, AT_MOST_EVERY_MS)
    send(this.#sent).then(answered, (error) => {
      // Refused means that the room is gone for me; there is nothing to mark then. Withdrawn: the server never heard of it.
      if (error instanceof WithdrawnError) this.#sent = 0
    })
  }
}
