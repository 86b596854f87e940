import { CLOSE_CODES, type CloseReason } from '@parley/protocol'
import type { Clock } from '../clock.ts'
import type { Socket } from '../runtime/socket.ts'
import type { WriteTurn } from './write-turn.ts'

/** How long a closing socket may take to read what still waits, so that it also reads why it was closed. */
const LINGER_MS = 5_000

/** The connection itself, instead of a function of its own for each, so that an idle connection is small. */
interface Owner {
  end(reason: 'too-slow'): void
}

/** Everything that goes to one socket: in order, bounded, and never dropped silently. */
export class Outgoing {
  readonly #socket: Socket
  readonly #turn: WriteTurn
  readonly #clock: Clock
  readonly #owner: Owner
  /** What is to be said at the end of this turn. Mostly one frame, for which no list is made. */
  #first: string | undefined
  #more: string[] | undefined
  #isBacked = false
  #isEnded = false
  #onDrained: (() => void)[] | undefined

  constructor({ socket, turn, clock, owner }: { socket: Socket; turn: WriteTurn; clock: Clock; owner: Owner }) {
    this.#socket = socket
    this.#turn = turn
    this.#clock = clock
    this.#owner = owner
  }

  send(frame: string): void {
    if (this.#isEnded) return
    if (this.#first === undefined) {
      this.#first = frame
      this.#turn.add(this)
    } else if (this.#more) this.#more.push(frame)
    else this.#more = [frame]
  }

  /** Called by the turn. */
  write(): void {
    const first = this.#first
    const more = this.#more
    if (first === undefined) return // It was ended within the turn.
    this.#unsay()
    if (!more) {
      this.#writeOne(first)
      return
    }
    this.#socket.cork(() => {
      this.#writeOne(first)
      for (const frame of more) if (!this.#isEnded) this.#writeOne(frame)
    })
    // Within `cork` the runtime only collects: what did not fit shows afterwards.
    this.#backs(this.#isBacked || this.#socket.getBufferedAmount() > 0)
  }

  /** Resolves when the peer has read nearly everything: read the next page for it only then. */
  whenRoomy(): Promise<void> {
    if (!this.#isBacked || this.#isEnded) return Promise.resolve()
    return new Promise((resolve) => this.#whenDrained(resolve))
  }

  drained(): void {
    this.#backs(this.#socket.getBufferedAmount() > 0)
    if (!this.#isBacked) this.#release()
  }

  /** Closes the socket after what it was already told, so that the peer learns the reason. */
  end(reason: CloseReason): void {
    if (this.#isEnded) return
    // While nothing may be told, the reason alone is.
    if (reason === 'too-slow' || this.#turn.isHeld) this.#unsay()
    this.write()
    this.#isEnded = true
    this.#release()
    const close = () => this.#socket.close(CLOSE_CODES[reason].code, reason)
    if (!this.#isBacked) {
      close()
      return
    }
    // Closing now would throw away what waits, the reason included; a peer that reads on gets both.
    const callOff = this.#clock.after(LINGER_MS, close)
    this.#whenDrained(() => {
      callOff()
      close()
    })
  }

  /** The socket is gone. */
  forget(): void {
    this.#isEnded = true
    this.#unsay()
    this.#backs(false)
    this.#release()
  }

  #writeOne(frame: string): void {
    if (this.#isBacked && this.#socket.getBufferedAmount() + frame.length > this.#turn.slow.share) {
      this.#owner.end('too-slow')
      return
    }
    const sent = this.#socket.send(frame)
    if (sent > 0) return
    if (sent < 0) this.#backs(true)
    else this.#owner.end('too-slow')
  }

  #unsay(): void {
    this.#first = undefined
    this.#more = undefined
  }

  #backs(isBacked: boolean): void {
    if (isBacked !== this.#isBacked) this.#turn.slow.count += isBacked ? 1 : -1
    this.#isBacked = isBacked
  }

  #whenDrained(call: () => void): void {
    this.#onDrained ??= []
    this.#onDrained.push(call)
  }

  #release(): void {
    const waiting = this.#onDrained ?? []
    this.#onDrained = undefined
    for (const call of waiting) call()
  }
}
