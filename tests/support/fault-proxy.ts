import { createServer, type Server, Socket } from 'node:net'
import { SeededRandom } from './seeded-random.ts'
import { FrameSplitter } from './web-socket-frames.ts'

/** What goes wrong on the way; nothing by default. May be changed at any time, for connections that are open too. */
export interface Faults {
  /** Added to every piece, in both directions. */
  delayMs: number
  /** Up to this much more, by chance; the order stays. */
  jitterMs: number
  /** How likely each WebSocket message of the server is lost. */
  dropServerFrames: number
  /** In each direction and connection; 0 is without limit. */
  bytesPerSecond: number
  /** Takes connections and cuts them at once. */
  refuses: boolean
}

export interface FaultProxyOptions extends Partial<Faults> {
  readonly target: { readonly port: number; readonly host?: string }
  readonly seed?: number
  /** What passes is not HTTP: no message can be lost, and bytes go on as they come. */
  readonly isOpaque?: boolean
}

/** Starts a TCP proxy on a free loopback port. It understands just enough WebSocket to lose whole messages. */
export async function startFaultProxy(options: FaultProxyOptions): Promise<FaultProxy> {
  const proxy = new FaultProxy(options)
  await proxy.listen()
  return proxy
}

export class FaultProxy {
  readonly faults: Faults
  readonly #target: { readonly port: number; readonly host: string }
  readonly #random: SeededRandom
  readonly #isOpaque: boolean
  readonly #server: Server
  readonly #links = new Set<Link>()
  #isPaused = false
  #isHalfOpen = false
  #dropped = 0
  #passed = 0

  constructor({ target, seed = 1, isOpaque = false, ...faults }: FaultProxyOptions) {
    this.faults = { delayMs: 0, jitterMs: 0, dropServerFrames: 0, bytesPerSecond: 0, refuses: false, ...faults }
    this.#target = { port: target.port, host: target.host ?? '127.0.0.1' }
    this.#random = new SeededRandom(seed)
    this.#isOpaque = isOpaque
    this.#server = createServer((client) => this.#accept(client))
  }

  listen(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen(0, '127.0.0.1', resolve)
    })
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`
  }

  get port(): number {
    const address = this.#server.address()
    if (address === null || typeof address === 'string') throw new Error('The proxy does not listen.')
    return address.port
  }

  /** WebSocket messages of the server so far. */
  get counts(): { readonly dropped: number; readonly passed: number } {
    return { dropped: this.#dropped, passed: this.#passed }
  }

  get connections(): number {
    return this.#links.size
  }

  /** Ends every connection with a reset, as a pulled cable followed by a reboot would. */
  cut(): void {
    for (const link of this.#links) link.cut()
  }

  /** Holds everything back, in both directions; nothing is lost. */
  pause(): void {
    this.#isPaused = true
  }

  resume(): void {
    this.#isPaused = false
    for (const link of this.#links) link.wake()
  }

  /** The present connections go silent for good: both sides believe that they are up, and nothing arrives. */
  halfOpen(): void {
    for (const link of this.#links) link.isDeaf = true
  }

  /** Like `halfOpen`, for connections that are made until `heal()` as well. */
  blackhole(): void {
    this.#isHalfOpen = true
    this.halfOpen()
  }

  heal(): void {
    this.#isHalfOpen = false
  }

  async close(): Promise<void> {
    this.cut()
    if (this.#server.listening) await new Promise((resolve) => this.#server.close(resolve))
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #accept(client: Socket): void {
    if (this.faults.refuses) return void client.resetAndDestroy()
    const server = new Socket()
    server.connect(this.#target.port, this.#target.host)
    const link = new Link(client, server, () => this.#links.delete(link))
    link.isDeaf = this.#isHalfOpen
    this.#links.add(link)
    const splitter = new FrameSplitter()
    client.on('data', (chunk: Buffer) => link.toServer.push(chunk, this.#conditions()))
    server.on('data', (chunk: Buffer) => {
      if (this.#isOpaque) return link.toClient.push(chunk, this.#conditions())
      for (const { bytes, isMessage } of splitter.push(chunk)) {
        const isLost = isMessage && this.#random.chance(this.faults.dropServerFrames)
        if (isMessage) isLost ? this.#dropped++ : this.#passed++
        if (!isLost) link.toClient.push(bytes, this.#conditions())
      }
    })
  }

  #conditions(): Conditions {
    const { delayMs, jitterMs, bytesPerSecond } = this.faults
    return { delayMs: delayMs + this.#random.next() * jitterMs, bytesPerSecond, isPaused: () => this.#isPaused }
  }
}

interface Conditions {
  readonly delayMs: number
  readonly bytesPerSecond: number
  readonly isPaused: () => boolean
}

/** A client's connection and the one to the server that belongs to it. */
class Link {
  readonly toServer: Pipe
  readonly toClient: Pipe
  isDeaf = false
  readonly #client: Socket
  readonly #server: Socket
  #isOver = false

  constructor(client: Socket, server: Socket, over: () => void) {
    this.#client = client
    this.#server = server
    const isDeaf = () => this.isDeaf
    this.toServer = new Pipe(client, server, isDeaf)
    this.toClient = new Pipe(server, client, isDeaf)
    for (const socket of [client, server]) {
      socket.setNoDelay(true)
      socket.on('error', () => undefined) // 'close' follows and says all that matters here.
    }
    const end = (pipe: Pipe) => () => {
      if (this.isDeaf || this.#isOver) return // Half open: the other side must not learn of it.
      pipe.end()
    }
    client.on('close', end(this.toServer))
    server.on('close', end(this.toClient))
    const check = () => {
      if (client.destroyed && server.destroyed) over()
    }
    client.on('close', check)
    server.on('close', check)
  }

  cut(): void {
    this.#isOver = true
    for (const socket of [this.#client, this.#server]) socket.resetAndDestroy()
  }

  wake(): void {
    this.toServer.wake()
    this.toClient.wake()
  }
}

/** One direction of a link: pieces leave in order, each not before its time. */
class Pipe {
  readonly #from: Socket
  readonly #to: Socket
  readonly #isDeaf: () => boolean
  #waiting: { bytes: Buffer; at: number; isPaused: () => boolean }[] = []
  #timer: ReturnType<typeof setTimeout> | undefined
  #freeAt = 0
  #isEnding = false

  constructor(from: Socket, to: Socket, isDeaf: () => boolean) {
    this.#from = from
    this.#to = to
    this.#isDeaf = isDeaf
  }

  push(bytes: Buffer, { delayMs, bytesPerSecond, isPaused }: Conditions): void {
    if (this.#isDeaf()) return
    const takesMs = bytesPerSecond > 0 ? (bytes.length / bytesPerSecond) * 1_000 : 0
    this.#freeAt = Math.max(this.#freeAt, performance.now() + delayMs) + takesMs
    this.#waiting.push({ bytes, at: this.#freeAt, isPaused })
    // A slow line or a paused one must be felt by whoever sends, so what waits here is bounded.
    if (this.#waiting.length > MOST_WAITING) this.#from.pause()
    this.wake()
  }

  /** No more will come; what waits still goes out. */
  end(): void {
    this.#isEnding = true
    this.wake()
  }

  readonly wake = (): void => {
    clearTimeout(this.#timer)
    for (let next = this.#waiting[0]; next; next = this.#waiting[0]) {
      if (next.isPaused() && !this.#to.destroyed) return
      const wait = next.at - performance.now()
      if (wait > 0.5) {
        this.#timer = setTimeout(this.wake, wait)
        return
      }
      this.#waiting.shift()
      if (!this.#isDeaf() && !this.#to.destroyed) this.#to.write(next.bytes)
    }
    this.#from.resume()
    if (this.#isEnding) this.#to.destroy()
  }
}

const MOST_WAITING = 1_024
