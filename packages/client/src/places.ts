import type { ClientFrame, EventsFrame, RoomId, ServerFrame } from '@parley/protocol'
import { isUnknown } from './calls.ts'
import type { LobbyFeed } from './lobby-feed.ts'
import { RefusalError } from './refusal-error.ts'
import type { Closing, Room } from './room.ts'

export interface PlacesOptions {
  readonly lobby: LobbyFeed
  isLive(): boolean
  send(frame: ClientFrame): boolean
  isMember(roomId: RoomId): boolean
  /** Resolves when the names of rooms that this device remembers are known, which say which room was closed. */
  remembered(): Promise<void>
  /** Events of a room that was left while they were on their way. */
  passed(frame: EventsFrame): void
  /** Makes it my last room, and me a member; undefined when this was just done. */
  enter(roomId: RoomId): Promise<unknown> | undefined
}

type PlaceFrame = Extract<ServerFrame, { type: 'events' | 'reset' | 'opened' | 'closed' }>
type Current =
  | { kind: 'none' }
  | { kind: 'lobby' }
  /** `isWithdrawn`: the client was disconnected before its entering was answered, so that it must enter again. */
  | { kind: 'room'; room: Room; isEntering: boolean; mayFollow: boolean; isWithdrawn: boolean }

/** Followed rooms whose content is kept in memory for a quick return. */
const ROOMS_KEPT = 6

/** What this connection looks at: one place at a time. (SPEC E1) */
export class Places {
  readonly #options: PlacesOptions
  readonly #recent = new Set<Room>()
  #current: Current = { kind: 'none' }

  constructor(options: PlacesOptions) {
    this.#options = options
  }

  get room(): Room | undefined {
    return this.#current.kind === 'room' ? this.#current.room : undefined
  }

  /** The room whose log this connection receives without a gap. */
  get followed(): RoomId | undefined {
    return this.room?.isCurrent ? this.room.id : undefined
  }

  openNothing(): void {
    this.#leave()
    this.#current = { kind: 'none' }
  }

  openLobby(): void {
    if (this.#current.kind === 'lobby') return
    this.#leave()
    this.#current = { kind: 'lobby' }
    if (this.#options.isLive()) this.#options.lobby.resume()
  }

  openRoom(room: Room): void {
    const before = this.#current
    if (this.room !== room) this.#leave()
    this.#keep(room)
    const entering = this.#options.enter(room.id)
    // A member need not wait for the answer; a stranger who does not wait is refused.
    const mayFollow = !entering || this.#options.isMember(room.id)
    const current: Current = { kind: 'room', room, isEntering: entering !== undefined, mayFollow, isWithdrawn: false }
    this.#current = current
    if (mayFollow && this.#options.isLive()) room.resume()
    // Until the entering is through, the server must not take the person for one who still looks there.
    else if (before.kind !== 'none') this.#options.send({ type: 'close' })
    entering?.then(
      () => {
        current.isEntering = false
        if (this.#current !== current || current.mayFollow) return
        current.mayFollow = true
        if (this.#options.isLive()) room.resume()
      },
      (error) => {
        current.isEntering = false
        // Only the note that a member was here last has failed: they see the room all the same.
        if (current.mayFollow && error instanceof RefusalError && isUnknown(error)) return
        if (error instanceof RefusalError) void this.#end(current, error)
        else current.isWithdrawn = true
      },
    )
  }

  closeRoom(room: Room): void {
    if (this.room !== room) return
    this.openNothing()
    this.#options.send({ type: 'close' })
  }

  live(): void {
    const current = this.#current
    if (current.kind === 'lobby') this.#options.lobby.resume()
    if (current.kind !== 'room') return
    // The list of rooms has come with the greeting: a member need not wait for the answer to their entering.
    if (current.isEntering && this.#options.isMember(current.room.id)) current.mayFollow = true
    if (current.mayFollow) current.room.resume()
    else if (current.isWithdrawn) this.openRoom(current.room)
  }

  cut(): void {
    this.#options.lobby.pause()
    this.room?.cut()
  }

  received(frame: PlaceFrame): void {
    if (frame.type === 'events') {
      if (frame.stream === `room:${this.room?.id}`) this.room?.events(frame)
      else this.#options.passed(frame)
      return
    }
    if (frame.place.kind === 'lobby') {
      if (this.#current.kind === 'lobby' && frame.type === 'reset' && 'rooms' in frame.snapshot)
        this.#options.lobby.reset(frame.snapshot)
      return
    }
    const current = this.#current
    if (current.kind !== 'room' || current.room.id !== frame.place.roomId) return
    const { room } = current
    if (frame.type === 'opened') room.opened(frame.seq)
    else if (frame.type === 'closed') {
      // The door was tried before the entering was through; its answer decides.
      if (current.isEntering && frame.code === 'not-a-member') current.mayFollow = false
      else void this.#end(current, frame)
    } else if ('page' in frame.snapshot) room.reset(frame.snapshot, frame.seq)
  }

  heartbeat({ heads, versions }: Extract<ServerFrame, { type: 'heartbeat' }>): void {
    const current = this.#current
    if (current.kind === 'lobby') this.#options.lobby.compareVersion(versions.lobby)
    if (current.kind !== 'room' || !current.mayFollow) return
    const head = Object.entries(heads).find(([stream]) => stream === `room:${current.room.id}`)
    current.room.heartbeat(head?.[1], versions.occupants)
  }

  /** Everything known belongs to another incarnation of the database, or to another person. */
  forget(): void {
    for (const room of this.#recent) room.forget()
    this.#options.lobby.forget()
  }

  async #end(current: Current, { code, message, details }: Closing): Promise<void> {
    await this.#options.remembered()
    if (this.#current === current && current.kind === 'room') current.room.end(code, message, details)
  }

  #leave(): void {
    if (this.#current.kind === 'lobby') this.#options.lobby.pause()
    this.room?.leave()
  }

  #keep(room: Room): void {
    this.#recent.delete(room)
    this.#recent.add(room)
    const [oldest] = this.#recent
    if (!oldest || this.#recent.size <= ROOMS_KEPT) return
    this.#recent.delete(oldest)
    oldest.forget()
  }
}
