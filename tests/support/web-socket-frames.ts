/**
 * Splits what a server sends after a WebSocket upgrade into whole frames (RFC 6455 §5.2), so that a proxy can lose one and
 * leave the rest readable. Bytes before the upgrade's end, and of connections that are not upgraded, pass as they come.
 */
export class FrameSplitter {
  #waiting: Buffer = Buffer.alloc(0)
  #phase: 'head' | 'frames' | 'plain' = 'head'

  /** Whole pieces, in order; a piece that may be lost is a complete text or binary message. */
  push(chunk: Buffer): Piece[] {
    this.#waiting = this.#waiting.length === 0 ? chunk : Buffer.concat([this.#waiting, chunk])
    const pieces: Piece[] = []
    if (this.#phase === 'head') this.#takeHead(pieces)
    if (this.#phase === 'plain') pieces.push(...this.#takePlain())
    else if (this.#phase === 'frames') this.#takeFrames(pieces)
    return pieces
  }

  #takeHead(pieces: Piece[]): void {
    const end = this.#waiting.indexOf('\r\n\r\n')
    if (end === -1) return
    const isUpgrade = this.#waiting.subarray(0, 13).toString('latin1').startsWith('HTTP/1.1 101')
    this.#phase = isUpgrade ? 'frames' : 'plain'
    pieces.push({ bytes: this.#take(end + 4), isMessage: false })
  }

  #takePlain(): Piece[] {
    return this.#waiting.length === 0 ? [] : [{ bytes: this.#take(this.#waiting.length), isMessage: false }]
  }

  #takeFrames(pieces: Piece[]): void {
    for (;;) {
      const length = frameLength(this.#waiting)
      if (length === undefined || length > this.#waiting.length) return
      const bytes = this.#take(length)
      const first = bytes[0] ?? 0
      const isWhole = (first & FIN) !== 0
      const opcode = first & 0x0f
      pieces.push({ bytes, isMessage: isWhole && (opcode === TEXT || opcode === BINARY) })
    }
  }

  #take(length: number): Buffer {
    const taken = this.#waiting.subarray(0, length)
    this.#waiting = this.#waiting.subarray(length)
    return taken
  }
}

export interface Piece {
  readonly bytes: Buffer
  readonly isMessage: boolean
}

const FIN = 0x80
const MASKED = 0x80
const TEXT = 1
const BINARY = 2

/** Of the first frame in `bytes`, header included; undefined while the header is not complete. */
function frameLength(bytes: Buffer): number | undefined {
  if (bytes.length < 2) return undefined
  const second = bytes[1] ?? 0
  const mask = (second & MASKED) !== 0 ? 4 : 0
  const short = second & 0x7f
  if (short < 126) return 2 + mask + short
  if (short === 126) return bytes.length < 4 ? undefined : 4 + mask + bytes.readUInt16BE(2)
  return bytes.length < 10 ? undefined : 10 + mask + Number(bytes.readBigUInt64BE(2))
}
