import type { RoomId, UserId } from '@parley/protocol'
import type { Draft } from './outbox-storage.ts'
import type { SafeStorage } from './safe-storage.ts'

/** Text that was typed and not sent, per person and room. At most one write is on its way; the newest text follows it. */
export class Drafts {
  readonly #storage: SafeStorage
  readonly #texts = new Map<RoomId, string>()
  /** Changed in this tab; what the disk holds is older. */
  readonly #touched = new Set<RoomId>()
  readonly #pending = new Map<RoomId, Promise<boolean>>()
  readonly #dirty = new Set<RoomId>()
  #userId: UserId | undefined
  #loaded: Promise<void> = Promise.resolve()
  #finishLoading: () => void = () => undefined

  constructor(storage: SafeStorage) {
    this.#storage = storage
    this.expect()
  }

  /** `get` waits from now on until the drafts of a person are loaded. */
  expect(): void {
    this.#userId = undefined
    this.#texts.clear()
    this.#touched.clear()
    this.#loaded = new Promise((resolve) => {
      this.#finishLoading = resolve
    })
  }

  loaded(userId: UserId, drafts: readonly Draft[]): void {
    this.#userId = userId
    for (const { roomId, text } of drafts) if (!this.#touched.has(roomId)) this.#texts.set(roomId, text)
    this.#finishLoading()
    for (const roomId of this.#touched) void this.#write(roomId)
  }

  async get(roomId: RoomId): Promise<string> {
    await this.#loaded
    return this.#texts.get(roomId) ?? ''
  }

  /** Resolves to true once this text, or a newer one, is on disk. */
  set(roomId: RoomId, text: string): Promise<boolean> {
    this.#texts.set(roomId, text)
    this.#touched.add(roomId)
    return this.#write(roomId)
  }

  /** The text became a message; its stored copy goes with the write of the entry. */
  sent(roomId: RoomId): void {
    this.#texts.delete(roomId)
    this.#touched.add(roomId)
    this.#dirty.delete(roomId)
  }

  #write(roomId: RoomId): Promise<boolean> {
    const userId = this.#userId
    if (!userId) return Promise.resolve(false)
    this.#dirty.add(roomId)
    const running = this.#pending.get(roomId)
    if (running) return running
    const writing = this.#writeUntilClean(userId, roomId).finally(() => this.#pending.delete(roomId))
    this.#pending.set(roomId, writing)
    return writing
  }

  async #writeUntilClean(userId: UserId, roomId: RoomId): Promise<boolean> {
    let isKept = true
    while (this.#dirty.delete(roomId)) {
      const draft = { userId, roomId, text: this.#texts.get(roomId) ?? '' }
      isKept = await this.#storage.did((storage) => storage.setDraft(draft))
    }
    return isKept
  }
}
