import type { Event, EventType, RoomId } from '@parley/protocol'
import type { EventsPublication, Publication } from '../rules/publication.ts'
import { type Activity, isElsewhere } from './activity.ts'
import { encodeSignals } from './encode-frame.ts'
import type { Greetings } from './greetings.ts'
import type { LobbyFeed } from './lobby-feed.ts'
import type { NamedPeople } from './named-people.ts'
import type { Occupancy } from './occupancy.ts'
import type { People } from './people.ts'
import type { PersonNews } from './person-news.ts'
import type { RoomChannel } from './room-channel.ts'
import type { RoomChannels } from './room-channels.ts'

interface RoomNewsParts {
  readonly people: People
  readonly channels: RoomChannels
  readonly activity: Activity
  readonly greetings: Greetings
  readonly persons: Pick<PersonNews, 'tell'>
  readonly lobby: LobbyFeed
  readonly occupancy: Occupancy
  /** Among other instances: whom frames name. */
  readonly named: NamedPeople | undefined
}

const CHANGES_OF_ROOMS: readonly EventType[] = ['room-renamed', 'topic-changed', 'rules-changed', 'owner-changed']

/** What is published about one room, and who of those connected hears of it. */
export class RoomNews {
  readonly #parts: RoomNewsParts

  constructor(parts: RoomNewsParts) {
    this.#parts = parts
  }

  hear(roomId: RoomId, publication: EventsPublication): void {
    const { people, channels, activity, greetings, lobby, named } = this.#parts
    const counts = changeOfCounts(publication)
    if (counts) greetings.countsChanged(roomId, counts)
    if (counts === 'deleted') activity.deletedIn(roomId)
    const members = people.membersOf(roomId)
    const channel = channels.get(roomId) ?? (members.size > 0 ? channels.of(roomId) : undefined)
    if (channel) {
      if (channel.subscriptions.size > 0) named?.note(publication.users)
      channel.publish(publication)
      for (const event of publication.events) this.#follow(channel, event)
      channel.tail.reach(publication.lastNumber)
      if (publication.room?.kind === 'direct') this.#pair(roomId, publication.events)
      if (counts) activity.ask(roomId)
      channels.dropIfIdle(roomId)
    }
    this.#changed(roomId, publication)
    lobby.hear(publication)
  }

  #follow(channel: RoomChannel, event: Event): void {
    const { people, occupancy, named } = this.#parts
    channel.tail.add(event)
    switch (event.type) {
      case 'message-posted':
        channel.presence.typing.stops(event.actorId)
        return
      case 'message-deleted': {
        const { message } = event
        if (!message) return
        for (const person of people.membersOf(channel.roomId)) {
          const membership = person.rooms.get(channel.roomId)
          if (named) membership?.doubtOne(message)
          else membership?.forgetOne(message, person)
        }
        return
      }
      case 'member-joined': {
        const person = people.get(event.userId)
        if (person?.seq !== undefined) people.join(person, channel.roomId)
        return
      }
      case 'member-left':
      case 'member-removed': {
        channel.presence.typing.stops(event.userId)
        const person = people.get(event.userId)
        if (person) people.part(person, channel.roomId)
        // Whose socket vanished just before keeps no place either.
        if (!person?.viewers.size) occupancy.expel(channel.roomId, event.userId)
        return
      }
    }
  }

  #pair(roomId: RoomId, events: readonly Event[]): void {
    const [one, other] = events.flatMap((event) => (event.type === 'member-joined' ? [event.userId] : []))
    if (one !== undefined && other !== undefined) this.#parts.people.pair(roomId, [one, other])
  }

  #changed(roomId: RoomId, { events, room }: EventsPublication): void {
    if (!room || !events.some(({ type }) => CHANGES_OF_ROOMS.includes(type))) return
    const text = encodeSignals([{ name: 'room', room }])
    this.#parts.greetings.roomChanged(roomId, text)
    for (const { viewers } of this.#parts.people.membersOf(roomId)) {
      for (const viewer of viewers) if (isElsewhere(viewer, roomId)) viewer.send(text)
    }
  }

  closed(publication: Extract<Publication, { kind: 'room-closed' }>): void {
    const { people, channels, persons, occupancy, lobby } = this.#parts
    const { roomId, roomName, closedBy, closedAt, memberIds } = publication
    const channel = channels.get(roomId)
    channel?.write()
    const text = encodeSignals([{ name: 'room-closed', roomId, roomName, closedBy, closedAt }])
    const members = new Set(people.membersOf(roomId))
    for (const id of memberIds) {
      const person = people.get(id)
      if (person) members.add(person)
    }
    for (const person of members) {
      persons.tell(person, text)
      people.part(person, roomId)
    }
    for (const subscription of channel?.subscriptions ?? []) {
      subscription.refuse({ code: 'room-closed', details: { closedAt } })
    }
    occupancy.close(roomId)
    channels.drop(roomId)
    lobby.closed(roomId)
  }

  typing({ roomId, user, isTyping }: Extract<Publication, { kind: 'typing' }>): void {
    const typing = this.#parts.channels.get(roomId)?.presence.typing
    if (isTyping) typing?.starts(user)
    else typing?.stops(user.id)
  }
}

function changeOfCounts({ events }: EventsPublication): 'posted' | 'deleted' | undefined {
  if (events.some(({ type }) => type === 'message-deleted')) return 'deleted'
  return events.some(({ type }) => type === 'message-posted') ? 'posted' : undefined
}
