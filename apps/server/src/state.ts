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
  SessionId,
  StreamId,
  User,
  UserId,
} from '@parley/protocol'
import type { Actor } from './rules/actor.ts'
import type { InstanceId } from './rules/instance-id.ts'
import type { EventsPublication } from './rules/publication.ts'

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
  /** For instances among others, which may not have been told. */
  readonly truth: Truth
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

/** What an instance asks of its own accord, for nobody in particular, to find out what it was not told. */
export interface Truth {
  /**
   * What happened in a stream after `after`, as if it were published now, a bounded part at a time, and up to where the log
   * goes; undefined when there is no such stream any more.
   */
  missed(
    stream: StreamId,
    after: Seq,
  ): Promise<{ readonly publication: EventsPublication | undefined; readonly head: Seq } | undefined>
  /** The rooms a person belongs to. */
  roomIds(userId: UserId): Promise<readonly RoomId[]>
  /** Those of these rooms that were closed. */
  closings(
    roomIds: readonly RoomId[],
  ): Promise<readonly { readonly roomId: RoomId; readonly closedAt: number; readonly closedBy: User }[]>
  /** Those of these sessions that hold no more. */
  endedSessions(ids: readonly SessionId[]): Promise<readonly SessionId[]>
  /** For so long this instance counts as running; one that stops is `noteGone`. */
  noteHere(instance: string, ms: number): Promise<void>
  noteGone(instance: string): Promise<void>
  /** The others that run. */
  othersHere(instance: string): Promise<readonly InstanceId[]>
  /** Those of these people of whom there is a newer version. */
  changedPeople(known: ReadonlyMap<UserId, number>): Promise<readonly User[]>
}

/** Who is where now, as queries need it; kept by the sockets. */
export interface OccupancyReader {
  occupants(roomId: RoomId): Occupants
  /** Every active listed room with its count and faces. */
  activeRooms(): ReadonlyMap<RoomId, Pick<LobbyRoom, 'occupants' | 'faces'>>
}
