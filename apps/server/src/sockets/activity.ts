import type { MyRoom, RoomId } from '@parley/protocol'
import type { Clock } from '../clock.ts'
import { Refusal } from '../rules/refusal.ts'
import type { State } from '../state.ts'
import { encodeSignals } from './encode-frame.ts'
import { Membership } from './membership.ts'
import type { MessageTail } from './message-tail.ts'
import type { People, Person } from './people.ts'
import type { Viewer } from './viewer.ts'

const FIRST_WAIT_MS = 50
const GAP_MS = 1_000
/** So many people are told in one turn; the next ones after others had theirs. */
const TOLD_PER_TURN = 500

interface ActivityParts {
  readonly people: People
  readonly clock: Clock
  readonly state: Pick<State, 'unread'>
  tailOf(roomId: RoomId): MessageTail | undefined
  fault(error: unknown): void
}

/**
 * Tells members who look elsewhere that a room has news: at most once a second per room, and counted in memory wherever
 * that is possible. (SPEC E2)
 */
export class Activity {
  readonly #parts: ActivityParts
  readonly #toldAt = new Map<RoomId, number>()
  readonly #waiting = new Map<RoomId, () => void>()

  constructor(parts: ActivityParts) {
    this.#parts = parts
  }

  /** The room has news. */
  ask(roomId: RoomId): void {
    if (this.#waiting.has(roomId)) return
    const { clock } = this.#parts
    const gapLeft = (this.#toldAt.get(roomId) ?? Number.NEGATIVE_INFINITY) + GAP_MS - clock.now()
    // Never longer than the gap: the clock may have been set back since.
    const wait = Math.max(FIRST_WAIT_MS, Math.min(GAP_MS, gapLeft))
    this.#waiting.set(
      roomId,
      clock.after(wait, () => {
        this.#waiting.delete(roomId)
        this.#toldAt.set(roomId, clock.now())
        this.#tellAll(roomId).catch(this.#parts.fault)
      }),
    )
  }

  /** Tells one connection about a room that it has not open. */
  async tell(viewer: Viewer, person: Person, roomId: RoomId): Promise<void> {
    const text = await this.#signal(person, roomId)
    if (text !== undefined && isElsewhere(viewer, roomId)) viewer.send(text)
  }

  /** Tells a person's devices of a room that was entered on one of them. */
  async introduce(person: Person, roomId: RoomId): Promise<void> {
    const truth = await this.#truth(person, roomId)
    if (!truth) return
    const { room, lastNumber, unread, mentions } = truth
    const text = encodeSignals([
      { name: 'room', room },
      { name: 'activity', roomId, lastNumber, unread, mentions },
    ])
    for (const viewer of person.viewers) if (isElsewhere(viewer, roomId)) viewer.send(text)
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
      const known = membership.unread(tail, person.user.id)
      const text = known === undefined ? await this.#signal(person, roomId) : activity(roomId, tail.last, known)
      if (text === undefined) continue
      for (const viewer of person.viewers) if (isElsewhere(viewer, roomId)) viewer.send(text)
    }
  }

  async #signal(person: Person, roomId: RoomId): Promise<string | undefined> {
    const tail = this.#parts.tailOf(roomId)
    const known = tail && tail.last > 0 ? person.rooms.get(roomId)?.unread(tail, person.user.id) : undefined
    if (tail && known !== undefined) return activity(roomId, tail.last, known)
    const truth = await this.#truth(person, roomId)
    return truth && activity(roomId, truth.lastNumber, truth.unread)
  }

  async #truth(person: Person, roomId: RoomId): Promise<MyRoom | undefined> {
    const [viewer] = person.viewers
    if (!viewer) return undefined
    try {
      const truth = await this.#parts.state.unread(viewer.actor, roomId)
      if (person.rooms.has(roomId)) person.rooms.set(roomId, new Membership(truth))
      return truth
    } catch (error) {
      if (error instanceof Refusal) return undefined // Left or closed meanwhile, which they are told elsewhere.
      throw error
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
