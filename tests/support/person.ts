import { ChatClient, openWebSocket, type RefusalError, type RoomView, type RowView } from '@parley/client'
import { type CommandId, type MessageId, newId, type RoomId, roomStream, type User } from '@parley/protocol'
import type { History } from '../../apps/cli/src/check/history.ts'
import { until } from './until.ts'

/** A message that the server has acknowledged. */
export interface PostedMessage {
  readonly commandId: CommandId
  readonly messageId: MessageId
  readonly number: number
}

export interface PersonOptions {
  readonly url: string
  readonly name: string
  readonly history?: History
  /** Which device, where a person has several. */
  readonly device?: string
}

/** Somebody at a client of ours: what they do, and what they wait to see. */
export class Person {
  readonly client: ChatClient
  readonly user: User
  readonly token: string
  readonly label: string
  readonly #options: PersonOptions
  #roomId: RoomId | undefined

  /** Types a name, is let in and connects. */
  static async arrives(options: PersonOptions): Promise<Person> {
    const { user, token } = await enterAsGuest(options.url, options.name)
    return Person.#connected(options, user, token)
  }

  private constructor(options: PersonOptions, user: User, token: string) {
    this.#options = options
    this.user = user
    this.token = token
    this.label = options.device === undefined ? options.name : `${options.name} (${options.device})`
    const who = { client: this.label, user: user.id }
    const openSocket = options.history?.watching(who, openWebSocket) ?? openWebSocket
    this.client = new ChatClient({ url: options.url, token, openSocket })
  }

  static async #connected(options: PersonOptions, user: User, token: string): Promise<Person> {
    const person = new Person(options, user, token)
    await person.client.whoAmI()
    await person.comesBack()
    return person
  }

  /** The same person at another client; through another address too, such as a proxy's. */
  onAnotherDevice(device: string, url: string = this.#options.url): Promise<Person> {
    return Person.#connected({ ...this.#options, url, device }, this.user, this.token)
  }

  /** The room that this person looks at. */
  get roomId(): RoomId {
    if (!this.#roomId) throw new Error(`${this.label} is in no room.`)
    return this.#roomId
  }

  get view(): RoomView | undefined {
    return this.client.room(this.roomId).view.value
  }

  // Where they are.

  async createsRoom(name: string, topic?: string): Promise<RoomId> {
    const { roomId } = await this.client.createRoom(topic === undefined ? { name } : { name, topic })
    await this.opensRoom(roomId)
    return roomId
  }

  /** Enters the room if need be, and waits until it is shown and followed. */
  async opensRoom(roomId: RoomId): Promise<void> {
    this.#roomId = roomId
    this.client.room(roomId).open()
    await this.waitsFor('the room is live', () => this.view?.phase === 'live')
  }

  /** Stays a member. */
  async goesToLobby(): Promise<void> {
    this.client.openLobby()
    await this.waitsFor('the lobby', () => this.client.lobby.value?.isStale === false)
  }

  leavesRoom(): Promise<void> {
    return this.client.leaveRoom(this.roomId)
  }

  closesRoom(): Promise<void> {
    return this.client.closeRoom(this.roomId)
  }

  goesOffline(): void {
    this.client.disconnect()
  }

  async comesBack(): Promise<void> {
    this.client.connect()
    await this.waitsFor('being connected', () => this.client.connection.value.phase === 'live')
  }

  // What they do.

  /** Sends and does not wait. */
  writes(body: string): CommandId {
    const { commandId } = this.client.room(this.roomId).postMessage({ body })
    const { history } = this.#options
    history?.intends({ client: this.label, user: this.user.id, id: commandId, stream: roomStream(this.roomId) })
    return commandId
  }

  /** Sends and waits until the server has it. */
  async posts(body: string): Promise<PostedMessage> {
    const commandId = this.writes(body)
    return this.waitsFor(`"${body}" is posted`, () => posted(this.#rows().find((row) => row.commandId === commandId)))
  }

  async edits(message: PostedMessage, body: string): Promise<void> {
    this.client.room(this.roomId).editMessage(message.messageId, body)
    await this.#settles(message, (row) => row.body === body)
  }

  async deletes(message: PostedMessage): Promise<void> {
    this.client.room(this.roomId).deleteMessage(message.messageId)
    await this.#settles(message, (row) => row.isDeleted)
  }

  async reacts(message: PostedMessage, emoji: string): Promise<void> {
    this.client.room(this.roomId).addReaction(message.messageId, emoji)
    await this.#settles(message, (row) => row.reactions.some((one) => one.emoji === emoji && one.isMine))
  }

  async takesBack(message: PostedMessage, emoji: string): Promise<void> {
    this.client.room(this.roomId).removeReaction(message.messageId, emoji)
    await this.#settles(message, (row) => !row.reactions.some((one) => one.emoji === emoji && one.isMine))
  }

  // What they see.

  /** Texts of the rows as they are shown now. */
  get texts(): string[] {
    return this.#rows().map((row) => (row.isDeleted ? '(deleted)' : row.body))
  }

  /** Waits until the timeline ends with these texts, all of them posted; a deleted message reads "(deleted)". */
  async sees(texts: readonly string[]): Promise<void> {
    const wanted = JSON.stringify(texts)
    await this.waitsFor(`seeing ${wanted}`, () => {
      const rows = this.#rows()
      const isSettled = rows.every((row) => row.status === 'posted' && row.pendingChange === undefined)
      return isSettled && JSON.stringify(this.texts.slice(texts.length === 0 ? 0 : -texts.length)) === wanted
    })
  }

  /** Waits until the room cannot be followed any more, and tells why. */
  seesRoomEnd(): Promise<Extract<RoomView, { phase: 'closed' }>> {
    return this.waitsFor('the end of the room', () => (this.view?.phase === 'closed' ? this.view : undefined))
  }

  /** Waits for anything that the client shows. */
  waitsFor<T>(what: string, look: () => T | undefined | false, within?: number): Promise<T> {
    const { connection, rooms, lobby, outbox } = this.client
    const room = this.#roomId ? [this.client.room(this.#roomId).view] : []
    return until([connection, rooms, lobby, outbox, ...room], look, {
      what: `${this.label}: ${what}`,
      ...(within === undefined ? {} : { within }),
      seen: () => ({
        connection: this.client.connection.value.phase,
        room: this.#roomId && this.view?.phase,
        texts: this.#roomId && this.texts.slice(-10),
      }),
    })
  }

  #rows(): readonly RowView[] {
    return this.view?.rows ?? []
  }

  #settles(message: PostedMessage, holds: (row: RowView) => boolean): Promise<unknown> {
    return this.waitsFor(`a change of message ${message.number}`, () => {
      const row = this.#rows().find((one) => one.messageId === message.messageId)
      return row !== undefined && row.pendingChange === undefined && this.client.outbox.value.queued === 0 && holds(row)
    })
  }
}

function posted(row: RowView | undefined): PostedMessage | undefined {
  if (row?.messageId === undefined || row.number === undefined) return undefined
  return { commandId: row.commandId, messageId: row.messageId, number: row.number }
}

/** Signs a guest in as a program does: without an `Origin`, so that the answer holds a token. */
export async function enterAsGuest(url: string, name: string): Promise<{ user: User; token: string }> {
  const response = await fetch(`${url}/api/commands/enter`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': newId() },
    body: JSON.stringify({ name, secret: crypto.randomUUID() }),
  })
  const body: unknown = await response.json()
  if (!response.ok) throw new Error(`${name} was not let in: ${JSON.stringify(body)}`)
  return body as { user: User; token: string } // as: the output of `enter`
}

/** What a promise of the client was refused with. */
export async function refusalOf(promise: Promise<unknown>): Promise<RefusalError['code'] | undefined> {
  const { RefusalError } = await import('@parley/client')
  return promise.then(
    () => undefined,
    (error: unknown) => {
      if (error instanceof RefusalError) return error.code
      throw error
    },
  )
}
