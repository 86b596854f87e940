import type { RoomId, User, UserId } from '@parley/protocol'
import type { Clock } from '../clock.ts'
import type { PeerMessage, Peers } from '../fanout/peers.ts'
import type { InstanceId } from '../rules/instance-id.ts'
import { ClaimsOfOthers } from './claims-of-others.ts'
import type { Occupancy, Seated } from './occupancy.ts'
import { Throttle } from './throttle.ts'

/**
 * What instances tell each other of who sits where. Each numbers what it says to all: `count` is the number of the newest
 * change that its words take into account.
 */
export type OccupancyMessage =
  | {
      readonly kind: 'occupancy-changes'
      readonly count: number
      readonly version: number
      readonly seated: readonly Seated[]
      readonly gone: readonly Gone[]
    }
  /** All that holds, in pieces said one right after the other: this one is the `index`th of `pieces`. */
  | {
      readonly kind: 'occupancy-all'
      readonly count: number
      readonly version: number
      readonly index: number
      readonly pieces: number
      readonly seated: readonly Seated[]
    }
  /** How many places its changes so far add up to, for whoever missed one. */
  | { readonly kind: 'occupancy-sum'; readonly count: number; readonly places: number }
  | { readonly kind: 'occupancy-ask' }
  /** It stops; its people will be back elsewhere in a moment. */
  | { readonly kind: 'occupancy-leaving' }

interface Gone {
  readonly roomId: RoomId
  readonly userIds: readonly UserId[]
}

const GAP_MS = 100
const SUM_MS = 5_000
/** People in one message; each takes about 120 bytes. */
const PEOPLE_PER_MESSAGE = 400

interface GossipParts {
  readonly occupancy: Occupancy
  readonly peers: Peers
  readonly clock: Clock
}

/**
 * Makes the occupancy of all instances one: tells the others who sits where on this one, and takes in what they tell. Changes
 * go to all at once; whoever meets an instance or finds that a change was lost asks it for everything; whatever an
 * instance said holds until it is gone. (SPEC G7)
 */
export class OccupancyGossip {
  readonly #parts: GossipParts
  readonly #others: ClaimsOfOthers
  /** What is to be told, and what the others were told. */
  readonly #changed = new Map<RoomId, Set<UserId>>()
  readonly #told = new Map<RoomId, Set<UserId>>()
  readonly #tell: Throttle
  readonly #stops: (() => void)[]
  #count = 0
  #isUrgent = false
  #callOffSum: () => void

  constructor(parts: GossipParts) {
    this.#parts = parts
    const { occupancy, peers, clock } = parts
    this.#tell = new Throttle({ clock, gapMs: () => GAP_MS, call: () => this.#flush() })
    this.#others = new ClaimsOfOthers({
      occupancy,
      clock,
      ask: (instance) => peers.tell({ kind: 'occupancy-ask' } satisfies OccupancyMessage, instance),
    })
    occupancy.onOwnChange((roomId, userId, isUrgent) => this.#noteOwn(roomId, userId, isUrgent))
    occupancy.onExpelled((roomId, userId) => this.#others.forget(roomId, userId))
    this.#stops = [
      peers.listen((from, message) => this.#hear(from, message)),
      peers.onMet((instance) => this.#others.met(instance)),
      peers.onGone((instance) => this.#others.gone(instance)),
    ]
    this.#callOffSum = clock.after(SUM_MS, () => this.#sum())
  }

  /** The instance stops: the others keep the places of its people for as long as coming back takes. */
  stop(): void {
    for (const stop of this.#stops) stop()
    this.#parts.occupancy.onOwnChange(() => undefined)
    this.#parts.occupancy.onExpelled(() => undefined)
    this.#tell.stop()
    this.#callOffSum()
    this.#others.stop()
    this.#say({ kind: 'occupancy-leaving' })
  }

  #noteOwn(roomId: RoomId, userId: UserId, isUrgent: boolean): void {
    const ofRoom = this.#changed.get(roomId)
    if (ofRoom) ofRoom.add(userId)
    else this.#changed.set(roomId, new Set([userId]))
    if (this.#parts.occupancy.ownPlace(roomId, userId)) this.#others.showedUp(roomId, [userId])
    if (!isUrgent) this.#tell.ask()
    else if (!this.#isUrgent) {
      // Many are expelled at once when a room is closed.
      this.#isUrgent = true
      queueMicrotask(() => this.#flush())
    }
  }

  #hear(from: InstanceId, message: PeerMessage): void {
    if (!isOurs(message)) return
    switch (message.kind) {
      case 'occupancy-ask':
        this.#tellAll(from)
        return
      default:
        this.#others.hear(from, message)
        return
    }
  }

  /** Tells what changed, as it is now. */
  #flush(): void {
    this.#isUrgent = false
    const seated: Seated[] = []
    const gone: Gone[] = []
    for (const [roomId, userIds] of this.#changed) this.#sort(roomId, userIds, { seated, gone })
    this.#changed.clear()
    if (gone.length === 0 && seated.length === 0) return
    for (const piece of piecesOf(seated, gone)) {
      this.#count += 1
      this.#say({ kind: 'occupancy-changes', count: this.#count, version: this.#parts.occupancy.newest, ...piece })
    }
  }

  #sort(roomId: RoomId, userIds: Iterable<UserId>, { seated, gone }: { seated: Seated[]; gone: Gone[] }): void {
    const told = this.#told.get(roomId) ?? new Set<UserId>()
    const people: User[] = []
    const left: UserId[] = []
    let isListed = false
    for (const userId of userIds) {
      const place = this.#parts.occupancy.ownPlace(roomId, userId)
      if (!place) {
        if (told.delete(userId)) left.push(userId)
        continue
      }
      isListed = place.isListed
      people.push(place.user)
      told.add(userId)
    }
    if (told.size > 0) this.#told.set(roomId, told)
    else this.#told.delete(roomId)
    if (people.length > 0) seated.push({ roomId, isListed, people })
    if (left.length > 0) gone.push({ roomId, userIds: left })
  }

  #tellAll(instance: InstanceId): void {
    // Everybody hears the changes, so that what is told now is what the count says.
    this.#flush()
    const { occupancy, peers } = this.#parts
    const pieces = piecesOf(occupancy.ownPlaces(), [])
    pieces.forEach(({ seated }, index) => {
      const message: OccupancyMessage = {
        kind: 'occupancy-all',
        count: this.#count,
        version: occupancy.newest,
        index,
        pieces: pieces.length,
        seated,
      }
      peers.tell(message, instance)
    })
  }

  #sum(): void {
    this.#callOffSum = this.#parts.clock.after(SUM_MS, () => this.#sum())
    this.#flush()
    let places = 0
    for (const userIds of this.#told.values()) places += userIds.size
    this.#say({ kind: 'occupancy-sum', count: this.#count, places })
  }

  #say(message: OccupancyMessage): void {
    this.#parts.peers.tell(message)
  }
}

interface Pieces {
  readonly seated: Seated[]
  readonly gone: Gone[]
}

/** At least one, so that "nobody" is said too. */
function piecesOf(seated: Iterable<Seated>, gone: Iterable<Gone>): Pieces[] {
  const pieces: Pieces[] = [{ seated: [], gone: [] }]
  let left = PEOPLE_PER_MESSAGE
  const slices = function* <T>(all: readonly T[]) {
    for (let start = 0; start < all.length; ) {
      if (left === 0) {
        pieces.push({ seated: [], gone: [] })
        left = PEOPLE_PER_MESSAGE
      }
      const slice = all.slice(start, start + left)
      start += slice.length
      left -= slice.length
      yield slice
    }
  }
  for (const { roomId, userIds } of gone) {
    for (const slice of slices(userIds)) pieces.at(-1)?.gone.push({ roomId, userIds: slice })
  }
  for (const { people, ...room } of seated) {
    for (const slice of slices(people)) pieces.at(-1)?.seated.push({ ...room, people: slice })
  }
  return pieces
}

function isOurs(message: PeerMessage): message is OccupancyMessage {
  return message.kind.startsWith('occupancy-')
}
