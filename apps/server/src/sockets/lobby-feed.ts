import {
  LIMITS,
  type LobbyRoom,
  type LobbySnapshot,
  orderActive,
  orderExisting,
  type Room,
  type RoomId,
  roomOfStream,
} from '@parley/protocol'
import type { Clock } from '../clock.ts'
import type { EventsPublication, Publication } from '../rules/publication.ts'
import type { State } from '../state.ts'
import { encodeFrame, encodeSignals } from './encode-frame.ts'
import type { Occupancy } from './occupancy.ts'
import { Throttle } from './throttle.ts'
import type { Viewer } from './viewer.ts'

const SHOWN = LIMITS.lobbyRooms
/** More than is shown is kept, so that a closed room's place is filled without a read. */
const KEPT = 2 * SHOWN
const GAP_MS = 250
/** Talking moves a room's "last activity" all the time; within a minute it is told this often. */
const ACTIVITY_STEP_MS = 10_000
/** One and the same, because entries are compared by what they hold. */
const NO_FACES: LobbyRoom['faces'] = []
const NONE: ReadonlySet<RoomId> = new Set()
const CLOSED_REMEMBERED = 1_000

interface LobbyFeedParts {
  readonly clock: Clock
  readonly state: Pick<State, 'lobbyRooms'>
  readonly occupancy: Occupancy
  fault(error: unknown): void
}

/**
 * The lobby as everybody who looks at it sees it: the first rooms of each list, encoded once for all, then whole entries
 * that changed, at most four times a second. (SPEC G1)
 */
export class LobbyFeed {
  readonly #parts: LobbyFeedParts
  readonly #viewers = new Set<Viewer>()
  readonly #rooms = new Map<RoomId, LobbyRoom>()
  readonly #show: Throttle
  #total = 0
  #version: number
  #shown: ReadonlyMap<RoomId, LobbyRoom> = new Map()
  #shownActive = 0
  #shownTotal = 0
  #snapshot: string | undefined
  #isDirty = true
  #mustRead = true
  #reading: Promise<void> | undefined
  /** Rooms beyond those in memory where somebody spoke: the next read asks whether they are listed, and what they are called. */
  #woken = new Set<RoomId>()
  /** What was published while a read was under way is newer than what it finds. */
  readonly #heardMeanwhile = new Set<RoomId>()
  /** Which change of each room is shown: with several instances an older one may be heard later. */
  readonly #versions = new Map<RoomId, number>()
  /** What is heard late of a room must not bring it back. */
  readonly #closed = new Set<RoomId>()
  /** What is in memory may have changed unheard. */
  #isStale = false

  constructor(parts: LobbyFeedParts) {
    this.#parts = parts
    // Begins at the present time, so that versions go on growing over restarts.
    this.#version = parts.clock.now()
    this.#show = new Throttle({
      clock: parts.clock,
      gapMs: () => GAP_MS,
      call: () => this.#tell().catch(this.#couldNotTell),
    })
    parts.occupancy.onChange((roomId) => this.#occupantsChanged(roomId))
  }

  get version(): number {
    return this.#version
  }

  async open(viewer: Viewer, isStillWanted: () => boolean): Promise<void> {
    await this.#read()
    if (!isStillWanted()) return
    if (this.#viewers.size === 0 && this.#isDirty) this.#tellChanges()
    // What is told next comes on top of what the others were shown. Ahead of them, a change taken back before it was told
    // would stay in here for good: to them nothing had changed.
    this.#snapshot ??= this.#encodeSnapshot()
    this.#viewers.add(viewer)
    viewer.send(this.#snapshot)
    viewer.send(encodeFrame({ type: 'opened', place: { kind: 'lobby' }, seq: this.#version }))
  }

  leave(viewer: Viewer): void {
    this.#viewers.delete(viewer)
  }

  /** A listed room has news. */
  hear({ stream, events, room, isUnlisted }: EventsPublication): void {
    if (isUnlisted || (room && !this.#isNews(room))) return
    if (!room) this.#heardTalk(roomOfStream(stream), events.findLast(({ type }) => type === 'message-posted')?.at)
    if (room?.kind !== 'public') return
    let known = this.#rooms.get(room.id)
    for (const { type, at } of events) {
      switch (type) {
        case 'room-created':
          this.#mustRead = true // The total is the truth's to count.
          known = this.#entry(room, at)
          break
        case 'room-renamed':
        case 'topic-changed':
          known = this.#entry(room, known?.lastActivityAt ?? room.createdAt)
          break
        case 'message-posted':
          known = this.#entry(room, Math.max(at, known?.lastActivityAt ?? 0))
          break
        default:
          continue
      }
      this.#put(known)
      this.#versions.set(room.id, room.version)
    }
  }

  /** News of a listed room from another instance, which says no more than this. */
  hearOf({ roomId, at, room, isNew }: Extract<Publication, { kind: 'listed' }>): void {
    if (!room) {
      this.#heardTalk(roomId, at)
      return
    }
    if (!this.#isNews(room)) return
    if (isNew) this.#mustRead = true
    this.#put(this.#entry(room, Math.max(at, this.#rooms.get(roomId)?.lastActivityAt ?? 0)))
    this.#versions.set(roomId, room.version)
  }

  closed(roomId: RoomId): void {
    this.#mustRead = true
    this.#heardMeanwhile.add(roomId)
    this.#drop(roomId)
    const [oldest] = this.#closed.add(roomId)
    if (this.#closed.size > CLOSED_REMEMBERED && oldest !== undefined) this.#closed.delete(oldest)
    this.#changed()
  }

  /** News may not have been heard: all is read again before it is shown. */
  distrust(): void {
    this.#isStale = true
    this.#mustRead = true
    this.#changed()
  }

  #isNews({ id, version }: Room): boolean {
    return !this.#closed.has(id) && version >= (this.#versions.get(id) ?? 0)
  }

  stop(): void {
    this.#show.stop()
  }

  /** Messages come without their room: whoever posts many would pay for reading its name. */
  #heardTalk(roomId: RoomId | undefined, at: number | undefined): void {
    if (roomId === undefined || at === undefined || this.#closed.has(roomId)) return
    const known = this.#rooms.get(roomId)
    if (known) this.#put({ ...known, lastActivityAt: Math.max(at, known.lastActivityAt) })
    else if (this.#total > this.#rooms.size && !this.#woken.has(roomId)) {
      this.#woken.add(roomId)
      this.#mustRead = true
      this.#changed()
    }
  }

  #occupantsChanged(roomId: RoomId): void {
    const room = this.#rooms.get(roomId)
    const now = this.#parts.occupancy.activeRooms().get(roomId)
    if (room) this.#put({ ...room, occupants: now?.occupants ?? 0, faces: now?.faces ?? NO_FACES })
    else if (now) {
      this.#mustRead = true // A quiet old room woke up: its name and topic must be read.
      this.#changed()
    }
  }

  #entry({ id, name, topic, createdAt }: Room, lastActivityAt: number): LobbyRoom {
    const now = this.#parts.occupancy.activeRooms().get(id)
    return { id, name, topic, createdAt, lastActivityAt, occupants: now?.occupants ?? 0, faces: now?.faces ?? NO_FACES }
  }

  #put(entry: LobbyRoom): void {
    const previous = this.#rooms.get(entry.id)
    this.#rooms.set(entry.id, entry)
    if (this.#reading) this.#heardMeanwhile.add(entry.id)
    const shown = this.#shown.get(entry.id)
    if (!previous || !shown || isWorthTelling(shown, entry)) this.#changed()
  }

  #changed(): void {
    this.#isDirty = true
    if (this.#viewers.size > 0) this.#show.ask()
  }

  async #tell(): Promise<void> {
    if (this.#viewers.size === 0) return
    await this.#read()
    if (this.#isDirty) this.#tellChanges()
  }

  readonly #couldNotTell = (error: unknown): void => {
    this.#parts.fault(error)
    this.#changed()
  }

  #tellChanges(): void {
    this.#isDirty = false
    const { shown, active } = this.#firstRooms()
    const rooms = [...shown.values()].filter((room) => this.#shown.get(room.id) !== room)
    const gone = [...this.#shown.keys()].filter((id) => !shown.has(id))
    const isSame = rooms.length === 0 && gone.length === 0
    if (isSame && active === this.#shownActive && this.#total === this.#shownTotal) return
    this.#shown = shown
    this.#shownActive = active
    this.#shownTotal = this.#total
    this.#version += 1
    this.#snapshot = undefined
    if (this.#viewers.size === 0) return
    const totals = { active, existing: this.#total }
    const text = encodeSignals([{ name: 'lobby', version: this.#version, rooms, gone, totals }])
    for (const viewer of this.#viewers) viewer.send(text)
  }

  /** The first rooms of both lists, each once; an entry that changed too little stays as it was shown. */
  #firstRooms(): { shown: Map<RoomId, LobbyRoom>; active: number } {
    const all = [...this.#rooms.values()]
    const active = all.filter(({ occupants }) => occupants > 0).sort(orderActive)
    const existing = all.sort(orderExisting)
    this.#forget(existing.slice(KEPT))
    const shown = new Map<RoomId, LobbyRoom>()
    for (const room of [...active.slice(0, SHOWN), ...existing.slice(0, SHOWN)]) {
      const before = this.#shown.get(room.id)
      shown.set(room.id, before && !isWorthTelling(before, room) ? before : room)
    }
    return { shown, active: active.length }
  }

  #forget(surplus: readonly LobbyRoom[]): void {
    for (const { id, occupants } of surplus) if (occupants === 0) this.#drop(id)
  }

  #drop(id: RoomId): void {
    this.#rooms.delete(id)
    this.#versions.delete(id)
  }

  #encodeSnapshot(): string {
    const totals = { active: this.#shownActive, existing: this.#shownTotal }
    const snapshot: LobbySnapshot = { rooms: [...this.#shown.values()], totals, version: this.#version }
    return encodeFrame({ type: 'reset', place: { kind: 'lobby' }, snapshot, seq: this.#version })
  }

  /** Reads what memory lacks: the total, names of rooms that woke up, the following rooms when many were closed. */
  async #read(): Promise<void> {
    while (this.#mustRead) {
      this.#reading ??= this.#readOnce().finally(() => {
        this.#reading = undefined
        this.#heardMeanwhile.clear()
      })
      await this.#reading
    }
  }

  async #readOnce(): Promise<void> {
    this.#mustRead = false
    const isStale = this.#isStale
    this.#isStale = false
    const wanted = [...this.#parts.occupancy.activeRooms().keys(), ...this.#woken]
    const known = isStale ? new Set(this.#rooms.keys()) : NONE
    const ids = isStale ? [...new Set([...wanted, ...known])] : wanted.filter((id) => !this.#rooms.has(id))
    this.#woken = new Set()
    const isShort = isStale || this.#rooms.size < Math.min(this.#total || KEPT, SHOWN)
    try {
      const { rooms, total } = await this.#parts.state.lobbyRooms({ first: isShort ? KEPT : 0, ids })
      this.#total = total
      const found = new Set(rooms.map(({ id }) => id))
      for (const id of known) if (!found.has(id) && !this.#heardMeanwhile.has(id)) this.#drop(id)
      for (const room of rooms) {
        if (this.#heardMeanwhile.has(room.id)) continue
        const now = this.#parts.occupancy.activeRooms().get(room.id)
        this.#rooms.set(room.id, { ...room, occupants: now?.occupants ?? 0, faces: now?.faces ?? NO_FACES })
      }
      this.#isDirty = true
    } catch (error) {
      this.#mustRead = true
      this.#isStale ||= isStale
      throw error
    }
  }
}

function isWorthTelling(before: LobbyRoom, now: LobbyRoom): boolean {
  if (before === now) return false
  const isSame =
    before.name === now.name &&
    before.topic === now.topic &&
    before.occupants === now.occupants &&
    before.faces === now.faces
  if (!isSame) return true
  const hasNewMinute = Math.floor(before.lastActivityAt / 60_000) !== Math.floor(now.lastActivityAt / 60_000)
  return hasNewMinute || now.lastActivityAt - before.lastActivityAt >= ACTIVITY_STEP_MS
}
