import type { RoomId, UserId } from '@parley/protocol'
import type { RememberedRoom } from './outbox-storage.ts'
import type { SafeStorage } from './safe-storage.ts'
import type { MyRoomView } from './views.ts'

/** Names of my rooms as this device last saw them: what is said of a room that was closed meanwhile. (SPEC G4) */
export class RememberedRooms {
  readonly #storage: SafeStorage
  readonly #names = new Map<RoomId, string>()
  #userId: UserId | undefined
  #isReady: Promise<void> = Promise.resolve()
  #finishLoading: () => void = () => undefined

  constructor(storage: SafeStorage) {
    this.#storage = storage
    this.clear()
  }

  /** Resolves when the device's memory was read. */
  get ready(): Promise<void> {
    return this.#isReady
  }

  get ids(): readonly RoomId[] {
    return [...this.#names.keys()]
  }

  loaded(userId: UserId, rooms: readonly RememberedRoom[]): void {
    this.#userId = userId
    for (const { roomId, name } of rooms) if (!this.#names.has(roomId)) this.#names.set(roomId, name)
    this.#finishLoading()
  }

  clear(): void {
    this.#userId = undefined
    this.#names.clear()
    this.#isReady = new Promise((resolve) => {
      this.#finishLoading = resolve
    })
  }

  name(roomId: RoomId): string | undefined {
    return this.#names.get(roomId)
  }

  remember(rooms: readonly MyRoomView[]): void {
    const userId = this.#userId
    const news = rooms.filter((room) => this.#names.get(room.id) !== room.name)
    if (!userId || news.length === 0) return
    for (const { id, name } of news) this.#names.set(id, name)
    const put = news.map(({ id, name }) => ({ userId, roomId: id, name }))
    void this.#storage.did((storage) => storage.rememberRooms(userId, put, []))
  }

  forget(roomId: RoomId): void {
    const userId = this.#userId
    if (!this.#names.delete(roomId) || !userId) return
    void this.#storage.did((storage) => storage.rememberRooms(userId, [], [roomId]))
  }
}
