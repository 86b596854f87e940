import type { Occupants, RoomId, Signal, SignalOf, User } from '@parley/protocol'
import type { Clock } from '../clock.ts'
import { encodeSignals } from './encode-frame.ts'
import type { Occupancy } from './occupancy.ts'
import { Throttle } from './throttle.ts'
import { Typing } from './typing.ts'
import type { Viewer } from './viewer.ts'
import type { WriteTurn } from './write-turn.ts'

const LEAST_GAP_MS = 250
/** Telling 1,000 people costs what 1,000 messages cost: one room hears of it 1,000 times a second in all. */
const GAP_MS_EACH = 1
/** So many are told in one turn; messages go between. */
const TOLD_PER_TURN = 250

/** A connection's view of the room, as far as it is told what passes. */
interface Onlooker {
  /** False while it reads the log, or may be out of the room. */
  readonly isLive: boolean
  readonly viewer: Pick<Viewer, 'send'>
}

export interface RoomPresenceParts {
  readonly roomId: RoomId
  readonly clock: Clock
  readonly turn: WriteTurn
  readonly occupancy: Occupancy
  /** Who looks at the room. */
  readonly onlookers: ReadonlySet<Onlooker>
}

/**
 * Who is in one room and who types there, told to everybody who looks at it, both in one frame: the first after a silence at
 * once, then the more rarely the more there are. (SPEC G3, G6)
 */
export class RoomPresence {
  readonly typing: Typing
  readonly #parts: RoomPresenceParts
  readonly #show: Throttle
  #hasTyped = false
  #hasMoved = false
  /** Of the occupants that everybody was told of last; 0 before. */
  toldVersion = 0
  /** The people who were told of last, and the version of that signal; undefined once others are there. */
  #listed: { readonly people: readonly User[]; readonly since: number } | undefined

  constructor(parts: RoomPresenceParts) {
    const { roomId, clock, onlookers } = parts
    this.#parts = parts
    const gapMs = () => Math.max(LEAST_GAP_MS, onlookers.size * GAP_MS_EACH)
    this.#show = new Throttle({ clock, gapMs, call: () => this.#tell() })
    const changed = () => {
      this.#hasTyped = true
      this.#show.ask()
    }
    this.typing = new Typing({ roomId, clock, changed })
  }

  occupantsChanged(): void {
    const { roomId, occupancy, onlookers } = this.#parts
    // Whoever opens the room between two signals sees who is there then: should they go before the next, it has to say so.
    if (this.#listed && !isSame(occupancy.occupants(roomId).people, this.#listed.people)) this.#listed = undefined
    if (onlookers.size === 0) return
    this.#hasMoved = true
    this.#show.ask()
  }

  end(): void {
    this.#show.stop()
    this.typing.end()
  }

  #tell(): void {
    const { roomId, occupancy, onlookers } = this.#parts
    const signals: Signal[] = []
    if (this.#hasTyped) signals.push(this.typing.signal())
    if (this.#hasMoved) signals.push(this.#signalOf(occupancy.occupants(roomId)))
    this.#hasTyped = false
    this.#hasMoved = false
    this.#tellFrom(0, [...onlookers], encodeSignals(signals))
  }

  #tellFrom(start: number, onlookers: readonly Onlooker[], text: string): void {
    const end = start + TOLD_PER_TURN
    for (const { isLive, viewer } of onlookers.slice(start, end)) if (isLive) viewer.send(text)
    if (end < onlookers.length) this.#parts.turn.whenWritten(() => this.#tellFrom(end, onlookers, text))
  }

  /** Of many, the same 50 are shown whoever comes and goes after them: they are named once. */
  #signalOf({ people, ...rest }: Occupants): SignalOf<'occupants'> {
    this.toldVersion = rest.version
    if (this.#listed) return { name: 'occupants', ...rest, since: this.#listed.since }
    this.#listed = { people, since: rest.version }
    return { name: 'occupants', ...rest, people }
  }
}

function isSame(people: readonly User[], before: readonly User[]): boolean {
  return people.length === before.length && people.every((user, index) => user === before[index])
}
