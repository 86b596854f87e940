import type { RoomId, ServerFrame, UserId } from '@parley/protocol'
import { applyLobbySignal, type LobbyState, lobbyFromSnapshot } from '../../../packages/client/src/lobby-view.ts'
import { SeededRandom } from '../../support/seeded-random.ts'
import type { Cluster, Instance } from './cluster.ts'
import { type Caller, Device, does, entersAt } from './device.ts'

export interface LobbyRunResult {
  readonly seed: number
  readonly steps: number
  /** How long until every lobby and every room on every instance showed the truth, at most, by what had happened. */
  readonly mostMs: Readonly<Record<Happening, number>>
  readonly problems: readonly string[]
}

export type Happening = 'enter' | 'leave' | 'crash' | 'instance killed'

/** So soon everybody must see it. A vanished socket keeps its place for 5 s, an instance's word holds for 10 s. (SPEC G3, G7) */
export const WITHIN_MS: Readonly<Record<Happening, number>> = {
  enter: 1_000,
  leave: 1_000,
  crash: 6_000,
  'instance killed': 16_000,
}
/** Whoever sees nothing for so long is not waited for any longer. */
const PATIENCE_MS = 25_000
const WALKERS_PER_LANE = 4

/** Scripted people enter, leave and crash in rooms all over the instances; what is shown must become what is true. */
export async function lobbyRun(
  cluster: Cluster,
  { seed, steps, lanes, kills }: { seed: number; steps: number; lanes: number; kills: number },
): Promise<LobbyRunResult> {
  const random = new SeededRandom(seed)
  const lobbies = await Promise.all(cluster.instances.map((instance) => WatchedLobby.opens(instance, `${seed}`)))
  const all = await Promise.all(
    Array.from({ length: lanes }, (_, index) =>
      Lane.opens({ cluster, lobbies, random: random.fork(), name: `${seed} ${index}` }),
    ),
  )
  const mostMs: Record<Happening, number> = { enter: 0, leave: 0, crash: 0, 'instance killed': 0 }
  const problems: string[] = []
  const note = (happening: Happening, ms: number, what: string) => {
    mostMs[happening] = Math.max(mostMs[happening], Math.round(ms))
    if (ms > WITHIN_MS[happening]) problems.push(`${what}: shown after ${Math.round(ms)} ms`)
  }
  let left = steps
  const phases = kills + 1
  for (let phase = 1; phase <= phases; phase++) {
    const until = Math.floor((steps * (phases - phase)) / phases)
    await Promise.all(
      all.map(async (lane) => {
        while (left > until) {
          left -= 1
          const { happening, ms, what } = await lane.step()
          note(happening, ms, what)
        }
      }),
    )
    if (phase === phases) break
    const victim = random.pick(cluster.instances)
    await Promise.all(all.map((lane) => lane.settles()))
    await victim.server.kill9()
    const at = performance.now()
    await Promise.all(all.map((lane) => lane.loses(victim)))
    const others = lobbies.filter((lobby) => lobby.instance !== victim)
    const shown = await Promise.all(all.map((lane) => lane.showsTruth(at, others)))
    for (const { ms, what } of shown) note('instance killed', ms, `${victim.name} was killed; ${what}`)
    await victim.server.restart()
    await Promise.all([...all.map((lane) => lane.returns()), ...lobbies.map((lobby) => lobby.reopens())])
  }
  for (const lane of all) lane.ends()
  for (const lobby of lobbies) lobby.ends()
  return { seed, steps, mostMs, problems: problems.slice(0, 50) }
}

/** Somebody who looks at the lobby of one instance, and does nothing else. */
class WatchedLobby {
  readonly instance: Instance
  readonly #caller: Caller
  #device: Device | undefined
  #state: LobbyState | undefined
  readonly changes = new Set<() => void>()

  static async opens(instance: Instance, name: string): Promise<WatchedLobby> {
    const lobby = new WatchedLobby(instance, await entersAt(instance.url, `looker ${instance.name} ${name}`))
    await lobby.reopens()
    return lobby
  }

  private constructor(instance: Instance, caller: Caller) {
    this.instance = instance
    this.#caller = caller
  }

  async reopens(): Promise<void> {
    if (this.#device && !this.#device.isOver) return
    this.#device = await Device.connects(this.instance.url, this.#caller)
    this.#device.onFrame((frame) => this.#hear(frame))
    await this.#device.opensLobby()
  }

  /** How many people it shows in the room, and who of them. */
  room(roomId: RoomId): { count: number; faces: readonly UserId[] } {
    const entry = this.#state?.rooms.get(roomId)
    return { count: entry?.occupants ?? 0, faces: entry?.faces.map((face) => face.id) ?? [] }
  }

  ends(): void {
    this.#device?.hangsUp()
  }

  #hear(frame: ServerFrame): void {
    if (frame.type === 'reset' && 'rooms' in frame.snapshot) this.#state = lobbyFromSnapshot(frame.snapshot)
    if (frame.type === 'signals') {
      for (const signal of frame.signals)
        if (signal.name === 'lobby' && this.#state) this.#state = applyLobbySignal(this.#state, signal)
    }
    for (const look of this.changes) look()
  }
}

/** One device of somebody: where it is connected, and which room it looks at. */
class Walker {
  readonly caller: Caller
  readonly #changed: () => void
  instance: Instance | undefined
  roomId: RoomId | undefined
  #device: Device | undefined
  #occupants: { roomId: RoomId; version: number; people: readonly UserId[] } | undefined

  constructor(caller: Caller, changed: () => void) {
    this.caller = caller
    this.#changed = changed
  }

  get isConnected(): boolean {
    return this.#device !== undefined
  }

  /** Whom it shows in the room that it looks at. */
  get shown(): readonly UserId[] {
    return this.#occupants && this.#occupants.roomId === this.roomId ? this.#occupants.people : []
  }

  async connects(instance: Instance): Promise<void> {
    this.instance = instance
    this.#device = await Device.connects(instance.url, this.caller)
    this.#device.onFrame((frame) => this.#hear(frame))
  }

  enters(roomId: RoomId): void {
    this.roomId = roomId
    this.#occupants = undefined
    this.#device?.tell({ type: 'open', place: { kind: 'room', roomId } })
  }

  leaves(): void {
    this.roomId = undefined
    this.#device?.closesPlace()
  }

  crashes(): void {
    this.#device?.crashes()
    this.isGone()
  }

  isGone(): void {
    this.#device = undefined
    this.instance = undefined
    this.roomId = undefined
  }

  hangsUp(): void {
    this.#device?.hangsUp()
    this.isGone()
  }

  #hear(frame: ServerFrame): void {
    if (frame.type === 'reset' && 'occupants' in frame.snapshot) this.#take(frame.snapshot.occupants)
    if (frame.type === 'signals')
      for (const signal of frame.signals) if (signal.name === 'occupants') this.#take(signal)
    this.#changed()
  }

  #take(occupants: { roomId: RoomId; version: number; people?: readonly { id: UserId }[] | undefined }): void {
    if (occupants.roomId !== this.roomId) return
    if (this.#occupants && occupants.version < this.#occupants.version) return
    const people = occupants.people?.map(({ id }) => id) ?? this.#occupants?.people ?? []
    this.#occupants = { roomId: occupants.roomId, version: occupants.version, people }
  }
}

interface LaneParts {
  readonly cluster: Cluster
  readonly lobbies: readonly WatchedLobby[]
  readonly random: SeededRandom
  readonly name: string
}

interface Shown {
  readonly happening: Happening
  readonly ms: number
  readonly what: string
}

/** A few people with a few devices in two rooms of their own, one step after another. */
class Lane {
  readonly #parts: LaneParts
  readonly #roomIds: readonly RoomId[]
  readonly #walkers: readonly Walker[]
  readonly #looks = new Set<() => void>()
  /** When a device crashed that looked at a room, by person and room. */
  readonly #vanished = new Map<string, number>()

  static async opens(parts: LaneParts): Promise<Lane> {
    const { cluster, name, random } = parts
    const people = await Promise.all(
      Array.from({ length: WALKERS_PER_LANE - 1 }, (_, index) => entersAt(cluster.url, `walker ${name} ${index}`)),
    )
    const [first] = people
    const roomIds: RoomId[] = []
    for (const which of ['a', 'b']) {
      const input = { name: `Lobby ${name} ${which}` }
      roomIds.push((await does(cluster.url, first, { name: 'create-room', input })).roomId)
    }
    for (const roomId of roomIds)
      for (const one of people.slice(1)) await does(cluster.url, one, { name: 'enter-room', input: { roomId } })
    // The first has two devices, and counts once.
    const callers = first ? [...people, first] : people
    const lane = new Lane(parts, roomIds, callers)
    await Promise.all(lane.#walkers.map((walker) => walker.connects(random.pick(cluster.instances))))
    return lane
  }

  private constructor(parts: LaneParts, roomIds: readonly RoomId[], callers: readonly Caller[]) {
    this.#parts = parts
    this.#roomIds = roomIds
    const look = () => {
      for (const one of [...this.#looks]) one()
    }
    this.#walkers = callers.map((caller) => new Walker(caller, look))
    for (const lobby of parts.lobbies) lobby.changes.add(look)
  }

  async step(): Promise<Shown> {
    const { random, cluster } = this.#parts
    const walker = random.pick(this.#walkers)
    if (!walker.isConnected) await walker.connects(random.pick(cluster.instances))
    const dice = random.next()
    let at = performance.now()
    let happening: Happening = 'enter'
    const { roomId: before } = walker
    if (walker.roomId !== undefined && dice < 0.08) {
      happening = 'crash'
      walker.crashes()
      this.#vanished.set(`${walker.caller.user.id} ${before}`, at)
    } else if (walker.roomId !== undefined && dice < 0.4) {
      happening = 'leave'
      walker.leaves()
    } else {
      const elsewhere = this.#roomIds.filter((roomId) => roomId !== walker.roomId)
      walker.enters(random.pick(elsewhere))
    }
    // Their other device has just crashed there, and keeps their place for as long as that may take.
    const vanishedAt = this.#vanished.get(`${walker.caller.user.id} ${before}`)
    if (vanishedAt !== undefined && at - vanishedAt < WITHIN_MS.crash) {
      at = vanishedAt
      happening = 'crash'
    }
    const what = `${happening} of ${walker.caller.user.displayName} at ${walker.instance?.name}`
    const shown = await this.showsTruth(at, this.#parts.lobbies)
    return { happening, ms: shown.ms, what: `${what}; ${shown.what}` }
  }

  /** Until nothing is under way, not even the time that a crashed device keeps its place. */
  async settles(): Promise<void> {
    await this.showsTruth(performance.now(), this.#parts.lobbies)
  }

  /** The devices of an instance that was killed are gone with it. */
  async loses(instance: Instance): Promise<void> {
    for (const walker of this.#walkers) if (walker.instance === instance) walker.isGone()
  }

  async returns(): Promise<void> {
    const { random, cluster } = this.#parts
    for (const walker of this.#walkers) if (!walker.isConnected) await walker.connects(random.pick(cluster.instances))
  }

  /** Waits until every given lobby, and every device in a room, shows who is there; tells how long that took. */
  showsTruth(since: number, lobbies: readonly WatchedLobby[]): Promise<{ ms: number; what: string }> {
    return new Promise((resolve) => {
      let last = 'nothing was wrong'
      const finish = () => {
        clearTimeout(timer)
        this.#looks.delete(look)
        resolve({ ms: performance.now() - since, what: last })
      }
      const look = () => {
        const untruth = this.#untruth(lobbies)
        if (untruth === undefined) finish()
        else last = untruth
      }
      const timer = setTimeout(finish, PATIENCE_MS)
      this.#looks.add(look)
      look()
    })
  }

  ends(): void {
    for (const walker of this.#walkers) walker.hangsUp()
  }

  /** The first thing that is shown and not true. */
  #untruth(lobbies: readonly WatchedLobby[]): string | undefined {
    for (const roomId of this.#roomIds) {
      const inside = this.#walkers.filter((walker) => walker.roomId === roomId)
      const truth = new Set(inside.map((walker) => walker.caller.user.id))
      for (const lobby of lobbies) {
        const { count, faces } = lobby.room(roomId)
        const isTrue = count === truth.size && faces.every((id) => truth.has(id))
        if (!isTrue)
          return `the lobby of ${lobby.instance.name} shows ${count} in ${roomId}, there are ${truth.size} (${inside.map((walker) => walker.instance?.name).join(', ')})`
      }
      for (const walker of inside) {
        const isTrue = walker.shown.length === truth.size && walker.shown.every((id) => truth.has(id))
        if (!isTrue) return `a device at ${walker.instance?.name} shows ${walker.shown.length} of ${truth.size}`
      }
    }
    return undefined
  }
}
