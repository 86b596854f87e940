import { newId } from '@parley/protocol'
import type { Clock } from '../clock.ts'
import type { PeerMessage, Peers } from '../fanout/peers.ts'
import type { InstanceId } from '../rules/instance-id.ts'

const LEASE_MS = 10_000

interface Member extends Peers {
  isAlive: boolean
  readonly hears: (from: InstanceId, message: PeerMessage) => void
  readonly meets: (instance: InstanceId) => void
  readonly misses: (instance: InstanceId) => void
}

/** Instances that hear each other within one process: what they say arrives at once, as text, unless it is lost. */
export class PeersInMemory {
  readonly #clock: Clock
  readonly #members = new Map<InstanceId, Member>()
  /** True for what is lost on its way. */
  loses: (from: InstanceId, to: InstanceId, message: PeerMessage) => boolean = () => false
  /** How much was said, in messages and in characters. */
  said = { messages: 0, characters: 0, longest: 0 }

  constructor(clock: Clock) {
    this.#clock = clock
  }

  join(): Peers {
    const listeners = new Set<(from: InstanceId, message: PeerMessage) => void>()
    const met = new Set<(instance: InstanceId) => void>()
    const gone = new Set<(instance: InstanceId) => void>()
    const add = <T>(all: Set<T>, one: T) => {
      all.add(one)
      return () => void all.delete(one)
    }
    const self = newId<InstanceId>()
    const member: Member = {
      self,
      isAlive: true,
      isHeard: (instance) => this.#members.get(instance)?.isAlive ?? false,
      tell: (message, to) => this.#carry(self, message, to),
      listen: (listener) => add(listeners, listener),
      onMet: (listener) => {
        for (const other of this.#others(self)) listener(other.self)
        return add(met, listener)
      },
      onGone: (listener) => add(gone, listener),
      hears: (from, message) => {
        for (const listener of listeners) listener(from, message)
      },
      meets: (instance) => {
        for (const listener of met) listener(instance)
      },
      misses: (instance) => {
        for (const listener of gone) listener(instance)
      },
    }
    this.#members.set(self, member)
    for (const other of this.#others(self)) other.meets(self)
    return member
  }

  /** As a jump in its numbers shows: something it said to `listener` may be lost. */
  jump(listener: InstanceId, instance: InstanceId): void {
    this.#members.get(listener)?.meets(instance)
  }

  leave(instance: InstanceId): void {
    const others = [...this.#others(instance)]
    this.#members.delete(instance)
    for (const other of others) other.misses(instance)
  }

  /** It falls silent; the others notice when its lease is over. */
  kill(instance: InstanceId): void {
    const member = this.#members.get(instance)
    if (member) member.isAlive = false
    this.#clock.after(LEASE_MS, () => this.leave(instance))
  }

  #carry(from: InstanceId, message: PeerMessage, to?: InstanceId): void {
    if (!this.#members.get(from)?.isAlive) return
    const text = JSON.stringify(message)
    this.said.messages += 1
    this.said.characters += text.length
    this.said.longest = Math.max(this.said.longest, text.length)
    for (const other of this.#others(from)) {
      if (to !== undefined && other.self !== to) continue
      if (!this.loses(from, other.self, message)) other.hears(from, JSON.parse(text))
    }
  }

  *#others(instance: InstanceId): Iterable<Member> {
    for (const member of [...this.#members.values()]) if (member.self !== instance && member.isAlive) yield member
  }
}
