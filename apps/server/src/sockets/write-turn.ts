import { SlowReaders } from './slow-readers.ts'

/**
 * Collects what is said to many sockets during one turn of the event loop and writes it at the turn's end: however many
 * replies, events and signals a connection gets, it gets them in one system call.
 */
export class WriteTurn {
  readonly slow = new SlowReaders()
  #waiting: Writable[] = []
  #whenWritten: (() => void)[] = []
  #mustHold: () => boolean = () => false
  readonly #atEndOfTurn: (call: () => void) => void

  constructor(atEndOfTurn: (call: () => void) => void = setImmediate) {
    this.#atEndOfTurn = atEndOfTurn
  }

  /** Nothing is written while this holds; then `goOn` is to be called. */
  holdWhile(mustHold: () => boolean): void {
    this.#mustHold = mustHold
  }

  get isHeld(): boolean {
    return this.#mustHold()
  }

  goOn(): void {
    if (this.#waiting.length > 0) this.#atEndOfTurn(this.#write)
  }

  add(writable: Writable): void {
    if (this.#waiting.push(writable) === 1) this.#atEndOfTurn(this.#write)
  }

  /** Calls once what is waiting now was written; only while something waits. */
  whenWritten(call: () => void): void {
    if (this.#waiting.length === 0) call()
    else this.#whenWritten.push(call)
  }

  readonly #write = (): void => {
    if (this.#mustHold()) return
    const waiting = this.#waiting
    this.#waiting = []
    for (const writable of waiting) writable.write()
    const calls = this.#whenWritten
    this.#whenWritten = []
    for (const call of calls) call()
  }
}

interface Writable {
  write(): void
}
