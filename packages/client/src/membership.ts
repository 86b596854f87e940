import {
  type CommandInput,
  type CommandOutput,
  REFUSALS,
  type RoomId,
  type SignalOf,
  type UserId,
} from '@parley/protocol'
import type { Calls } from './calls.ts'
import type { Notice } from './notice.ts'
import type { OwnRooms } from './own-rooms.ts'
import type { Places } from './places.ts'
import { RefusalError } from './refusal-error.ts'
import type { RememberedRooms } from './remembered-rooms.ts'

export interface MembershipOptions {
  readonly calls: Calls
  readonly ownRooms: OwnRooms
  readonly remembered: RememberedRooms
  places(): Places
  tell(notice: Notice): void
}

/** Rooms that vanished while this device was away are asked for one by one; more than this are not worth it. */
const ASKED_AT_MOST = 20

/** Coming into rooms and going out of them, by one's own will or not, and what the person is told of it. */
export class Membership {
  readonly #options: MembershipOptions
  readonly #entering = new Map<RoomId, Promise<CommandOutput<'enter-room'>>>()
  /** Left from here, so that the log's echo is no news. */
  readonly #leaving = new Set<RoomId>()
  readonly #told = new Set<RoomId>()
  /** Who brought me into rooms of which nothing else is known yet. */
  readonly #addedBy = new Map<RoomId, UserId>()
  #justEntered: RoomId | undefined

  constructor(options: MembershipOptions) {
    this.#options = options
  }

  async create(input: CommandInput<'create-room'>): Promise<CommandOutput<'create-room'>> {
    const output = await this.#options.calls.command('create-room', input)
    this.#entered(output.roomId)
    return output
  }

  async startDirect(userId: UserId): Promise<CommandOutput<'start-direct'>> {
    const { calls, ownRooms } = this.#options
    const output = await calls.command('start-direct', { userId })
    if (!ownRooms.get(output.roomId)) ownRooms.refetch()
    return output
  }

  /** An invitation led into a room. */
  accepted(roomId: RoomId): void {
    this.#entered(roomId)
  }

  enter(roomId: RoomId): Promise<CommandOutput<'enter-room'>> {
    const running = this.#entering.get(roomId)
    if (running) return running
    const entering = this.#options.calls
      .command('enter-room', { roomId })
      .then((output) => {
        this.#entered(roomId)
        return output
      })
      .finally(() => this.#entering.delete(roomId))
    this.#entering.set(roomId, entering)
    return entering
  }

  /** For `open()`: entering is under way, just done (once), or starts now. */
  enterForOpening(roomId: RoomId): Promise<unknown> | undefined {
    const wasJustEntered = this.#justEntered === roomId
    this.#justEntered = undefined
    return wasJustEntered ? undefined : this.enter(roomId)
  }

  async leave(roomId: RoomId): Promise<void> {
    this.#leaving.add(roomId)
    try {
      await this.#options.calls.command('leave-room', { roomId })
    } catch (error) {
      this.#leaving.delete(roomId)
      throw error
    }
    this.#gone(roomId)
  }

  /** Somebody brought me into a room; it is told once the room's name is known. */
  added(roomId: RoomId, by: UserId): void {
    this.#told.delete(roomId)
    this.#addedBy.set(roomId, by)
    this.listed()
  }

  listed(): void {
    for (const [roomId, by] of this.#addedBy) {
      const mine = this.#options.ownRooms.get(roomId)
      if (!mine) continue
      this.#addedBy.delete(roomId)
      // A conversation of two announces itself by its first message.
      if (mine.room.kind !== 'direct') this.#options.tell({ kind: 'added', roomId, roomName: mine.room.name, by })
    }
  }

  roomClosed({ roomId, roomName, closedBy, closedAt }: SignalOf<'room-closed'>): void {
    this.#endView(roomId, 'room-closed', { closedAt })
    this.#gone(roomId)
    this.#tellOnce(roomId, { kind: 'room-closed', roomId, roomName, closedBy, closedAt })
  }

  /** My membership ended by an event; `isRemoved`: somebody else's doing. */
  ended(roomId: RoomId, isRemoved: boolean): void {
    const roomName = this.#options.ownRooms.get(roomId)?.room.name ?? this.#options.remembered.name(roomId)
    const isOwnDoing = this.#leaving.has(roomId)
    if (isOwnDoing) this.#closeView(roomId)
    else this.#endView(roomId, 'not-a-member', undefined)
    this.#gone(roomId)
    if (!isOwnDoing) this.#tellOnce(roomId, { kind: isRemoved ? 'removed' : 'room-left-elsewhere', roomId, roomName })
  }

  /** The list of my rooms lacks some that this device remembers: was each closed, or only left? (SPEC G4) */
  async missing(roomIds: readonly RoomId[]): Promise<void> {
    for (const roomId of roomIds.slice(0, ASKED_AT_MOST)) {
      const roomName = this.#options.remembered.name(roomId)
      const fate = await this.#fate(roomId)
      if (fate.kind === 'unknown') continue
      this.#options.remembered.forget(roomId)
      if (fate.kind === 'closed' && !this.#told.has(roomId)) {
        this.#tellOnce(roomId, { kind: 'room-closed', roomId, roomName, closedBy: undefined, closedAt: fate.closedAt })
      }
    }
  }

  clear(): void {
    this.#leaving.clear()
    this.#told.clear()
    this.#addedBy.clear()
    this.#justEntered = undefined
  }

  async #fate(
    roomId: RoomId,
  ): Promise<{ kind: 'closed'; closedAt: number | undefined } | { kind: 'left' } | { kind: 'unknown' }> {
    try {
      await this.#options.calls.query('get-room', { roomId })
      return { kind: 'left' }
    } catch (error) {
      if (!(error instanceof RefusalError)) return { kind: 'unknown' }
      if (error.code === 'room-closed') return { kind: 'closed', closedAt: error.details?.closedAt }
      return error.code === 'room-not-found' ? { kind: 'left' } : { kind: 'unknown' }
    }
  }

  #entered(roomId: RoomId): void {
    this.#justEntered = roomId
    this.#leaving.delete(roomId)
    this.#told.delete(roomId)
    this.#options.ownRooms.entered(roomId)
  }

  #gone(roomId: RoomId): void {
    if (this.#justEntered === roomId) this.#justEntered = undefined
    this.#addedBy.delete(roomId)
    this.#options.ownRooms.gone(roomId)
    this.#options.remembered.forget(roomId)
    if (this.#leaving.has(roomId)) this.#closeView(roomId)
  }

  #endView(roomId: RoomId, code: 'room-closed' | 'not-a-member', details: { closedAt: number } | undefined): void {
    const { room } = this.#options.places()
    if (room?.id !== roomId) return
    room.end(code, REFUSALS[code].message, details)
  }

  #closeView(roomId: RoomId): void {
    const places = this.#options.places()
    if (places.room?.id === roomId) places.closeRoom(places.room)
  }

  #tellOnce(roomId: RoomId, notice: Notice): void {
    if (this.#told.has(roomId)) return
    this.#told.add(roomId)
    this.#options.tell(notice)
  }
}
