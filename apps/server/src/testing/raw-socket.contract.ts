import { connect, type Socket } from 'node:net'

/** A WebSocket client that may break every rule: it writes raw bytes and tells how the server ended it. (RFC 6455) */
export class RawSocket {
  readonly texts: string[] = []
  /** Answers to pings. */
  pongs = 0
  /** Resolves with the close code, 1006 when the connection ended without one. */
  readonly ended: Promise<number>
  readonly #socket: Socket
  #rest: Buffer = Buffer.alloc(0)
  #status: number | undefined
  #code: number | undefined
  #looks: (() => void)[] = []
  #isHeedless = false

  constructor(port: number) {
    this.#socket = connect(port, '127.0.0.1')
    this.ended = new Promise((resolve) => {
      this.#socket.once('close', () => resolve(this.#code ?? 1006))
    })
    this.#socket.on('error', () => undefined) // The close that follows tells.
    this.#socket.on('data', (chunk: Buffer) => this.#take(chunk))
    this.#socket.on('close', () => this.#look())
  }

  /** Asks for the upgrade; resolves with the answer's status. */
  async upgrade(headers: Readonly<Record<string, string>>): Promise<number> {
    const lines = Object.entries({
      Host: 'localhost',
      Connection: 'Upgrade',
      Upgrade: 'websocket',
      'Sec-WebSocket-Version': '13',
      'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
      ...headers,
    }).map(([name, value]) => `${name}: ${value}\r\n`)
    this.write(Buffer.from(`GET /socket HTTP/1.1\r\n${lines.join('')}\r\n`))
    return this.answered()
  }

  /** The status of the HTTP answer; 0 when the connection ended without one. */
  async answered(): Promise<number> {
    while (this.#status === undefined && !this.#socket.destroyed) await this.#change()
    return this.#status ?? 0
  }

  /** Resolves when another ping was answered; throws when the connection ended before. */
  async seesPong(): Promise<void> {
    const before = this.pongs
    while (this.pongs === before) {
      if (this.#socket.destroyed) throw new Error('Ended without a pong.')
      await this.#change()
    }
  }

  write(bytes: Uint8Array): void {
    this.#socket.write(bytes)
  }

  text(value: unknown): void {
    this.write(frame({ opcode: 1, payload: Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)) }))
  }

  /** Stops reading, as a phone in a tunnel does. */
  stall(): void {
    this.#socket.pause()
  }

  /** Reads on and heeds nothing of it, however much it is. */
  heedsNothing(): void {
    this.#isHeedless = true
  }

  readOn(): void {
    this.#socket.resume()
  }

  async seesText(part: string): Promise<void> {
    while (!this.texts.some((text) => text.includes(part))) {
      if (this.#socket.destroyed) throw new Error(`Ended without "${part}".`)
      await this.#change()
    }
  }

  destroy(): void {
    this.#socket.destroy()
  }

  #change(): Promise<void> {
    return new Promise((resolve) => this.#looks.push(resolve))
  }

  #look(): void {
    const looks = this.#looks
    this.#looks = []
    for (const look of looks) look()
  }

  #take(chunk: Buffer): void {
    if (this.#isHeedless) return
    this.#rest = Buffer.concat([this.#rest, chunk])
    if (this.#status === undefined) this.#takeHead()
    if (this.#status === 101) while (this.#takeFrame());
    this.#look()
  }

  #takeHead(): void {
    const end = this.#rest.indexOf('\r\n\r\n')
    if (end === -1) return
    this.#status = Number(this.#rest.subarray(9, 12).toString())
    this.#rest = this.#rest.subarray(end + 4)
  }

  #takeFrame(): boolean {
    const [first = 0, second = 0] = this.#rest
    const short = second & 0x7f
    const head = short < 126 ? 2 : short === 126 ? 4 : 10
    if (this.#rest.length < head) return false
    const length =
      short < 126 ? short : short === 126 ? this.#rest.readUInt16BE(2) : Number(this.#rest.readBigUInt64BE(2))
    if (this.#rest.length < head + length) return false
    const payload = this.#rest.subarray(head, head + length)
    this.#rest = this.#rest.subarray(head + length)
    if ((first & 0x0f) === 1) this.texts.push(payload.toString())
    if ((first & 0x0f) === 10) this.pongs += 1
    if ((first & 0x0f) === 8 && payload.length >= 2) this.#code ??= payload.readUInt16BE(0)
    return true
  }
}

interface RawFrame {
  readonly opcode: number
  readonly payload?: Uint8Array
  readonly isFinal?: boolean
  readonly isMasked?: boolean
  /** The three reserved bits, 0 to 7. */
  readonly reserved?: number
}

export function frame({
  opcode,
  payload = new Uint8Array(),
  isFinal = true,
  isMasked = true,
  reserved = 0,
}: RawFrame): Buffer {
  const first = (isFinal ? 0x80 : 0) | (reserved << 4) | opcode
  const mask = isMasked ? Buffer.from([1, 2, 3, 4]) : Buffer.alloc(0)
  const body = isMasked ? payload.map((byte, index) => byte ^ (mask[index % 4] ?? 0)) : payload
  return Buffer.concat([Buffer.from([first]), lengthBytes(payload.length, isMasked), mask, body])
}

function lengthBytes(length: number, isMasked: boolean): Buffer {
  const bit = isMasked ? 0x80 : 0
  if (length < 126) return Buffer.from([bit | length])
  const wide = Buffer.alloc(length < 65_536 ? 3 : 9)
  wide[0] = bit | (length < 65_536 ? 126 : 127)
  if (length < 65_536) wide.writeUInt16BE(length, 1)
  else wide.writeBigUInt64BE(BigInt(length), 1)
  return wide
}
