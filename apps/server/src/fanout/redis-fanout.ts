import { newId, type StreamId } from '@parley/protocol'
import type { Redis } from 'ioredis'
import type { Clock } from '../clock.ts'
import type { InstanceId } from '../rules/instance-id.ts'
import type { Publication } from '../rules/publication.ts'
import { Channels } from './channels.ts'
import type { Fanout } from './fanout.ts'
import { Followed } from './followed.ts'
import { LobbyNews } from './lobby-news.ts'
import { localFanout } from './local-fanout.ts'
import { PeersOverRedis } from './peers-over-redis.ts'
import { Probe } from './probe.ts'
import { connected, explained, type RedisLink } from './redis-link.ts'
import {
  decodeLetter,
  decodePublication,
  encodeLetter,
  encodePublication,
  isFrom,
  type PeerLetter,
} from './wire-format.ts'

interface RedisFanoutParts {
  readonly link: RedisLink
  readonly clock: Clock
  fault(error: unknown): void
}

const BEAT_MS = 500
/** Its own words do not come back for so long: what others say may not arrive either. */
const LATE_MS = 1_000
/** For so long: the connections are dead without knowing it. */
const DEAD_MS = 5_000
/** What Redis has not taken yet; more is not kept for it, because the truth is elsewhere. */
const MOST_UNSENT_CHARACTERS = 16 * 1024 * 1024

/** Opens the way over Redis to the other instances. Errors: what kept it from listening. */
export async function openRedisFanout(parts: RedisFanoutParts): Promise<RedisFanout> {
  const fanout = new RedisFanout(parts)
  await fanout.open()
  return fanout
}

/**
 * Everything is told here at once and to the others through Redis Pub/Sub, which keeps nothing and promises nothing: a hint.
 * When hints may be missing, it says so (`isDoubtful`, `onDoubt`), and whoever depends on them asks the truth.
 */
export class RedisFanout implements Fanout {
  readonly peers: PeersOverRedis
  readonly #self = newId<InstanceId>()
  readonly #selfBytes = Buffer.from(this.#self)
  readonly #parts: RedisFanoutParts
  readonly #here: Fanout
  readonly #channels: Channels
  readonly #listener: Redis
  readonly #followed: Followed
  readonly #probe = new Probe(LATE_MS)
  readonly #lobby: LobbyNews
  readonly #doubts = new Set<(isDoubtful: boolean) => void>()
  #isListening = false
  #isDoubtful = true
  #isClosed = false
  #count = 0
  #lost = 0
  #unsent: { readonly channel: string; readonly text: () => string }[] = []
  #unsentCharacters = 0
  #stopBeating: () => void = () => undefined
  readonly #stopWatching: () => void

  constructor(parts: RedisFanoutParts) {
    this.#parts = parts
    this.#here = localFanout(parts.fault)
    this.#channels = new Channels(parts.link.prefix)
    this.#listener = parts.link.newConnection()
    this.#lobby = new LobbyNews(parts.clock)
    this.#followed = new Followed({
      clock: parts.clock,
      subscribe: (streams) => this.#ask('subscribe', streams),
      unsubscribe: (streams) => this.#ask('unsubscribe', streams),
      caughtUp: () => this.#judge(),
    })
    this.peers = new PeersOverRedis({
      self: this.#self,
      send: (content, to) => this.#say(content, to),
      missed: () => this.#missed(),
      fault: parts.fault,
    })
    this.#listener.on('ready', () => void this.#begin())
    this.#listener.on('close', () => this.#stoppedListening())
    this.#listener.on('messageBuffer', (channel: Buffer, message: Buffer) =>
      this.#hear(channel.toString('latin1'), message),
    )
    this.#stopWatching = parts.link.onChange((isUp) => {
      if (isUp) this.#beat()
      this.#judge()
    })
  }

  async open(): Promise<void> {
    await connected(this.#listener)
    await this.#mayTalk()
    await this.#begin()
    this.#tick()
  }

  /** Redis may allow less than is needed, which is to be said at once. Errors: `StartError`. */
  async #mayTalk(): Promise<void> {
    try {
      await this.#listener.subscribe(this.#channels.ofInstance(this.#self))
      await this.#parts.link.commands.publish(this.#channels.ofInstance(newId()), '')
    } catch (error) {
      this.#isClosed = true
      this.#listener.disconnect()
      throw explained(error)
    }
  }

  get isDoubtful(): boolean {
    return this.#isDoubtful
  }

  publish(publications: readonly Publication[]): void {
    this.#here.publish(publications)
    for (const publication of publications) {
      this.#send(this.#channels.of(publication), () => encodePublication(this.#self, publication))
      const listed = publication.kind === 'events' ? this.#lobby.of(publication) : undefined
      if (listed) this.#send(this.#channels.lobby, () => encodePublication(this.#self, listed))
    }
  }

  subscribe(listener: (publication: Publication) => void): () => void {
    return this.#here.subscribe(listener)
  }

  follow(streams: readonly StreamId[]): Promise<void> | undefined {
    const confirmed = this.#followed.follow(streams)
    if (confirmed && !this.hasRedis) this.#followed.letGo()
    return confirmed
  }

  /** Whether Redis takes and brings what is said; who else is silent does not count. */
  get hasRedis(): boolean {
    return this.#isListening && this.#parts.link.isUp && !this.#probe.isLate(this.#parts.clock.now())
  }

  unfollow(streams: readonly StreamId[]): void {
    this.#followed.unfollow(streams)
  }

  onDoubt(listener: (isDoubtful: boolean) => void): () => void {
    this.#doubts.add(listener)
    return () => void this.#doubts.delete(listener)
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#stopBeating()
    this.#stopWatching()
    this.#say('goodbye')
    await this.#flush()
    this.#isClosed = true
    this.#listener.disconnect()
    this.#followed.stop()
    await this.#here.close()
  }

  // --- speaking ---

  #say(content: PeerLetter['content'], to?: InstanceId): void {
    if (to === undefined) this.#count += 1
    const count = this.#count
    if (content === 'beat') this.#probe.sent(count, this.#parts.clock.now())
    const channel = to === undefined ? this.#channels.peers : this.#channels.ofInstance(to)
    this.#send(channel, () => encodeLetter({ from: this.#self, count, lost: this.#lost, content }))
  }

  // What is said in one turn of the event loop leaves in one write.
  #send(channel: string, text: () => string): void {
    if (this.#isClosed) return
    if (this.#unsent.push({ channel, text }) === 1) setImmediate(() => void this.#flush())
  }

  async #flush(): Promise<void> {
    const { link, fault } = this.#parts
    const messages = this.#unsent
    this.#unsent = []
    if (messages.length === 0) return
    if (!link.isUp || this.#unsentCharacters > MOST_UNSENT_CHARACTERS) {
      this.#lost += messages.length
      return
    }
    let characters = 0
    try {
      const pipeline = link.commands.pipeline()
      for (const { channel, text } of messages) {
        const encoded = text()
        characters += encoded.length
        pipeline.publish(channel, encoded)
      }
      this.#unsentCharacters += characters
      const results = (await pipeline.exec()) ?? []
      this.#lost += results.filter(([error]) => error !== null).length
    } catch (error) {
      this.#lost += messages.length
      if (link.isUp) fault(error)
    } finally {
      this.#unsentCharacters -= characters
    }
  }

  // --- listening ---

  #hear(channel: string, message: Buffer): void {
    try {
      const isToAll = channel === this.#channels.peers
      if (isToAll || channel === this.#channels.ofInstance(this.#self)) this.#hearLetter(message, isToAll)
      else if (!isFrom(this.#selfBytes, message) && this.#isWanted(channel)) {
        const publication = decodePublication(message)
        if (!publication) return
        if (this.#channels.of(publication) !== channel) throw new Error(`Not to be said on ${channel}.`)
        this.#here.publish([publication])
      }
    } catch (error) {
      this.#parts.fault(error)
    }
  }

  #hearLetter(message: Buffer, isToAll: boolean): void {
    const letter = decodeLetter(message)
    if (letter.from !== this.#self) {
      this.peers.heard(letter, this.#parts.clock.now(), isToAll)
      return
    }
    this.#probe.cameBack(letter.count)
    if (this.#isDoubtful) this.#judge()
  }

  #isWanted(channel: string): boolean {
    const stream = this.#channels.streamOf(channel)
    return stream === undefined || this.#followed.has(stream)
  }

  async #begin(): Promise<void> {
    try {
      const { all, lobby, peers } = this.#channels
      await this.#listener.subscribe(all, lobby, peers, this.#channels.ofInstance(this.#self))
      await this.#followed.begin()
    } catch {
      return // The connection is gone again; the next one begins anew.
    }
    if (this.#isClosed || this.#listener.status !== 'ready') return
    const isAgain = !this.#isListening
    this.#isListening = true
    this.peers.lostTouch()
    this.#probe.forget()
    this.#beat()
    this.#judge()
    if (isAgain) this.#missed()
  }

  #stoppedListening(): void {
    this.#isListening = false
    this.#followed.end()
    this.#judge()
  }

  async #ask(verb: 'subscribe' | 'unsubscribe', streams: readonly StreamId[]): Promise<void> {
    await this.#listener[verb](...streams.map((stream) => this.#channels.ofStream(stream)))
  }

  // --- doubting ---

  #tick(): void {
    this.#stopBeating = this.#parts.clock.after(BEAT_MS, () => {
      this.#tick()
      const now = this.#parts.clock.now()
      this.peers.check(now)
      this.#judge()
      if (this.#probe.silence(now) >= DEAD_MS) this.#reconnect()
      this.#beat()
    })
  }

  #beat(): void {
    this.#say('beat')
  }

  #reconnect(): void {
    this.#probe.forget()
    for (const connection of [this.#listener, this.#parts.link.commands]) {
      if (connection.status !== 'reconnecting' && connection.status !== 'end') connection.disconnect(true)
    }
  }

  #judge(): void {
    if (!this.hasRedis) this.#followed.letGo()
    const isSilent = this.peers.isSomebodySilent(this.#parts.clock.now())
    const isDoubtful = !this.hasRedis || isSilent || this.#followed.isBehind
    if (isDoubtful === this.#isDoubtful) return
    this.#isDoubtful = isDoubtful
    this.#tellDoubt(isDoubtful)
  }

  #missed(): void {
    this.#tellDoubt(true)
  }

  #tellDoubt(isDoubtful: boolean): void {
    for (const listener of this.#doubts) {
      try {
        listener(isDoubtful)
      } catch (error) {
        this.#parts.fault(error)
      }
    }
  }
}
