import { type Epoch, type MyRoom, newId, type QueryOutput, type RoomId, type User, type UserId } from '@parley/protocol'
import { Batch } from './batch.ts'
import { Blocks } from './blocks.ts'
import { Calls } from './calls.ts'
import type { ChatClientOptions } from './chat-client.ts'
import { systemClock } from './clock.ts'
import { Connection, type Welcome } from './connection.ts'
import { Drafts } from './drafts.ts'
import { Incoming } from './incoming.ts'
import { Keeping } from './keeping.ts'
import { LobbyFeed } from './lobby-feed.ts'
import { Membership } from './membership.ts'
import { memoryStorage } from './memory-storage.ts'
import type { Notice } from './notice.ts'
import { Notifier, Variable } from './observable.ts'
import { Outbox } from './outbox.ts'
import { OwnRooms } from './own-rooms.ts'
import { People } from './people.ts'
import { Places } from './places.ts'
import { RememberedRooms } from './remembered-rooms.ts'
import { Requests } from './requests.ts'
import { Room, type RoomSurroundings } from './room.ts'
import { SafeStorage } from './safe-storage.ts'
import { Session } from './session.ts'
import { openWebSocket } from './socket.ts'
import { openBroadcastChannel, TabLeases } from './tab-leases.ts'

/** Wires the parts of the client together, and only here; `ChatClient` is the face over it. */
export class Engine {
  readonly me = new Variable<User | undefined>(undefined)
  readonly isGreeted = new Variable(false)
  readonly notices = new Notifier<Notice>()
  readonly session: Session
  readonly connection: Connection
  readonly calls: Calls
  readonly people: People
  readonly blocks = new Blocks()
  readonly ownRooms: OwnRooms
  readonly lobby: LobbyFeed
  readonly places: Places
  readonly membership: Membership
  readonly outbox: Outbox
  readonly drafts: Drafts
  readonly remembered: RememberedRooms
  readonly keeping: Keeping
  readonly #requests: Requests
  readonly #surroundings: RoomSurroundings
  readonly #rooms = new Map<RoomId, Room>()
  readonly #build: string | undefined
  #serverBuild: string | undefined
  #epoch: Epoch | undefined
  #isSigningOut = false

  constructor(options: ChatClientOptions) {
    const { url, storage = memoryStorage(), clock = systemClock, random = Math.random } = options
    const { openSocket = openWebSocket, openTabChannel = openBroadcastChannel } = options
    const fetch = options.fetch ?? globalThis.fetch.bind(globalThis)
    const me = () => this.#meId()
    const tell = (notice: Notice) => this.notices.emit(notice)
    const isLive = () => this.connection.isLive
    const batch = new Batch()
    this.#build = options.build
    this.session = new Session({ url, token: options.token, clock, fetch })
    this.connection = new Connection(
      {
        url: socketUrl(url),
        build: options.build,
        clock,
        random,
        openSocket,
        headers: () => this.session.headers(),
        isSignedIn: async () => (await this.session.whoAmI()) !== undefined,
      },
      {
        welcomed: (frame) => this.#welcomed(frame),
        received: (frame) => batch.run(() => incoming.received(frame)),
        lostFrames: () => this.ownRooms.refetch(),
        cut: () => this.#cut(),
      },
    )
    const send = this.connection.send.bind(this.connection)
    const requests = new Requests({
      clock,
      send,
      reconnect: () => this.connection.reconnect(),
      late: (id, answer) => outbox.late(id, answer),
    })
    const calls = new Calls({ clock, random, requests })
    const people = new People((ids) => calls.query('get-users', { ids }))
    const { blocks } = this
    const ownRooms = new OwnRooms(() => this.#listMyRooms(), {
      get: (userId) => people.get(userId),
      me: () => this.me.value?.id,
      isBlocked: (userId) => blocks.ids.value.has(userId),
    })
    const lobby = new LobbyFeed({ clock, send, learn: (users) => people.learn(users) })
    const kept = new SafeStorage(storage, (cause) => tell({ kind: 'storage-unavailable', cause }))
    const drafts = new Drafts(kept)
    const remembered = new RememberedRooms(kept)
    const membership = new Membership({ calls, ownRooms, remembered, places: () => places, tell })
    const places = new Places({
      lobby,
      isLive,
      send,
      isMember: (roomId) => ownRooms.get(roomId) !== undefined,
      remembered: () => remembered.ready,
      enter: (roomId) => membership.enterForOpening(roomId),
      passed: (frame) => ownRooms.passed(frame, me()),
    })
    const incoming = new Incoming({ requests, places, ownRooms, membership, people, blocks, lobby, me })
    const tabId = newId<string>(clock.now())
    const outbox = new Outbox({
      tabId,
      clock,
      random,
      storage: kept,
      requests,
      isLive,
      tell,
      acknowledged: (entry, output) => this.#rooms.get(entry.roomId)?.acknowledged(entry, output),
    })
    const leases = new TabLeases({
      tabId,
      clock,
      storage: kept,
      openChannel: openTabChannel,
      adopted: (entries) => outbox.adopt(entries),
      lost: (ids) => outbox.mayBeWritten(ids),
    })
    this.keeping = new Keeping({
      storage: kept,
      leases,
      outbox,
      drafts,
      remembered,
      loaded: () => this.#compareRooms(),
    })
    this.#surroundings = {
      clock,
      batch,
      calls,
      outbox,
      drafts,
      people,
      blocks,
      ownRooms,
      me,
      epoch: () => this.#epoch,
      send,
      open: (room) => places.openRoom(room),
      close: (room) => places.closeRoom(room),
      left: (roomId, isRemoved) => membership.ended(roomId, isRemoved),
    }
    this.#requests = requests
    this.calls = calls
    this.people = people
    this.ownRooms = ownRooms
    this.lobby = lobby
    this.drafts = drafts
    this.remembered = remembered
    this.membership = membership
    this.places = places
    this.outbox = outbox
    this.#follow()
  }

  room(roomId: RoomId): Room {
    const known = this.#rooms.get(roomId)
    if (known) return known
    const room = new Room(roomId, this.#surroundings)
    this.#rooms.set(roomId, room)
    return room
  }

  /** It is known now who is signed in. */
  become(user: User): void {
    this.people.learn([user])
    const isAnother = this.me.value && this.me.value.id !== user.id
    if (isAnother) this.#forgetPerson()
    this.me.set(this.people.get(user.id))
    this.keeping.start(user.id)
  }

  async signOut(): Promise<void> {
    this.#isSigningOut = true
    try {
      await this.session.signOut()
      this.connection.stop()
      this.calls.withdrawAll()
      await this.keeping.purge()
      this.places.openNothing()
      this.#forgetPerson()
      this.isGreeted.set(false)
      this.me.set(undefined)
    } finally {
      this.#isSigningOut = false
    }
  }

  #forgetPerson(): void {
    this.places.forget()
    this.ownRooms.clear()
    this.membership.clear()
    this.blocks.replace([])
  }

  /** What the open room shows is made of these, too. */
  #follow(): void {
    const publish = () => this.places.room?.publish()
    this.outbox.view.subscribe(publish)
    this.people.all.subscribe(() => {
      const me = this.me.value
      if (me) this.me.set(this.people.get(me.id))
      this.ownRooms.renamed()
      publish()
    })
    this.ownRooms.list.subscribe(() => {
      this.remembered.remember(this.ownRooms.list.value)
      this.membership.listed()
      publish()
    })
    this.blocks.ids.subscribe(() => {
      this.places.room?.blocksChanged()
      // What is unread elsewhere is the server's to count.
      if (this.connection.isLive && this.isGreeted.value) this.ownRooms.refetch()
    })
    this.connection.state.subscribe(() => {
      const state = this.connection.state.value
      if (state.phase !== 'ended' || this.#isSigningOut) return
      // A server of another protocol ends the connection too, but the person is still signed in.
      if (state.reason !== 'session-ended' && state.reason !== 'not-signed-in') return
      this.notices.emit({ kind: 'session-ended', reason: state.reason })
    })
  }

  #welcomed(welcome: Welcome): void {
    if (this.#epoch !== undefined && this.#epoch !== welcome.epoch) {
      this.places.forget()
      this.ownRooms.clear()
    }
    this.#epoch = welcome.epoch
    this.become(welcome.user)
    this.people.learn(peersOf(welcome.rooms))
    this.blocks.replace(welcome.blocked)
    this.ownRooms.replace(welcome)
    this.isGreeted.set(true)
    this.#compareBuild(welcome.build)
    this.#requests.live()
    for (const room of this.#rooms.values()) room.greeted()
    this.places.live()
    this.outbox.pump()
    this.#compareRooms()
  }

  #cut(): void {
    this.#requests.cut()
    this.outbox.cut()
    this.places.cut()
  }

  #compareBuild(build: string): void {
    const expected = this.#serverBuild ?? this.#build ?? build
    this.#serverBuild = build
    if (build !== expected) this.notices.emit({ kind: 'server-upgraded', build })
  }

  /** Once both the server's list and the device's memory are known. (SPEC G4) */
  #compareRooms(): void {
    if (!this.connection.isLive || !this.keeping.isLoaded) return
    const missing = this.remembered.ids.filter((roomId) => !this.ownRooms.get(roomId))
    this.remembered.remember(this.ownRooms.list.value)
    if (missing.length > 0) void this.membership.missing(missing)
  }

  async #listMyRooms(): Promise<QueryOutput<'list-my-rooms'>> {
    const answer = await this.calls.query('list-my-rooms', {})
    this.people.learn(peersOf(answer.rooms))
    return answer
  }

  #meId(): UserId {
    const me = this.me.value
    if (!me) throw new Error('Nobody is signed in: call enter() or whoAmI() first.')
    return me.id
  }
}

function peersOf(rooms: readonly MyRoom[]): readonly User[] {
  return rooms.flatMap(({ peer }) => peer ?? [])
}

function socketUrl(url: string): string {
  const at = new URL('/socket', url === '' ? globalThis.location.href : url)
  at.protocol = at.protocol === 'https:' ? 'wss:' : 'ws:'
  return at.href
}
