import type { InstanceId } from '../rules/instance-id.ts'
import type { PeerMessage, Peers } from './peers.ts'
import type { PeerLetter } from './wire-format.ts'

/** Not heard for so long: what it said does not hold any more. */
const LEASE_MS = 10_000
/** Every instance says something twice a second, so this much silence means that its news may not arrive. */
const SILENCE_MS = 1_500
/** Whoever is heard again within this time is known to have been away: what they published meanwhile was missed. */
const REMEMBERED_MS = 60_000

interface Peer {
  /** Of the last thing it said to all; undefined: whatever it says next, something may have been missed before. */
  count: number | undefined
  lost: number
  heardAt: number
  isGone: boolean
}

interface PeersParts {
  readonly self: InstanceId
  send(content: PeerLetter['content'], to?: InstanceId): void
  /** What another instance published may never have arrived. */
  missed(): void
  fault(error: unknown): void
}

/** The other instances as they are heard over Redis: who is there, who fell silent, whose words were lost. */
export class PeersOverRedis implements Peers {
  readonly self: InstanceId
  readonly #parts: PeersParts
  readonly #peers = new Map<InstanceId, Peer>()
  readonly #listeners = new Set<(from: InstanceId, message: PeerMessage) => void>()
  readonly #met = new Set<(instance: InstanceId) => void>()
  readonly #gone = new Set<(instance: InstanceId) => void>()
  #checkedAt: number | undefined

  constructor(parts: PeersParts) {
    this.self = parts.self
    this.#parts = parts
  }

  isHeard(instance: InstanceId): boolean {
    return this.#peers.get(instance)?.isGone === false
  }

  tell(message: PeerMessage, to?: InstanceId): void {
    this.#parts.send(message, to)
  }

  listen(listener: (from: InstanceId, message: PeerMessage) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  onMet(listener: (instance: InstanceId) => void): () => void {
    this.#met.add(listener)
    for (const [instance, peer] of this.#peers) if (!peer.isGone) this.#call(listener, instance)
    return () => void this.#met.delete(listener)
  }

  onGone(listener: (instance: InstanceId) => void): () => void {
    this.#gone.add(listener)
    return () => void this.#gone.delete(listener)
  }

  /** Something another instance said. */
  heard({ from, count, lost, content }: PeerLetter, now: number, isToAll: boolean): void {
    const peer = this.#peers.get(from)
    if (content === 'goodbye') {
      this.#peers.delete(from)
      if (peer && !peer.isGone) this.#tell(this.#gone, from)
      return
    }
    // What is said to one alone is not counted: it tells that somebody is there, no more.
    const isWhole =
      peer !== undefined && !peer.isGone && peer.lost === lost && peer.count === (isToAll ? count - 1 : count)
    this.#peers.set(from, { count, lost, heardAt: now, isGone: false })
    if (!isWhole) {
      if (peer) this.#parts.missed()
      else this.#parts.send('beat') // Whoever is new knows of us at once.
      this.#tell(this.#met, from)
    }
    if (content !== 'beat') for (const listener of this.#listeners) this.#call((id) => listener(id, content), from)
  }

  /** What others said meanwhile was not heard. */
  lostTouch(): void {
    for (const peer of this.#peers.values()) peer.count = undefined
  }

  /** Whether somebody who may be writing is not heard. Who is gone and writes all the same says so in the database. */
  isSomebodySilent(now: number): boolean {
    for (const { heardAt, isGone } of this.#peers.values()) if (!isGone && now - heardAt >= SILENCE_MS) return true
    return false
  }

  /** To be called about twice a second. */
  check(now: number): void {
    const pause = now - (this.#checkedAt ?? now)
    this.#checkedAt = now
    // It was this instance that stood still; what others said meanwhile lies in the socket.
    if (pause > LEASE_MS / 4)
      for (const peer of this.#peers.values()) peer.heardAt = Math.max(peer.heardAt, now - SILENCE_MS)
    for (const [instance, peer] of this.#peers) {
      const silence = now - peer.heardAt
      if (silence >= REMEMBERED_MS) this.#peers.delete(instance)
      if (silence < LEASE_MS || peer.isGone) continue
      peer.isGone = true
      this.#tell(this.#gone, instance)
    }
  }

  #tell(listeners: ReadonlySet<(instance: InstanceId) => void>, instance: InstanceId): void {
    for (const listener of listeners) this.#call(listener, instance)
  }

  #call(listener: (instance: InstanceId) => void, instance: InstanceId): void {
    try {
      listener(instance)
    } catch (error) {
      this.#parts.fault(error)
    }
  }
}
