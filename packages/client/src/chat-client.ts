import type {
  AccountCommandName,
  CommandId,
  CommandInput,
  CommandName,
  CommandOutput,
  InvitationId,
  QueryInput,
  QueryName,
  QueryOutput,
  RoomId,
  User,
  UserId,
} from '@parley/protocol'
import type { Clock } from './clock.ts'
import type { ConnectionState } from './connection-state.ts'
import { Engine } from './engine.ts'
import type { Notice } from './notice.ts'
import type { Emitter, Observable } from './observable.ts'
import type { OutboxView } from './outbox-entry.ts'
import type { OutboxStorage } from './outbox-storage.ts'
import type { RoomHandle } from './room-handle.ts'
import type { OpenSocket } from './socket.ts'
import type { TabChannel } from './tab-leases.ts'
import type { LobbyView, MyRoomView } from './views.ts'

type SocketCommandName = Exclude<CommandName, AccountCommandName>

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
  /** How tabs that share a storage talk; a BroadcastChannel where there is one. */
  readonly openTabChannel?: () => TabChannel | undefined
}

/** Text in a composer that was not sent yet, kept per person and room. */
export interface Drafts {
  get(roomId: RoomId): Promise<string>
  /** Resolves to true once it is on disk. */
  set(roomId: RoomId, text: string): Promise<boolean>
}

/** The face of the SDK: everything observable is an immutable value plus `subscribe`. */
export class ChatClient {
  readonly #engine: Engine

  constructor(options: ChatClientOptions) {
    this.#engine = new Engine(options)
  }

  get connection(): Observable<ConnectionState> {
    return this.#engine.connection.state
  }

  get me(): Observable<User | undefined> {
    return this.#engine.me
  }

  /** The sidebar, by name; kept over reconnects. */
  get rooms(): Observable<readonly MyRoomView[]> {
    return this.#engine.ownRooms.list
  }

  /** False until the server has told the rooms for the first time. */
  get isGreeted(): Observable<boolean> {
    return this.#engine.isGreeted
  }

  get lobby(): Observable<LobbyView | undefined> {
    return this.#engine.lobby.view
  }

  get lastRoomId(): Observable<RoomId | undefined> {
    return this.#engine.ownRooms.lastRoomId
  }

  get notices(): Emitter<Notice> {
    return this.#engine.notices
  }

  get outbox(): Observable<OutboxView> {
    return this.#engine.outbox.view
  }

  /** Everybody the client has heard of. */
  get people(): Observable<ReadonlyMap<UserId, User>> {
    return this.#engine.people.all
  }

  /** Whom I block. */
  get blocked(): Observable<ReadonlySet<UserId>> {
    return this.#engine.blocks.ids
  }

  get drafts(): Drafts {
    return this.#engine.drafts
  }

  connect(): void {
    const me = this.#engine.me.value
    if (me) this.#engine.keeping.start(me.id)
    this.#engine.connection.start()
  }

  /** Open requests are rejected with WithdrawnError; what is in the outbox stays there. */
  disconnect(): void {
    this.#engine.connection.stop()
    this.#engine.calls.withdrawAll()
    void this.#engine.keeping.stop()
  }

  /** When the browser is online again, or the person asks. */
  retryNow(): void {
    this.#engine.connection.retryNow()
  }

  /** Who is signed in here; undefined: nobody. Rejects with UnreachableError when the server is away. */
  async whoAmI(): Promise<User | undefined> {
    const user = await this.#engine.session.whoAmI()
    if (user) this.#engine.become(user)
    return user
  }

  /** Repeats with the same name keep the command id and secret, so that a lost reply does not take one's own name. */
  async enter({ name }: { readonly name: string }): Promise<User> {
    const user = await this.#engine.session.enter(name)
    this.#engine.become(user)
    return user
  }

  /** Ends the session and deletes what this device kept for the person; ask first when `outbox` holds unsent text. */
  signOut(): Promise<void> {
    return this.#engine.signOut()
  }

  /**
   * Commands that make, change or end sessions, over HTTP: registering, signing in, invitations. Whoever they sign in is
   * `me` from then on; call `connect` again, because sockets belong to the session that they began with.
   */
  async account<Name extends AccountCommandName>(name: Name, input: CommandInput<Name>): Promise<CommandOutput<Name>> {
    const output = await this.#engine.session.command(name, input)
    if ('user' in output) this.#engine.become(output.user)
    return output
  }

  /** Enters the room that an invitation leads to, if it leads to one. */
  async acceptInvitation(token: string): Promise<CommandOutput<'accept-invitation'>> {
    const output = await this.account('accept-invitation', { token })
    if (output.roomId) this.#engine.membership.accepted(output.roomId)
    return output
  }

  /** The one room with another person, made the first time. */
  startDirect(userId: UserId): Promise<CommandOutput<'start-direct'>> {
    return this.#engine.membership.startDirect(userId)
  }

  createRoom(input: CommandInput<'create-room'>): Promise<CommandOutput<'create-room'>> {
    return this.#engine.membership.create(input)
  }

  enterRoom(roomId: RoomId): Promise<CommandOutput<'enter-room'>> {
    return this.#engine.membership.enter(roomId)
  }

  leaveRoom(roomId: RoomId): Promise<void> {
    return this.#engine.membership.leave(roomId)
  }

  async closeRoom(roomId: RoomId): Promise<void> {
    await this.#engine.calls.command('close-room', { roomId })
  }

  async renameRoom(roomId: RoomId, name: string): Promise<void> {
    await this.#engine.calls.command('rename-room', { roomId, name })
  }

  async changeTopic(roomId: RoomId, topic: string): Promise<void> {
    await this.#engine.calls.command('change-topic', { roomId, topic })
  }

  async setRoomRules(input: CommandInput<'set-room-rules'>): Promise<void> {
    await this.#engine.calls.command('set-room-rules', input)
  }

  async addMember(roomId: RoomId, userId: UserId): Promise<void> {
    await this.#engine.calls.command('add-member', { roomId, userId })
  }

  async removeMember(roomId: RoomId, userId: UserId): Promise<void> {
    await this.#engine.calls.command('remove-member', { roomId, userId })
  }

  /** `until` in epoch ms; without it until somebody ends it. */
  async banMember(roomId: RoomId, userId: UserId, until?: number): Promise<void> {
    await this.#engine.calls.command('ban-member', { roomId, userId, ...(until !== undefined && { until }) })
  }

  async unbanMember(roomId: RoomId, userId: UserId): Promise<void> {
    await this.#engine.calls.command('unban-member', { roomId, userId })
  }

  /** `until` in epoch ms; without it until somebody ends it. */
  async muteMember(roomId: RoomId, userId: UserId, until?: number): Promise<void> {
    await this.#engine.calls.command('mute-member', { roomId, userId, ...(until !== undefined && { until }) })
  }

  async unmuteMember(roomId: RoomId, userId: UserId): Promise<void> {
    await this.#engine.calls.command('unmute-member', { roomId, userId })
  }

  async setMemberRole(roomId: RoomId, userId: UserId, role: 'moderator' | 'member'): Promise<void> {
    await this.#engine.calls.command('set-member-role', { roomId, userId, role })
  }

  async handOverRoom(roomId: RoomId, userId: UserId): Promise<void> {
    await this.#engine.calls.command('hand-over-room', { roomId, userId })
  }

  /** The token is told once; the link is `<origin>/join#<token>`. */
  createInvitation(input: CommandInput<'create-invitation'>): Promise<CommandOutput<'create-invitation'>> {
    return this.#engine.calls.command('create-invitation', input)
  }

  async revokeInvitation(invitationId: InvitationId): Promise<void> {
    await this.#engine.calls.command('revoke-invitation', { invitationId })
  }

  /** I see nothing more of their messages; they learn nothing of it. */
  async blockPerson(userId: UserId): Promise<void> {
    await this.#engine.calls.command('block-person', { userId })
    this.#engine.blocks.set(userId, true)
  }

  async unblockPerson(userId: UserId): Promise<void> {
    await this.#engine.calls.command('unblock-person', { userId })
    this.#engine.blocks.set(userId, false)
  }

  /** The name that others see; the handle stays. */
  async changeName(name: string): Promise<User> {
    const { user } = await this.#engine.calls.command('change-name', { name })
    this.#engine.people.learn([user])
    return user
  }

  async listBans(roomId: RoomId): Promise<QueryOutput<'list-bans'>> {
    const answer = await this.#engine.calls.query('list-bans', { roomId })
    this.#engine.people.learn(answer.bans.map((ban) => ban.user))
    return answer
  }

  /** Of a room, or to the server as a whole. */
  listInvitations(roomId?: RoomId): Promise<QueryOutput<'list-invitations'>> {
    return this.#engine.calls.query('list-invitations', roomId === undefined ? {} : { roomId })
  }

  /** Whose name or handle begins so, at most 20. */
  async findPeople(text: string): Promise<readonly User[]> {
    const { users } = await this.#engine.calls.query('find-people', { text })
    this.#engine.people.learn(users)
    return users
  }

  /** Any other command of the protocol; the promise stays open over reconnects. */
  command<Name extends SocketCommandName>(name: Name, input: CommandInput<Name>): Promise<CommandOutput<Name>> {
    return this.#engine.calls.command(name, input)
  }

  /** Any other query of the protocol. */
  query<Name extends QueryName>(name: Name, input: QueryInput<Name>): Promise<QueryOutput<Name>> {
    return this.#engine.calls.query(name, input)
  }

  async listRooms(input: QueryInput<'list-rooms'>): Promise<QueryOutput<'list-rooms'>> {
    const page = await this.#engine.calls.query('list-rooms', input)
    this.#engine.people.learn(page.rooms.flatMap((room) => room.faces))
    return page
  }

  async listMembers(input: QueryInput<'list-members'>): Promise<QueryOutput<'list-members'>> {
    const page = await this.#engine.calls.query('list-members', input)
    this.#engine.people.learn(page.members.map((member) => member.user))
    return page
  }

  async listReactors(input: QueryInput<'list-reactors'>): Promise<QueryOutput<'list-reactors'>> {
    const page = await this.#engine.calls.query('list-reactors', input)
    this.#engine.people.learn(page.users)
    return page
  }

  getRoom(roomId: RoomId): Promise<QueryOutput<'get-room'>> {
    return this.#engine.calls.query('get-room', { roomId })
  }

  /** From the cache where known. Unknown ids are left out. */
  users(ids: readonly UserId[]): Promise<readonly User[]> {
    return this.#engine.people.find(ids)
  }

  user(id: UserId): User | undefined {
    return this.#engine.people.get(id)
  }

  isKnownUser(id: UserId): boolean {
    return this.#engine.people.get(id) !== undefined
  }

  openLobby(): void {
    this.#engine.places.openLobby()
  }

  /** The same handle for the same id. */
  room(roomId: RoomId): RoomHandle {
    return this.#engine.room(roomId)
  }

  deleteNotSent(id: CommandId): void {
    this.#engine.outbox.deleteNotSent(id)
  }

  retryNotSent(id: CommandId): void {
    this.#engine.outbox.retryNotSent(id)
  }

  /** The name under which this device last saw a room. */
  rememberedRoomName(roomId: RoomId): string | undefined {
    return this.#engine.remembered.name(roomId)
  }

  forgetRoom(roomId: RoomId): void {
    this.#engine.remembered.forget(roomId)
  }
}
