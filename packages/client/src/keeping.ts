import type { UserId } from '@parley/protocol'
import type { Drafts } from './drafts.ts'
import type { Outbox } from './outbox.ts'
import type { RememberedRooms } from './remembered-rooms.ts'
import type { SafeStorage } from './safe-storage.ts'
import type { TabLeases } from './tab-leases.ts'

export interface KeepingOptions {
  readonly storage: SafeStorage
  readonly leases: TabLeases
  readonly outbox: Outbox
  readonly drafts: Drafts
  readonly remembered: RememberedRooms
  loaded(): void
}

/** Brings back what this device keeps for a person, when it becomes known who that is. */
export class Keeping {
  readonly #options: KeepingOptions
  #userId: UserId | undefined
  #isLoaded = false
  #isRunning = false

  constructor(options: KeepingOptions) {
    this.#options = options
  }

  get isLoaded(): boolean {
    return this.#isLoaded
  }

  start(userId: UserId): void {
    if (this.#userId === userId && this.#isRunning) return
    if (this.#userId !== userId) this.#forget()
    this.#userId = userId
    this.#isRunning = true
    this.#options.outbox.belongTo(userId)
    void this.#load(userId)
  }

  async stop(): Promise<void> {
    if (!this.#isRunning) return
    this.#isRunning = false
    await this.#options.leases.stop()
    if (!this.#isRunning) this.#options.storage.close()
  }

  /** At sign-out: nothing of the person stays on the device. */
  async purge(): Promise<void> {
    const userId = this.#userId
    this.#forget()
    if (userId) await this.#options.storage.did((storage) => storage.purge(userId))
    await this.stop()
  }

  async #load(userId: UserId): Promise<void> {
    const { storage, leases, outbox, drafts, remembered, loaded } = this.#options
    const kept = await storage.got((from) => from.load(userId), { drafts: [], rooms: [] })
    if (this.#userId !== userId) return
    drafts.loaded(userId, kept.drafts)
    remembered.loaded(userId, kept.rooms)
    this.#isLoaded = true
    loaded()
    await leases.start(userId)
    if (this.#userId === userId) outbox.ready()
  }

  #forget(): void {
    this.#userId = undefined
    this.#isLoaded = false
    this.#options.outbox.belongTo(undefined)
    this.#options.drafts.expect()
    this.#options.remembered.clear()
  }
}
