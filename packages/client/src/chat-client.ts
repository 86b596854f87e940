import type {
  CommandId,
  CommandInput,
  CommandOutput,
  QueryInput,
  QueryOutput,
  RoomId,
  User,
  UserId,
} from '@parley/protocol'
import type { Clock } from './clock.ts'
import type { ConnectionState } from './connection-state.ts'
import type { Notice } from './notice.ts'
import type { Emitter, Observable } from './observable.ts'
import type { OutboxView } from './outbox-entry.ts'
import type { OutboxStorage } from './outbox-storage.ts'
import type { RoomHandle } from './room-handle.ts'
import type { OpenSocket } from './socket.ts'
import type { LobbyView, MyRoomView } from './views.ts'

export interface ChatClientOptions {
  /** The server's origin, like `http://127.0.0.1:8000`; empty: the page's own. */
  readonly url: string
  /** For bots; browsers have a cookie. */
  readonly token?: string
  /** Default: memory, which forgets at a reload. In browsers: `indexedDbStorage()`. */
  readonly storage?: OutboxStorage
  /** Which build of the page this is; another build of the server is reported. */
  readonly build?: string
  readonly clock?: Clock
  readonly random?: () => number
  readonly openSocket?: OpenSocket
  readonly fetch?: typeof fetch
}

/** Text in a composer that was not sent yet, kept per person and room. */
export interface Drafts {
  get(roomId: RoomId): Promise<string>
  /** Resolves to true once it is on disk. */
  set(roomId: RoomId, text: string): Promise<boolean>
}

/** The face of the SDK: everything observable is an immutable value plus `subscribe`. */
export declare class ChatClient {
  constructor(options: ChatClientOptions)

  readonly connection: Observable<ConnectionState>
  readonly me: Observable<User | undefined>
  /** The sidebar, by name; kept over reconnects. */
  readonly rooms: Observable<readonly MyRoomView[]>
  /** False until the server has told the rooms for the first time. */
  readonly isGreeted: Observable<boolean>
  readonly lobby: Observable<LobbyView | undefined>
  readonly lastRoomId: Observable<RoomId | undefined>
  readonly notices: Emitter<Notice>
  readonly outbox: Observable<OutboxView>
  /** Everybody the client has heard of. */
  readonly people: Observable<ReadonlyMap<UserId, User>>
  readonly drafts: Drafts

  connect(): void
  disconnect(): void
  retryNow(): void

  /** Who is signed in here, by `GET /api/session`; undefined: nobody. Rejects with UnreachableError when the server is away. */
  whoAmI(): Promise<User | undefined>
  /** Repeats with the same name keep the command id and secret, so that a lost reply does not take one's own name. */
  enter(input: { readonly name: string }): Promise<User>
  /** Ends the session and deletes what this device kept for the person; ask first when `outbox` holds unsent text. */
  signOut(): Promise<void>

  // Room commands survive reconnects, not reloads; they reject with RefusalError.
  createRoom(input: CommandInput<'create-room'>): Promise<CommandOutput<'create-room'>>
  enterRoom(roomId: RoomId): Promise<CommandOutput<'enter-room'>>
  leaveRoom(roomId: RoomId): Promise<void>
  closeRoom(roomId: RoomId): Promise<void>
  renameRoom(roomId: RoomId, name: string): Promise<void>
  changeTopic(roomId: RoomId, topic: string): Promise<void>

  listRooms(input: QueryInput<'list-rooms'>): Promise<QueryOutput<'list-rooms'>>
  listMembers(input: QueryInput<'list-members'>): Promise<QueryOutput<'list-members'>>
  listReactors(input: QueryInput<'list-reactors'>): Promise<QueryOutput<'list-reactors'>>
  getRoom(roomId: RoomId): Promise<QueryOutput<'get-room'>>
  /** From the cache where known. Unknown ids are left out. */
  users(ids: readonly UserId[]): Promise<readonly User[]>
  user(id: UserId): User | undefined
  isKnownUser(id: UserId): boolean

  openLobby(): void
  /** The same handle for the same id. */
  room(roomId: RoomId): RoomHandle

  deleteNotSent(id: CommandId): void
  retryNotSent(id: CommandId): void

  /** The name under which this device last saw a room. */
  rememberedRoomName(roomId: RoomId): string | undefined
  forgetRoom(roomId: RoomId): void
}
