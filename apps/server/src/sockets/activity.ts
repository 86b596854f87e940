import type { MyRoom, RoomId } from '@parley/protocol'
import type { Clock } from '../clock.ts'
import { Refusal } from '../rules/refusal.ts'
import type { State } from '../state.ts'
import { encodeSignals } from './encode-frame.ts'
import type { MessageTail } from './message-tail.ts'
import type { People, Person } from './people.ts'
import type { Viewer } from './viewer.ts'

const FIRST_WAIT_MS = 50
const GAP_MS = 1_000
/** So many people are told in one turn; the next ones after others had theirs. */
const TOLD_PER_TURN = 500

/** Nobody reads on as fast as that. */
const MOST_READS = 4

interface ActivityParts {
  readonly people: People
  readonly clock: Clock
  readonly state: Pick<State, 'unread' | 'welcome'>
  tailOf(roomId: RoomId): MessageTail | undefined
  fault(error: unknown): void
}

/**
 * Tells members who look elsewhere that a room has news: at most once a second per room, more rarely where more than 1,000 are
 * connected, and counted in memory wherever that is possible. (SPEC E2)
 */
export class Activity {
  readonly #parts: ActivityParts
  readonly #toldAt = new Map<RoomId, number>()
  readonly #waiting = new Map<RoomId, () => void>()
  /** For each read of counts that is under way: where something was deleted since it began. */
  readonly #reads = new Set<Set<RoomId>>()

  constructor(parts: ActivityParts) {
    this.#parts = parts
  }

  /** The room has news. */
  ask(roomId: RoomId): void {
    if (this.#waiting.has(roomId)) return
    const { clock, people } = this.#parts
    // Of one room, 1,000 people a second are told.
    const gap = Math.max(GAP_MS, people.membersOf(roomId).size)
    const gapLeft = (this.#toldAt.get(roomId) ?? Number.NEGATIVE_INFINITY) + gap - clock.now()
    // Never longer than the gap: the clock may have been set back since.
    const wait = Math.max(FIRST_WAIT_MS, Math.min(gap, gapLeft))
    this.#waiting.set(
      roomId,
      clock.after(wait, () => {
        this.#waiting.delete(roomId)
        this.#toldAt.set(roomId, clock.now())
        this.#tellAll(roomId).catch(this.#parts.fault)
      }),
    )
  }

  /** Something was deleted there: counts that are being read may be older. */
  deletedIn(roomId: RoomId): void {
    for (const deletions of this.#reads) deletions.add(roomId)
  }

  /** Tells one connection about a room that it has not open. */
  async tell(viewer: Viewer, person: Person, roomId: RoomId): Promise<void> {
    const text = await this.#signal(person, roomId)
    if (text !== undefined && isElsewhere(viewer, roomId)) viewer.send(text)
  }

  /** Tells a person's devices of a room that was entered on one of them. */
  async introduce(person: Person, roomId: RoomId): Promise<void> {
    const truth = await this.readTruth(person, roomId)
    if (!truth) return
    const { room, peer, role, mutedUntil, lastNumber, unread, mentions } = truth
    const standing = { role, ...(mutedUntil !== undefined && { mutedUntil }) }
    const text = encodeSignals([
      { name: 'room', room, ...(peer && { peer }) },
      { name: 'standing', roomId, ...standing },
      { name: 'activity', roomId, lastNumber, unread, mentions },
    ])
    for (const viewer of person.viewers) if (isElsewhere(viewer, roomId)) viewer.send(text)
  }

  /** All of a person's rooms are counted anew, because they block others than before. */
  async recount(person: Person): Promise<void> {
    const [first] = person.viewers
    if (!first) return
    const { read, deletions } = await this.#reading(this.#parts.state.welcome(first.actor))
    const known = read.rooms.filter(({ room }) => person.rooms.has(room.id))
    for (const myRoom of known) this.#parts.people.know(person, myRoom)
    for (const roomId of deletions) {
      person.rooms.get(roomId)?.doubt()
      this.ask(roomId)
    }
    const changed = known.filter(({ lastNumber, marker }) => lastNumber > marker)
    for (const viewer of person.viewers) {
      const signals = changed
        .filter(({ room }) => isElsewhere(viewer, room.id))
        .map(({ room, lastNumber, unread, mentions }) => {
          return { name: 'activity', roomId: room.id, lastNumber, unread, mentions } as const
        })
      if (signals.length > 0) viewer.send(encodeSignals(signals))
    }
  }

  forget(roomId: RoomId): void {
    this.#waiting.get(roomId)?.()
    this.#waiting.delete(roomId)
    this.#toldAt.delete(roomId)
  }

  async #tellAll(roomId: RoomId): Promise<void> {
    const absent = [...this.#parts.people.membersOf(roomId)].filter((person) => hasElsewhere(person, roomId))
    for (const [index, person] of absent.entries()) {
      if (index % TOLD_PER_TURN === TOLD_PER_TURN - 1) await new Promise(setImmediate)
      const membership = person.rooms.get(roomId)
      const tail = this.#parts.tailOf(roomId)
      if (!membership || !tail) continue
      const known = membership.unread(tail, person)
      const text =
        known === undefined ? await this.#signal(person, roomId) : activity(roomId, membership.newest(tail), known)
      if (text === undefined) continue
      for (const viewer of person.viewers) if (isElsewhere(viewer, roomId)) viewer.send(text)
    }
  }

  async #signal(person: Person, roomId: RoomId): Promise<string | undefined> {
    const tail = this.#parts.tailOf(roomId)
    const known = tail && tail.last > 0 ? person.rooms.get(roomId)?.unread(tail, person) : undefined
    if (tail && known !== undefined) return activity(roomId, tail.last, known)
    const truth = await this.readTruth(person, roomId)
    return truth && activity(roomId, truth.lastNumber, truth.unread)
  }

  /** What the truth says of a person's room; undefined when they are no member any more. */
  async readTruth(person: Person, roomId: RoomId): Promise<MyRoom | undefined> {
    const [viewer] = person.viewers
    if (!viewer) return undefined
    try {
      for (let attempt = 1; ; attempt++) {
        const { read: truth, deletions } = await this.#reading(this.#parts.state.unread(viewer.actor, roomId))
        const known = person.rooms.get(roomId)
        if (!known) return undefined // Left or removed while it was read: no news of it reaches them.
        this.#parts.people.know(person, truth)
        const isOlder = deletions.has(roomId)
        if (isOlder) person.rooms.get(roomId)?.doubt()
        // They have read on meanwhile, and were told of it, or something was deleted: this count is of before.
        const isCurrent = !isOlder && (known.marker ?? 0) <= truth.marker
        if (isCurrent || attempt === MOST_READS) return truth
      }
    } catch (error) {
      if (error instanceof Refusal) return undefined // Left or closed meanwhile, which they are told elsewhere.
      throw error
    }
  }

  /** What is being read, and the rooms where something is deleted meanwhile. */
  async #reading<Read>(reading: Promise<Read>): Promise<{ read: Read; deletions: ReadonlySet<RoomId> }> {
    const deletions = new Set<RoomId>()
    this.#reads.add(deletions)
    try {
      return { read: await reading, deletions }
    } finally {
      this.#reads.delete(deletions)
    }
  }
}

export function isElsewhere(viewer: Viewer, roomId: RoomId): boolean {
  const { opened, ownSeq } = viewer
  return ownSeq !== undefined && !(opened?.kind === 'room' && opened.roomId === roomId)
}

function hasElsewhere(person: Person, roomId: RoomId): boolean {
  for (const viewer of person.viewers) if (isElsewhere(viewer, roomId)) return true
  return false
}

function activity(roomId: RoomId, lastNumber: number, unread: number): string {
  return encodeSignals([{ name: 'activity', roomId, lastNumber, unread, mentions: 0 }])
}
