import { type RoomId, TIMES, type UserId } from '@parley/protocol'
import type { Clock } from '../clock.ts'
import type { InstanceId } from '../rules/instance-id.ts'
import type { Occupancy, Seated } from './occupancy.ts'
import type { OccupancyMessage } from './occupancy-gossip.ts'

const ASK_AGAIN_MS = 1_000

type Claim = Exclude<OccupancyMessage, { kind: 'occupancy-ask' }>
type Piece = Extract<Claim, { kind: 'occupancy-all' }>

/** What one other instance says of who sits there. */
interface Claims {
  readonly rooms: Map<RoomId, Set<UserId>>
  /** Of its newest change that is taken in here; undefined while it is asked for everything. */
  count: number | undefined
  /** The pieces of everything that have come so far. */
  pieces: Piece[]
  isLeaving: boolean
  /** It is gone, and its people may be about to come back. */
  callOffDrop?: () => void
  callOffAsk?: (() => void) | undefined
}

interface ClaimsParts {
  readonly occupancy: Occupancy
  readonly clock: Clock
  /** Asks an instance for everything. */
  ask(instance: InstanceId): void
}

/** Keeps what other instances say of who sits there, notices what was lost of it, and takes it back when they are gone. */
export class ClaimsOfOthers {
  readonly #parts: ClaimsParts
  readonly #instances = new Map<InstanceId, Claims>()

  constructor(parts: ClaimsParts) {
    this.#parts = parts
  }

  /** What it said may be lost: everything is asked for, and again until it has come. */
  met(instance: InstanceId): void {
    this.#ask(instance, this.#claimsOf(instance))
  }

  gone(instance: InstanceId): void {
    const claims = this.#instances.get(instance)
    if (!claims) return
    claims.callOffAsk?.()
    claims.callOffAsk = undefined
    if (claims.isLeaving)
      claims.callOffDrop ??= this.#parts.clock.after(TIMES.occupantGraceMs, () => this.#drop(instance))
    else this.#drop(instance)
  }

  hear(instance: InstanceId, message: Claim): void {
    const claims = this.#claimsOf(instance)
    switch (message.kind) {
      case 'occupancy-changes':
        this.#change(instance, claims, message)
        return
      case 'occupancy-all':
        this.#collect(instance, claims, message)
        return
      case 'occupancy-sum':
        if (claims.count !== undefined && (claims.count !== message.count || placesIn(claims) !== message.places)) {
          this.#ask(instance, claims)
        }
        return
      case 'occupancy-leaving':
        claims.isLeaving = true
        return
      default:
        unreachable(message)
        return
    }
  }

  /** Whoever sat on an instance that has stopped is back. */
  showedUp(roomId: RoomId, userIds: Iterable<UserId>): void {
    for (const [instance, { isLeaving, rooms }] of this.#instances) {
      const ofRoom = isLeaving ? rooms.get(roomId) : undefined
      if (!ofRoom) continue
      const back = [...userIds].filter((userId) => ofRoom.delete(userId))
      this.#parts.occupancy.rise(instance, roomId, back)
    }
  }

  /**
   * They were expelled here. Whoever came back before that was heard of here sits there again, and the sum of that instance,
   * which is now another than what is kept here, brings it to light.
   */
  forget(roomId: RoomId, userId: UserId): void {
    for (const { rooms } of this.#instances.values()) {
      const ofRoom = rooms.get(roomId)
      ofRoom?.delete(userId)
      if (ofRoom?.size === 0) rooms.delete(roomId)
    }
  }

  stop(): void {
    for (const { callOffAsk, callOffDrop } of this.#instances.values()) {
      callOffAsk?.()
      callOffDrop?.()
    }
  }

  #claimsOf(instance: InstanceId): Claims {
    const known = this.#instances.get(instance)
    if (known) return known
    const claims: Claims = { rooms: new Map(), count: undefined, pieces: [], isLeaving: false }
    this.#instances.set(instance, claims)
    this.#ask(instance, claims)
    return claims
  }

  #ask(instance: InstanceId, claims: Claims): void {
    claims.count = undefined
    claims.pieces = []
    if (claims.callOffAsk) return
    claims.callOffAsk = this.#parts.clock.after(ASK_AGAIN_MS, () => {
      claims.callOffAsk = undefined
      if (claims.count === undefined) this.#ask(instance, claims)
    })
    this.#parts.ask(instance)
  }

  #change(instance: InstanceId, claims: Claims, message: Extract<Claim, { kind: 'occupancy-changes' }>): void {
    const { count } = claims
    const { version } = message
    if (count !== undefined && message.count <= count) return
    // Each change says how it is now, so it is true whether or not the one before it has come.
    for (const gone of message.gone) this.#rise(instance, claims, { ...gone, version })
    for (const seated of message.seated) {
      this.#sit(instance, claims, seated, { isArrival: true, version })
      this.showedUp(
        seated.roomId,
        seated.people.map(({ id }) => id),
      )
    }
    if (count === undefined) return
    if (message.count === count + 1) claims.count = message.count
    else this.#ask(instance, claims)
  }

  #collect(instance: InstanceId, claims: Claims, piece: Piece): void {
    if (piece.index === 0) claims.pieces = []
    // Of another telling, or after one that was lost: it is asked for once more.
    if (piece.index !== claims.pieces.length || piece.count !== (claims.pieces[0]?.count ?? piece.count)) return
    claims.pieces.push(piece)
    if (claims.pieces.length < piece.pieces) return
    const all = claims.pieces.flatMap(({ seated }) => seated)
    claims.pieces = []
    claims.count = piece.count
    claims.callOffAsk?.()
    claims.callOffAsk = undefined
    this.#replace(instance, claims, { all, version: piece.version })
  }

  #replace(instance: InstanceId, claims: Claims, { all, version }: { all: readonly Seated[]; version: number }): void {
    const before = new Map([...claims.rooms].map(([roomId, userIds]) => [roomId, new Set(userIds)]))
    for (const seated of all) {
      const ofRoom = before.get(seated.roomId)
      for (const { id } of seated.people) ofRoom?.delete(id)
      this.#sit(instance, claims, seated, { isArrival: false, version })
    }
    for (const [roomId, userIds] of before) this.#rise(instance, claims, { roomId, userIds, version })
  }

  #sit(
    instance: InstanceId,
    { rooms }: Claims,
    seated: Seated,
    how: { readonly isArrival: boolean; readonly version: number },
  ): void {
    const ofRoom = rooms.get(seated.roomId) ?? new Set<UserId>()
    rooms.set(seated.roomId, ofRoom)
    for (const { id } of seated.people) ofRoom.add(id)
    this.#parts.occupancy.sit(instance, seated, how)
  }

  #rise(
    instance: InstanceId,
    { rooms }: Claims,
    { roomId, userIds, version }: { roomId: RoomId; userIds: Iterable<UserId>; version: number },
  ): void {
    const ofRoom = rooms.get(roomId)
    const risen = [...userIds]
    for (const userId of risen) ofRoom?.delete(userId)
    if (ofRoom?.size === 0) rooms.delete(roomId)
    this.#parts.occupancy.rise(instance, roomId, risen, version)
  }

  #drop(instance: InstanceId): void {
    const claims = this.#instances.get(instance)
    this.#instances.delete(instance)
    for (const [roomId, userIds] of claims?.rooms ?? []) this.#parts.occupancy.rise(instance, roomId, userIds)
  }
}

function placesIn({ rooms }: Claims): number {
  let places = 0
  for (const userIds of rooms.values()) places += userIds.size
  return places
}

function unreachable(message: never): never {
  throw new Error(`Not a claim: ${JSON.stringify(message)}`)
}
