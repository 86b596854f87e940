import { type CommandId, type RoomId, TIMES } from '@parley/protocol'
import { Held } from '../rules/refusal.ts'

/** With so many rooms in a lane, those whose time has passed are looked for. */
const MANY = 100
/** More wait as well, but their order is not remembered; a client of ours has fewer under way. */
const LONGEST_LINE = 256

/** Where a command stands in line. */
export interface Place {
  readonly lane: object
  readonly roomId: RoomId | undefined
  readonly id: CommandId
}

/** `settled`: it was stored, or its sender knows that it was not. `waited`: it came while another had to come first. */
type Turn = 'refused' | 'settled' | 'waited'

/** What keeps a lane's later commands in a room waiting. */
interface Hold {
  /** In the order in which they must be stored: the first was refused and its sender may not know, or its turn is next. */
  readonly line: readonly CommandId[]
  /** Epoch ms. */
  readonly until: number
}

const FREE: Hold = { line: [], until: 0 }

/**
 * A refusal that is lost with its connection makes the client repeat the command, and then it may be allowed. Whatever was
 * stored meanwhile would stand before it, so nothing of its lane and room is, until the client says that it knows. (SPEC F3)
 */
export class LaneHolds {
  readonly #below: LaneHolds | undefined
  /** Made when first needed: in most batches nothing is refused. */
  #lanes: WeakMap<object, Map<RoomId | undefined, Hold>> | undefined
  #turns: { readonly place: Place; readonly turn: Turn; readonly now: number }[] = []

  constructor(below?: LaneHolds) {
    this.#below = below
  }

  /**
   * For one run of a batch: what is noted there counts at once within it, and for all others when it is kept. A batch may run
   * again, and a withdrawal may come while it runs, so its turns are then played once more.
   */
  draft(): LaneHolds {
    return new LaneHolds(this)
  }

  /** When the batch is committed; once more does nothing. */
  keep(): void {
    for (const { place, turn, now } of this.#turns) this.#below?.note(place, turn, now)
    this.#turns = []
  }

  find(place: Place): Hold | undefined {
    return this.#lanes?.get(place.lane)?.get(place.roomId) ?? this.#below?.find(place)
  }

  /** Refuses a command that another must come before. */
  judge(place: Place, now: number): void {
    const hold = this.find(place)
    if (!hold || now >= hold.until || hold.line.length === 0 || hold.line[0] === place.id) return
    this.note(place, 'waited', now)
    throw new Held()
  }

  note(place: Place, turn: Turn, now: number): void {
    const hold = this.find(place)
    // So it is with nearly every command.
    if (!hold && turn === 'settled') return
    this.#set(place, after(hold, { id: place.id, turn, now }), now)
    if (this.#below) this.#turns.push({ place, turn, now })
  }

  /** The sender knows that this command was refused, or gives it up. */
  withdraw(lane: object, id: CommandId, now: number): void {
    for (const [roomId, { line }] of this.#lanes?.get(lane) ?? []) {
      if (line.includes(id)) this.note({ lane, roomId, id }, 'settled', now)
    }
  }

  /** Of how many rooms something is known. */
  roomsOf(lane: object): number {
    return this.#lanes?.get(lane)?.size ?? 0
  }

  #set({ lane, roomId }: Place, hold: Hold, now: number): void {
    const rooms = this.#lanes?.get(lane) ?? new Map<RoomId | undefined, Hold>()
    this.#lanes ??= new WeakMap()
    this.#lanes.set(lane, rooms)
    if (rooms.size >= MANY) for (const [other, { until }] of rooms) if (until <= now) rooms.delete(other)
    if (hold.line.length > 0 || this.#below) rooms.set(roomId, hold)
    else rooms.delete(roomId)
  }
}

function after(hold: Hold | undefined, { id, turn, now }: { id: CommandId; turn: Turn; now: number }): Hold {
  const { line, until } = hold && now < hold.until ? hold : FREE
  const others = line.filter((other) => other !== id)
  const anew = now + TIMES.refusalHoldMs
  switch (turn) {
    case 'refused':
      return { line: [id, ...others], until: anew }
    case 'waited':
      if (line.includes(id) || line.length >= LONGEST_LINE) return { line, until }
      // What it waited for may have been withdrawn since; then it only has to come before what follows it.
      return { line: [...line, id], until: line.length === 0 ? anew : until }
    case 'settled':
      return { line: others, until: line[0] === id ? anew : until }
    default:
      return turn satisfies never
  }
}
