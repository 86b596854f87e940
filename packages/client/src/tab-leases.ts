import type { UserId } from '@parley/protocol'
import type { Clock } from './clock.ts'
import type { OutboxEntry } from './outbox-entry.ts'
import type { Lease } from './outbox-storage.ts'
import type { SafeStorage } from './safe-storage.ts'

/** What tabs say to each other; a BroadcastChannel is one. */
export interface TabChannel {
  onmessage: ((event: { readonly data: unknown }) => void) | null
  postMessage(message: TabMessage): void
  close(): void
}

export type TabMessage = { readonly ask: string } | { readonly alive: string } | { readonly adopted: readonly string[] }

export interface TabLeasesOptions {
  readonly tabId: string
  readonly clock: Clock
  readonly storage: SafeStorage
  readonly openChannel: () => TabChannel | undefined
  adopted(entries: readonly OutboxEntry[]): void
  /** Another tab thought this one dead and may have sent these. */
  lost(ids: ReadonlySet<string>): void
}

const RENEW_MS = 5_000
const EXPIRES_MS = 15_000
const ANSWER_WITHIN_MS = 300

/**
 * Who sends what, among the tabs of a browser: each tab its own entries; those of dead tabs are adopted by whoever
 * notices first. Adopting from a tab that only sleeps does no harm, because both send the same command ids. (SPEC F1)
 */
export class TabLeases {
  readonly #options: TabLeasesOptions
  readonly #answered = new Set<string>()
  #channel: TabChannel | undefined
  #timer: unknown
  #isStopped = false

  constructor(options: TabLeasesOptions) {
    this.#options = options
  }

  /** Resolves once what dead tabs left behind, an earlier life of this one too, was adopted. */
  async start(userId: UserId): Promise<void> {
    this.#isStopped = false
    this.#channel = this.#options.storage.isShared ? this.#options.openChannel() : undefined
    if (this.#channel) this.#channel.onmessage = ({ data }) => this.#hear(data as TabMessage) // as: only tabs of ours speak here
    await this.#renew()
    const { young } = await this.#leases()
    // A young lease may be that of this tab before a reload: tabs answer within milliseconds, so it need not expire first.
    const alive = this.#channel && young.size > 0 ? await this.#answering() : young
    await this.#adopt(userId, alive)
    if (this.#options.storage.isShared && !this.#isStopped) this.#tick(userId)
  }

  async stop(): Promise<void> {
    const { clock, storage, tabId } = this.#options
    this.#isStopped = true
    clock.clearTimeout(this.#timer)
    this.#channel?.close()
    this.#channel = undefined
    await storage.did((kept) => kept.endLease(tabId))
  }

  #tick(userId: UserId): void {
    this.#timer = this.#options.clock.setTimeout(async () => {
      await this.#renew()
      const { young, old } = await this.#leases()
      // Browsers let hidden tabs renew only once a minute; one that still answers is not dead.
      const alive = this.#channel && old.size > 0 ? new Set([...young, ...(await this.#answering())]) : young
      if (this.#isStopped) return
      await this.#adopt(userId, alive)
      if (!this.#isStopped) this.#tick(userId)
    }, RENEW_MS)
  }

  async #renew(): Promise<void> {
    const { tabId, clock, storage } = this.#options
    await storage.did((kept) => kept.renewLease({ tabId, aliveAt: clock.now() }))
  }

  async #answering(): Promise<ReadonlySet<string>> {
    const { clock, tabId } = this.#options
    this.#answered.clear()
    this.#channel?.postMessage({ ask: tabId })
    await new Promise<void>((resolve) => void clock.setTimeout(resolve, ANSWER_WITHIN_MS))
    return new Set(this.#answered)
  }

  /** Of other tabs. */
  async #leases(): Promise<{ young: ReadonlySet<string>; old: ReadonlySet<string> }> {
    const { clock, tabId, storage } = this.#options
    const leases = await storage.got((kept) => kept.leases(), [])
    const others = leases.filter((lease) => lease.tabId !== tabId)
    const isYoung = (lease: Lease) => clock.now() - lease.aliveAt < EXPIRES_MS
    const ids = (some: readonly Lease[]) => new Set(some.map((lease) => lease.tabId))
    return { young: ids(others.filter(isYoung)), old: ids(others.filter((lease) => !isYoung(lease))) }
  }

  async #adopt(userId: UserId, alive: ReadonlySet<string>): Promise<void> {
    const { storage, tabId, adopted } = this.#options
    const entries = await storage.got((kept) => kept.adopt(userId, tabId, new Set([tabId, ...alive])), [])
    if (entries.length === 0) return
    this.#channel?.postMessage({ adopted: entries.map((entry) => entry.id) })
    adopted(entries)
  }

  #hear(message: TabMessage): void {
    if ('ask' in message) this.#channel?.postMessage({ alive: this.#options.tabId })
    else if ('alive' in message) this.#answered.add(message.alive)
    else this.#options.lost(new Set(message.adopted))
  }
}

/** Undefined where there is none; leases alone decide then, a little later. */
export function openBroadcastChannel(): TabChannel | undefined {
  if (typeof BroadcastChannel === 'undefined') return undefined
  return new BroadcastChannel('parley-tabs') as unknown as TabChannel // as: its events carry more than is declared here
}
