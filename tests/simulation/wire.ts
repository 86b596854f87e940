import type { SocketLike } from '@parley/client'
import { UNKNOWN_OUTCOMES } from '@parley/protocol'
import type { Socket, SocketListener } from '../../apps/server/src/runtime/socket.ts'
import type { SeededRandom } from '../support/seeded-random.ts'
import type { Scheduler } from './scheduler.ts'

export interface WireConditions {
  /** How likely each frame of the server is lost. */
  loss: number
  /** Refusals too: TCP never loses one alone, but nothing may depend on it. */
  losesRefusals: boolean
}

type Accept = () => Promise<((socket: Socket) => SocketListener) | undefined>

let count = 0

/** One connection within the process: two queues of frames that the scheduler delivers, and everything that breaks them. */
export class Wire {
  readonly clientEnd: SocketLike
  readonly #scheduler: Scheduler
  readonly #random: SeededRandom
  readonly #conditions: WireConditions
  readonly #up: string
  readonly #down: string
  #listener: SocketListener | undefined
  #waitingBytes = 0
  #isBacked = false
  /** Neither side is told; nothing arrives any more. */
  #isDeaf = false
  #isServerOver = false
  #isClientOver = false

  constructor(parts: { scheduler: Scheduler; random: SeededRandom; conditions: WireConditions }, accept: Accept) {
    const { scheduler, random, conditions } = parts
    this.#scheduler = scheduler
    this.#random = random
    this.#conditions = conditions
    const name = `wire ${++count}`
    this.#up = `${name} up`
    this.#down = `${name} down`
    this.clientEnd = {
      onopen: null,
      onmessage: null,
      onclose: null,
      send: (text) => this.#upwards(() => this.#listener?.message(text)),
      close: () => {
        this.#isClientOver = true
        this.#scheduler.forgetQueue(this.#down)
        this.#upwards(() => this.#endServer())
      },
    }
    scheduler.enqueue(this.#up, () => void scheduler.working(() => this.#open(accept)))
  }

  get isOpen(): boolean {
    return this.#listener !== undefined && !this.#isServerOver && !this.#isClientOver && !this.#isDeaf
  }

  /** Both sides learn that it broke, each in its own time; what was under way is lost. */
  cut(): void {
    for (const queue of [this.#up, this.#down]) this.#scheduler.forgetQueue(queue)
    this.#scheduler.enqueue(this.#up, () => this.#endServer())
    this.#downwards(() => this.#endClient(1006))
    this.#isDeaf = true
  }

  /** Half open: both sides go on believing in it. */
  goDeaf(): void {
    for (const queue of [this.#up, this.#down]) this.#scheduler.forgetQueue(queue)
    this.#isDeaf = true
  }

  async #open(accept: Accept): Promise<void> {
    const listen = await accept()
    if (this.#isClientOver || this.#isDeaf) return
    if (!listen) {
      this.#downwards(() => this.#endClient(1006))
      return
    }
    this.#listener = listen(this.#serverEnd())
    this.#downwards(() => this.clientEnd.onopen?.())
  }

  #serverEnd(): Socket {
    return {
      send: (text) => {
        if (this.#isServerOver) return 0
        if (this.#isDeaf || this.#isLost(text)) return text.length
        this.#waitingBytes += text.length
        this.#downwards(() => this.#deliver(text))
        this.#isBacked ||= this.#waitingBytes > KERNEL_BYTES
        return this.#isBacked ? -1 : text.length
      },
      cork: (write) => write(),
      getBufferedAmount: () => Math.max(0, this.#waitingBytes - KERNEL_BYTES),
      close: (code) => {
        this.#downwards(() => this.#endClient(code))
        this.#scheduler.enqueue(this.#up, () => this.#endServer())
      },
    }
  }

  #isLost(text: string): boolean {
    const { loss, losesRefusals } = this.#conditions
    if (text.startsWith('{"type":"refusal"') && !(losesRefusals && isFinal(text))) return false
    return this.#random.chance(loss)
  }

  #deliver(text: string): void {
    this.#waitingBytes -= text.length
    if (!this.#isClientOver) this.clientEnd.onmessage?.({ data: text })
    if (!this.#isBacked || this.#waitingBytes > 0 || this.#isServerOver) return
    this.#isBacked = false
    this.#listener?.drained()
  }

  #upwards(happen: () => void): void {
    if (this.#isDeaf || this.#isServerOver) return
    this.#scheduler.enqueue(this.#up, () => {
      if (!this.#isServerOver) happen()
    })
  }

  #downwards(happen: () => void): void {
    if (this.#isDeaf) return
    this.#scheduler.enqueue(this.#down, happen)
  }

  #endServer(): void {
    if (this.#isServerOver) return
    this.#isServerOver = true
    this.#listener?.closed()
  }

  #endClient(code: number): void {
    if (this.#isClientOver) return
    this.#isClientOver = true
    this.clientEnd.onclose?.({ code, reason: '' })
  }
}

/** Of the others, one that is lost alone would hold its room for a time that the repeat may miss. */
function isFinal(refusal: string): boolean {
  return !UNKNOWN_OUTCOMES.some((code) => refusal.includes(`"code":"${code}"`))
}

/** What lies in the kernel's buffers before the server learns that a reader is slow. */
const KERNEL_BYTES = 16 * 1024
