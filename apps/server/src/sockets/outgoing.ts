import { CLOSE_CODES, type CloseReason } from '@parley/protocol'
import type { Clock } from '../clock.ts'
import type { Socket } from '../runtime/socket.ts'
import type { WriteTurn } from './write-turn.ts'

/** How long a closing socket may take to read what still waits, so that it also reads why it was closed. */
const LINGER_MS = 5_000

/** Shared by all that have nothing to say, so that an idle connection is small. Never changed. */
const NONE: string[] = []

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
  #frames: string[] = NONE
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
    if (this.#frames.length > 0) {
      this.#frames.push(frame)
      return
    }
    this.#frames = [frame]
    this.#turn.add(this)
  }

  /** Called by the turn. */
  write(): void {
    const frames = this.#frames
    const [first] = frames
    if (first === undefined) return // It was ended within the turn.
    this.#frames = NONE
    if (frames.length === 1) {
      this.#writeOne(first)
      return
    }
    this.#socket.together(() => {
      for (const frame of frames) if (!this.#isEnded) this.#writeOne(frame)
    })
    // Within `together` the runtime only collects: what did not fit shows afterwards.
    this.#backs(this.#isBacked || this.#socket.bufferedBytes() > 0)
  }

  /** Resolves when the peer has read nearly everything: read the next page for it only then. */
  whenRoomy(): Promise<void> {
    if (!this.#isBacked || this.#isEnded) return Promise.resolve()
    return new Promise((resolve) => this.#whenDrained(resolve))
  }

  drained(): void {
    this.#backs(this.#socket.bufferedBytes() > 0)
    if (!this.#isBacked) this.#release()
  }

  /** Closes the socket after what it was already told, so that the peer learns the reason. */
  end(reason: CloseReason): void {
    if (this.#isEnded) return
    // While nothing may be told, the reason alone is.
    if (reason === 'too-slow' || this.#turn.isHeld) this.#frames = NONE
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
    this.#frames = NONE
    this.#backs(false)
    this.#release()
  }

  #writeOne(frame: string): void {
    if (this.#isBacked && this.#socket.bufferedBytes() + frame.length > this.#turn.slow.share) {
      this.#owner.end('too-slow')
      return
    }
    const outcome = this.#socket.send(frame)
    if (outcome === 'queued') this.#backs(true)
    if (outcome === 'dropped') this.#owner.end('too-slow')
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
