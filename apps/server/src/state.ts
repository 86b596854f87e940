import type {
  CommandId,
  Epoch,
  Event,
  LobbyRoom,
  MyRoom,
  Occupants,
  RoomId,
  RoomSnapshot,
  Seq,
  StreamId,
  User,
  UserId,
} from '@parley/protocol'
import type { Actor } from './rules/actor.ts'

/**
 * All that sockets and HTTP may ask of the truth: plain data in, plain data out, so that this seam can become a thread
 * boundary without touching either side. Every method rejects with `Refusal` for an expected "no"; anything else is a fault.
 */
export interface State {
  readonly epoch: Epoch
  /** Makes one change: locks, commits, publishes, then answers. A repeated id gets the first answer again. */
  perform(call: Call): Promise<unknown>
  /** The caller knows that this call of its lane was refused, or gives it up. (SPEC F3) */
  withdraw(lane: object, id: CommandId): void
  /** Answers one of the protocol's queries. */
  query(asker: Actor, name: string, input: unknown): Promise<unknown>
  /** Complete list of a person's rooms with the head of their own stream. */
  welcome(actor: Actor): Promise<Welcome>
  /**
   * Reads a room's log after `cursor`, one page of at most 256 KiB with the present state filled in; or tells to reset when
   * the cursor is of another epoch, ahead of the head, below the floor or too far behind. Authorises each time.
   */
  catchUp(asker: Actor, roomId: RoomId, cursor: Seq): Promise<CatchUpPage | 'reset'>
  /** What a newcomer to the room sees. Without the occupants, whom the caller knows. Authorises. */
  roomSnapshot(asker: Actor, roomId: RoomId): Promise<{ snapshot: Omit<RoomSnapshot, 'occupants'>; seq: Seq }>
  /** Unread counts of one member in one room, from the truth. */
  unread(actor: Actor, roomId: RoomId): Promise<MyRoom>
  heads(streams: readonly StreamId[]): Promise<ReadonlyMap<StreamId, Seq>>
  /** The first rooms of the lobby's "existing" list, and those with the given ids; `occupants` 0 and no `faces`. */
  lobbyRooms(ask: { first: number; ids: readonly RoomId[] }): Promise<{ rooms: readonly LobbyRoom[]; total: number }>
  /** For `/readyz`: answers once the database does. */
  ping(): Promise<void>
  close(): Promise<void>
}

export interface Call {
  readonly id: CommandId
  readonly name: string
  readonly input: unknown
  readonly actor: Actor
  /** Calls of the same lane (a connection) enter batches in the order they were made. */
  readonly lane: object
  /** The caller knows that the actor was a member of this room a moment ago; saves a read, decides nothing. (SPEC A5) */
  readonly isKnownMember?: boolean
  /** The caller withdraws what is refused; until then, what it asks later of the same room does not overtake it. (SPEC F3) */
  readonly withdraws?: boolean
}

export interface Welcome {
  readonly user: User
  readonly rooms: readonly MyRoom[]
  readonly lastRoomId?: RoomId
  /** Whom the person blocks. */
  readonly blocked: readonly UserId[]
  readonly seq: Seq
}

export interface CatchUpPage {
  readonly events: readonly Event[]
  readonly users: readonly User[]
  /** Whether the lobby may know of it. */
  readonly isListed: boolean
  /** The room's head in the transaction that read this page; equal to the last event's seq when nothing is left. */
  readonly head: Seq
}

/** Who is where now, as queries need it; kept by the sockets. */
export interface OccupancyReader {
  occupants(roomId: RoomId): Occupants
  /** Every active listed room with its count and faces. */
  activeRooms(): ReadonlyMap<RoomId, Pick<LobbyRoom, 'occupants' | 'faces'>>
}
