import {
  type CommandId,
  type LobbyRoom,
  type Message,
  type MessageId,
  type MessagePage,
  type MyRoom,
  newId,
  type Occupants,
  type RefusalCode,
  type Room,
  type RoomEvent,
  type RoomId,
  type RoomRole,
  type RoomSnapshot,
  type Seq,
  type User,
  type UserEvent,
  type UserId,
} from '@parley/protocol'

export class Refused extends Error {
  readonly code: RefusalCode
  readonly retryAfterMs: number | undefined
  readonly details: { closedAt?: number } | undefined

  constructor(code: RefusalCode, more: { retryAfterMs?: number; details?: { closedAt?: number } } = {}) {
    super(code)
    this.code = code
    this.retryAfterMs = more.retryAfterMs
    this.details = more.details
  }
}

interface RoomWorld {
  room: Room
  readonly log: RoomEvent[]
  readonly messages: Message[]
  readonly members: Set<UserId>
  readonly moderators: Set<UserId>
  readonly reactions: Map<MessageId, { emoji: string; userId: UserId }[]>
  readonly markers: Map<UserId, number>
}

interface Person {
  readonly user: User
  readonly log: UserEvent[]
  lastRoomId: RoomId | undefined
}

type RoomNews = { readonly kind: 'room'; readonly roomId: RoomId; readonly events: readonly RoomEvent[] }
type News =
  | RoomNews
  | { readonly kind: 'person'; readonly userId: UserId; readonly events: readonly UserEvent[] }
  | {
      readonly kind: 'closed'
      readonly room: Room
      readonly members: readonly UserId[]
      readonly by: User
      readonly at: number
    }

/** What a command or query carries, as far as these tests use it. */
interface Input {
  readonly roomId: RoomId
  readonly userId: UserId
  readonly role: 'moderator' | 'member'
  readonly isReadOnly: boolean
  readonly messageId: MessageId
  readonly name: string
  readonly topic: string
  readonly body: string
  readonly emoji: string
  readonly number: number
  readonly before?: number
  readonly after?: number
  readonly around?: number
  readonly limit?: number
  readonly ids: readonly UserId[]
}

/** A small model of what the server keeps: rooms as logs, people, receipts. Deliberately plain. */
export class World {
  epoch = 'first'
  readonly rooms = new Map<RoomId, RoomWorld>()
  readonly people = new Map<UserId, Person>()
  readonly closed = new Map<RoomId, number>()
  /** Whom somebody blocks. */
  readonly blocked = new Map<UserId, readonly UserId[]>()
  readonly receipts = new Map<string, unknown>()
  readonly listeners = new Set<(news: News) => void>()
  readonly now: () => number

  constructor(now: () => number) {
    this.now = now
  }

  person(name: string): User {
    const id = newId<UserId>()
    const user: User = { id, handle: name.toLowerCase(), displayName: name, kind: 'guest', version: 1 }
    this.people.set(id, { user, log: [], lastRoomId: undefined })
    return user
  }

  personOf(id: UserId): Person {
    const person = this.people.get(id)
    if (!person) throw new Error(`nobody is ${id}`)
    return person
  }

  roomOf(roomId: RoomId): RoomWorld {
    const found = this.rooms.get(roomId)
    if (found) return found
    const closedAt = this.closed.get(roomId)
    throw closedAt === undefined ? new Refused('room-not-found') : new Refused('room-closed', { details: { closedAt } })
  }

  memberOf(roomId: RoomId, userId: UserId): RoomWorld {
    const found = this.roomOf(roomId)
    if (!found.members.has(userId)) throw new Refused('not-a-member')
    return found
  }

  /** The known answer again for a known id. */
  perform(actor: UserId, id: CommandId, name: string, given: unknown): unknown {
    const key = `${actor} ${id}`
    if (this.receipts.has(key)) return this.receipts.get(key)
    const output = this.#perform(actor, id, name, given as Input)
    this.receipts.set(key, output)
    return output
  }

  createRoom(actor: UserId, name: string): RoomId {
    return (this.perform(actor, newId<CommandId>(), 'create-room', { name }) as { roomId: RoomId }).roomId
  }

  post(actor: UserId, roomId: RoomId, body: string): { messageId: MessageId; number: number; seq: Seq } {
    return this.perform(actor, newId<CommandId>(), 'post-message', { roomId, body }) as never
  }

  do(actor: UserId, name: string, input: Partial<Input>): unknown {
    return this.perform(actor, newId<CommandId>(), name, input)
  }

  /** As the real server does: messages of one batch are told in one frame. */
  remove(roomId: RoomId, userId: UserId): void {
    const found = this.roomOf(roomId)
    found.members.delete(userId)
    found.moderators.delete(userId)
    this.#append(roomId, found.room.ownerId, { type: 'member-removed', userId })
  }

  /** By somebody else's doing. */
  add(actor: UserId, roomId: RoomId, userId: UserId): void {
    const found = this.roomOf(roomId)
    found.members.add(userId)
    this.#append(roomId, actor, { type: 'member-joined', userId })
    this.#tellPerson(userId, { type: 'room-entered', roomId, actorId: actor })
  }

  query(actor: UserId, name: string, given: unknown): unknown {
    const input = given as Input
    switch (name) {
      case 'list-my-rooms':
        return { ...this.myRooms(actor), seq: this.personOf(actor).log.length }
      case 'list-messages':
        return this.page(this.memberOf(input.roomId, actor), actor, input)
      case 'get-room': {
        const found = this.roomOf(input.roomId)
        return { room: found.room, isMember: found.members.has(actor), memberCount: found.members.size }
      }
      case 'get-users':
        return { users: input.ids.flatMap((id) => this.people.get(id)?.user ?? []) }
      default:
        throw new Refused('unknown-name')
    }
  }

  myRooms(userId: UserId): { rooms: MyRoom[]; lastRoomId?: RoomId } {
    const own = [...this.rooms.values()].filter((found) => found.members.has(userId))
    const rooms = own.map((found) => {
      const marker = found.markers.get(userId) ?? 0
      const blocked = this.blocked.get(userId) ?? []
      const heard = found.messages.filter((message) => !blocked.includes(message.authorId))
      const unread = heard.filter((message) => isUnread(message, marker, userId)).length
      const counts = { marker, lastNumber: found.messages.length, unread: Math.min(100, unread), mentions: 0 }
      return { room: found.room, role: roleIn(found, userId), ...counts }
    })
    const { lastRoomId } = this.personOf(userId)
    return { rooms, ...(lastRoomId === undefined ? {} : { lastRoomId }) }
  }

  snapshot(roomId: RoomId, userId: UserId, occupants: Occupants): { snapshot: RoomSnapshot; seq: Seq } {
    const found = this.memberOf(roomId, userId)
    const marker = found.markers.get(userId) ?? 0
    const page = this.page(found, userId, { limit: 20 })
    const snapshot = {
      room: found.room,
      role: roleIn(found, userId),
      marker,
      page,
      memberCount: found.members.size,
      occupants,
    }
    return { snapshot, seq: found.log.length }
  }

  /** Catch-up: present state, carried by the last event about each message only. */
  eventsAfter(roomId: RoomId, cursor: Seq): RoomEvent[] {
    const found = this.roomOf(roomId)
    const events = found.log.slice(cursor)
    const lastAbout = new Map(events.flatMap((event) => ('messageId' in event ? [[event.messageId, event.seq]] : [])))
    const present = new Map(found.messages.map((message) => [message.id, message]))
    return events.map((event) => {
      if (!('messageId' in event)) return 'room' in event ? { ...event, room: found.room } : event
      const { message: _, ...bare } = event
      const message = lastAbout.get(event.messageId) === event.seq ? present.get(event.messageId) : undefined
      return message ? { ...bare, message } : bare
    })
  }

  lobby(): { rooms: LobbyRoom[]; totals: { active: number; existing: number } } {
    const rooms = [...this.rooms.values()].map(({ room }) => ({
      id: room.id,
      name: room.name,
      topic: room.topic,
      createdAt: room.createdAt,
      lastActivityAt: room.createdAt,
      occupants: 0,
      faces: [],
    }))
    return { rooms, totals: { active: 0, existing: rooms.length } }
  }

  page(found: RoomWorld, userId: UserId, input: Partial<Input>): MessagePage {
    const { messages, log, reactions } = found
    const limit = input.limit ?? 50
    const first = firstOf(messages.length, limit, input)
    const last = input.before === undefined ? first + limit - 1 : input.before - 1
    const shown = messages.slice(Math.max(0, first - 1), Math.max(0, last))
    const mine: Record<string, string[]> = {}
    for (const { id } of shown) {
      const own = (reactions.get(id) ?? []).filter((reaction) => reaction.userId === userId).map(({ emoji }) => emoji)
      if (own.length > 0) mine[id] = own
    }
    const users = [...new Set(shown.map((message) => message.authorId))].map((id) => this.personOf(id).user)
    return { messages: shown, lastNumber: messages.length, mine, users, seq: log.length } as MessagePage
  }

  #perform(actor: UserId, commandId: CommandId, name: string, input: Input): unknown {
    switch (name) {
      case 'create-room': {
        const id = newId<RoomId>()
        const room: Room = {
          id,
          kind: 'public',
          name: input.name,
          topic: input.topic ?? '',
          ownerId: actor,
          createdAt: this.now(),
          version: 1,
        }
        this.rooms.set(id, {
          room,
          log: [],
          messages: [],
          members: new Set(),
          moderators: new Set(),
          reactions: new Map(),
          markers: new Map(),
        })
        this.#append(id, actor, { type: 'room-created', room })
        return this.#join(id, actor)
      }
      case 'enter-room':
        return this.#join(input.roomId, actor)
      case 'leave-room': {
        const found = this.roomOf(input.roomId)
        if (found.members.delete(actor)) {
          found.moderators.delete(actor)
          this.#append(input.roomId, actor, { type: 'member-left', userId: actor })
          this.#tellPerson(actor, { type: 'room-left', roomId: input.roomId })
        }
        return {}
      }
      case 'rename-room':
      case 'change-topic': {
        const found = this.memberOf(input.roomId, actor)
        const change = name === 'rename-room' ? { name: input.name } : { topic: input.topic }
        found.room = { ...found.room, ...change, version: found.log.length + 1 }
        const type = name === 'rename-room' ? 'room-renamed' : 'topic-changed'
        return { seq: this.#append(input.roomId, actor, { type, room: found.room }) }
      }
      case 'set-room-rules': {
        const found = this.memberOf(input.roomId, actor)
        found.room = { ...found.room, isReadOnly: input.isReadOnly, version: found.log.length + 1 }
        return { seq: this.#append(input.roomId, actor, { type: 'rules-changed', room: found.room }) }
      }
      case 'set-member-role': {
        const found = this.memberOf(input.roomId, input.userId)
        if (found.room.ownerId !== actor || actor === input.userId) throw new Refused('not-allowed')
        const { userId, role } = input
        if (role === 'moderator') found.moderators.add(userId)
        else found.moderators.delete(userId)
        return { seq: this.#append(input.roomId, actor, { type: 'role-changed', userId, role }) }
      }
      case 'hand-over-room': {
        const found = this.memberOf(input.roomId, input.userId)
        if (found.room.ownerId !== actor || actor === input.userId) throw new Refused('not-allowed')
        found.room = { ...found.room, ownerId: input.userId, version: found.log.length + 1 }
        found.moderators.delete(input.userId)
        if (found.members.has(actor)) found.moderators.add(actor)
        return { seq: this.#append(input.roomId, actor, { type: 'owner-changed', room: found.room }) }
      }
      case 'unblock-person': {
        this.blocked.delete(actor)
        return {}
      }
      case 'close-room': {
        const { room, members } = this.roomOf(input.roomId)
        this.rooms.delete(input.roomId)
        this.closed.set(input.roomId, this.now())
        const by = this.personOf(actor).user
        this.#tell({ kind: 'closed', room, members: [...members], by, at: this.now() })
        return {}
      }
      case 'post-message': {
        const found = this.memberOf(input.roomId, actor)
        if (input.body.trim() === '') throw new Refused('message-empty')
        const id = newId<MessageId>()
        const number = found.messages.length + 1
        const message: Message = {
          id,
          roomId: input.roomId,
          number,
          version: found.log.length + 1,
          authorId: actor,
          commandId,
          postedAt: this.now(),
          body: input.body,
          reactions: [],
        }
        found.messages.push(message)
        const seq = this.#append(input.roomId, actor, { type: 'message-posted', messageId: id, message })
        return { messageId: id, number, seq }
      }
      case 'edit-message':
        return this.#change(actor, input, 'message-edited', (message) => ({
          ...message,
          body: input.body,
          editedAt: this.now(),
        }))
      case 'delete-message':
        return this.#change(actor, input, 'message-deleted', (message) => {
          this.roomOf(input.roomId).reactions.delete(message.id)
          return { ...message, body: '', deletedAt: this.now(), reactions: [] }
        })
      case 'add-reaction':
      case 'remove-reaction':
        return this.#react(actor, input, name === 'add-reaction')
      case 'mark-read': {
        const found = this.memberOf(input.roomId, actor)
        const number = Math.max(found.markers.get(actor) ?? 0, input.number)
        found.markers.set(actor, number)
        return { number, unread: found.messages.filter((message) => isUnread(message, number, actor)).length }
      }
      default:
        throw new Refused('unknown-name')
    }
  }

  #join(roomId: RoomId, actor: UserId): { roomId: RoomId; seq: Seq } {
    const found = this.roomOf(roomId)
    this.personOf(actor).lastRoomId = roomId
    if (!found.members.has(actor)) {
      found.members.add(actor)
      found.markers.set(actor, found.messages.length)
      this.#append(roomId, actor, { type: 'member-joined', userId: actor })
      this.#tellPerson(actor, { type: 'room-entered', roomId })
    }
    return { roomId, seq: found.log.length }
  }

  #react(actor: UserId, input: Input, isAdded: boolean): unknown {
    const { reactions } = this.memberOf(input.roomId, actor)
    const all = reactions.get(input.messageId) ?? []
    const others = all.filter(({ emoji, userId }) => emoji !== input.emoji || userId !== actor)
    const next = isAdded ? [...others, { emoji: input.emoji, userId: actor }] : others
    if (next.length === all.length) return { seq: this.roomOf(input.roomId).log.length }
    reactions.set(input.messageId, next)
    const counted = [...new Set(next.map(({ emoji }) => emoji))].map((emoji) => {
      const people = next.filter((reaction) => reaction.emoji === emoji).map(({ userId }) => userId)
      return { emoji, count: people.length, people: people.slice(0, 3) }
    })
    const type = isAdded ? 'reaction-added' : 'reaction-removed'
    return this.#change(actor, input, type, (message) => ({ ...message, reactions: counted }), { emoji: input.emoji })
  }

  #change(
    actor: UserId,
    { roomId, messageId }: Input,
    type: 'message-edited' | 'message-deleted' | 'reaction-added' | 'reaction-removed',
    change: (message: Message) => Message,
    more: { emoji?: string } = {},
  ): { seq: Seq } {
    const found = this.memberOf(roomId, actor)
    const index = found.messages.findIndex((message) => message.id === messageId)
    const known = found.messages[index]
    if (!known || known.deletedAt !== undefined) throw new Refused('message-not-found')
    const message = { ...change(known), version: found.log.length + 1 }
    found.messages[index] = message
    return { seq: this.#append(roomId, actor, { type, messageId, message, ...more }) }
  }

  #append(roomId: RoomId, actorId: UserId, content: object): Seq {
    const { log } = this.roomOf(roomId)
    const event = { seq: log.length + 1, at: this.now(), actorId, ...content } as RoomEvent
    log.push(event)
    this.#tell({ kind: 'room', roomId, events: [event] })
    return event.seq
  }

  #tellPerson(userId: UserId, content: object): void {
    const { log } = this.personOf(userId)
    const event = { seq: log.length + 1, at: this.now(), actorId: userId, ...content } as UserEvent
    log.push(event)
    this.#tell({ kind: 'person', userId, events: [event] })
  }

  #tell(news: News): void {
    for (const listener of [...this.listeners]) listener(news)
  }
}

function roleIn({ room, moderators }: RoomWorld, userId: UserId): RoomRole {
  if (room.ownerId === userId) return 'owner'
  return moderators.has(userId) ? 'moderator' : 'guest'
}

function firstOf(last: number, limit: number, { before, after, around }: Partial<Input>): number {
  if (before !== undefined) return Math.max(1, before - limit)
  if (after !== undefined) return after + 1
  if (around !== undefined) return Math.max(1, around - Math.floor(limit / 2))
  return Math.max(1, last - limit + 1)
}

function isUnread(message: Message, marker: number, userId: UserId): boolean {
  return message.number > marker && message.authorId !== userId && message.deletedAt === undefined
}
