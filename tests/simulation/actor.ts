import type { ChatClient, RowView } from '@parley/client'
import { type RoomId, roomStream, type User } from '@parley/protocol'
import type { SeededRandom } from '../support/seeded-random.ts'
import type { Arrival, World } from './world.ts'

/** Somebody who does whatever comes to mind: talks, changes, walks, leaves, loses the line. */
export class Actor {
  readonly name: string
  readonly client: ChatClient
  readonly user: User
  readonly #arrival: Arrival
  readonly #random: SeededRandom
  readonly #world: World
  #place: RoomId | 'lobby' | undefined
  #said = 0

  static async arrives(world: World, name: string): Promise<Actor> {
    return new Actor(world, name, await world.arrives(name))
  }

  private constructor(world: World, name: string, arrival: Arrival) {
    this.name = name
    this.client = arrival.client
    this.user = arrival.user
    this.#arrival = arrival
    this.#world = world
    this.#random = world.random.fork()
    this.client.connect()
  }

  /** What the client has open. */
  get place(): RoomId | 'lobby' | undefined {
    return this.#place === 'lobby' || this.#view ? this.#place : undefined
  }

  get isSettled(): boolean {
    const isLive = this.client.connection.value.phase === 'live'
    if (!isLive || this.client.outbox.value.queued > 0) return false
    if (this.#place === 'lobby') return this.client.lobby.value?.isStale === false
    // A room that was left while it was open, by a command on its way, is open no more.
    return this.#view === undefined || this.#view.phase === 'live' || this.#view.phase === 'closed'
  }

  goesTo(place: RoomId | 'lobby'): void {
    this.#place = place
    if (place === 'lobby') this.client.openLobby()
    else this.client.room(place).open()
  }

  losesLine(): void {
    this.#arrival.line.isOff = true
    this.#arrival.wire()?.cut()
  }

  hasLineAgain(): void {
    this.#arrival.line.isOff = false
    this.client.connect()
    this.client.retryNow()
  }

  /** One thing, by chance. */
  acts(roomIds: RoomId[]): void {
    const dice = this.#random.next()
    if (dice < 0.04) this.goesTo(this.#random.chance(0.2) ? 'lobby' : this.#random.pick(roomIds))
    else if (dice < 0.06) this.#leavesOrEnters(roomIds)
    else if (dice < 0.07) this.losesLine()
    else if (dice < 0.08) this.client.disconnect()
    else if (dice < 0.14) this.hasLineAgain()
    else if (dice < 0.155) this.#arrival.wire()?.cut()
    else if (dice < 0.16) this.#arrival.wire()?.goDeaf()
    else if (dice < 0.18) this.#administers(roomIds)
    else if (this.#place === undefined || this.#place === 'lobby') this.goesTo(this.#random.pick(roomIds))
    else if (dice < 0.22) this.client.room(this.#place).setTyping(this.#random.chance(0.7))
    else if (dice < 0.26) this.client.room(this.#place).markRead(this.#view?.lastNumber ?? 0)
    else if (dice < 0.65) this.#says(this.#place)
    else this.#changes(this.#place)
  }

  /** One thing that concerns somebody else, or only those who know each other. */
  mingles(other: Actor): void {
    const dice = this.#random.next()
    const own = this.client.rooms.value.filter(({ room }) => room.kind !== 'public')
    if (dice < 0.25) ignore(this.client.startDirect(other.user.id))
    else if (dice < 0.4) ignore(this.client.blockPerson(other.user.id))
    else if (dice < 0.5) ignore(this.client.unblockPerson(other.user.id))
    else if (dice < 0.55) ignore(this.client.changeName(`${this.name} ${Math.floor(dice * 1e9)}`))
    else if (dice < 0.6) ignore(this.client.createRoom({ name: `Private of ${this.name}`, kind: 'private' }))
    else if (own.length > 0 && dice < 0.8) this.goesTo(this.#random.pick(own).id)
    else if (own.length > 0) this.#says(this.#random.pick(own).id)
  }

  #says(roomId: RoomId): void {
    this.#said += 1
    const { commandId } = this.client.room(roomId).postMessage({ body: `${this.name} says ${this.#said}` })
    const stream = roomStream(roomId)
    this.#world.history.intends({ client: this.name, user: this.user.id, id: commandId, stream })
  }

  #changes(roomId: RoomId): void {
    const rows = this.#view?.rows.filter((row) => !row.isDeleted && row.pendingChange !== 'delete') ?? []
    if (rows.length === 0) {
      this.#says(roomId)
      return
    }
    const row = this.#random.pick(rows)
    const room = this.client.room(roomId)
    if (row.isMine && this.#random.chance(0.5)) {
      const target = row.messageId ?? row.commandId
      if (this.#random.chance(0.7)) room.editMessage(target, `${row.body} edited`)
      else room.deleteMessage(target)
    } else if (row.messageId) this.#reacts(roomId, row)
  }

  #reacts(roomId: RoomId, { messageId }: RowView): void {
    if (!messageId) return
    const emoji = this.#random.pick(['👍', '🎉', '🚀'])
    const room = this.client.room(roomId)
    if (this.#random.chance(0.7)) room.addReaction(messageId, emoji)
    else room.removeReaction(messageId, emoji)
  }

  #leavesOrEnters(roomIds: RoomId[]): void {
    const roomId = this.#random.pick(roomIds)
    const isMember = this.client.rooms.value.some((room) => room.id === roomId)
    if (isMember) {
      if (this.#place === roomId) this.goesTo('lobby')
      ignore(this.client.leaveRoom(roomId))
    } else ignore(this.client.enterRoom(roomId))
  }

  #administers(roomIds: RoomId[]): void {
    const mine = this.client.rooms.value.filter((one) => one.room.ownerId === this.user.id)
    const dice = this.#random.next()
    if (mine.length === 0 || dice < 0.15) {
      const made = this.client.createRoom({ name: `${this.name}'s ${this.#world.clock.now()}` })
      ignore(made.then(({ roomId }) => void roomIds.push(roomId)))
      return
    }
    const { id } = this.#random.pick(mine)
    if (dice < 0.55) ignore(this.client.renameRoom(id, `Room ${Math.floor(dice * 1e9)}`))
    else if (dice < 0.95) ignore(this.client.changeTopic(id, `Topic ${Math.floor(dice * 1e9)}`))
    else if (roomIds.length > 2) ignore(this.client.closeRoom(id))
  }

  /** Does something to somebody, in a room of one's own. */
  moderates({ user }: Actor): void {
    const mine = this.client.rooms.value.filter((one) => one.room.ownerId === this.user.id)
    if (mine.length === 0 || user.id === this.user.id) return
    const { id } = this.#random.pick(mine)
    const dice = this.#random.next()
    if (dice < 0.5) ignore(this.client.removeMember(id, user.id))
    else if (dice < 0.7) ignore(this.client.addMember(id, user.id))
    else if (dice < 0.8) ignore(this.client.setMemberRole(id, user.id, dice < 0.75 ? 'moderator' : 'member'))
    else if (dice < 0.9) ignore(this.client.muteMember(id, user.id, this.#world.clock.now() + 2_000))
    else ignore(this.client.banMember(id, user.id, this.#world.clock.now() + 2_000))
  }

  /** In a room of one's own, for a while: nobody else posts, everybody waits between two posts, or one of them is muted. */
  restrains({ user }: Actor): void {
    const mine = this.client.rooms.value.filter((one) => one.room.ownerId === this.user.id)
    if (mine.length === 0) return
    const { id } = this.#random.pick(mine)
    const dice = this.#random.next()
    const free = { roomId: id, isReadOnly: false, slowSeconds: 0 }
    if (dice < 0.3) ignore(this.client.setRoomRules(free))
    else if (dice < 0.5) ignore(this.client.setRoomRules({ ...free, isReadOnly: true }))
    else if (dice < 0.8) ignore(this.client.setRoomRules({ ...free, slowSeconds: this.#random.between(1, 3) }))
    else if (user.id !== this.user.id) ignore(this.client.muteMember(id, user.id, this.#world.clock.now() + 2_000))
  }

  get #view() {
    return this.#place === undefined || this.#place === 'lobby' ? undefined : this.client.room(this.#place).view.value
  }
}

/** Refused, or withdrawn by a disconnection: both are part of life here. */
function ignore(promise: Promise<unknown>): void {
  promise.catch(() => undefined)
}
