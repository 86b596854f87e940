import {
  type EventsFrame,
  type RoomId,
  roomOfStream,
  type ServerFrame,
  type Signal,
  type UserEvent,
  type UserId,
  unpackEvent,
  userStream,
} from '@parley/protocol'
import type { Blocks } from './blocks.ts'
import type { LobbyFeed } from './lobby-feed.ts'
import type { Membership } from './membership.ts'
import type { OwnRooms } from './own-rooms.ts'
import type { People } from './people.ts'
import type { Places } from './places.ts'
import type { Requests } from './requests.ts'
import { unreachable } from './unreachable.ts'

export interface Receivers {
  readonly requests: Requests
  readonly places: Places
  readonly ownRooms: OwnRooms
  readonly membership: Membership
  readonly people: People
  readonly blocks: Blocks
  readonly lobby: LobbyFeed
  me(): UserId
}

/** Hands every frame of the server to the part that it concerns. */
export class Incoming {
  readonly #to: Receivers

  constructor(receivers: Receivers) {
    this.#to = receivers
  }

  received(frame: ServerFrame): void {
    const { requests, places, ownRooms, me } = this.#to
    switch (frame.type) {
      case 'reply':
      case 'refusal':
        requests.answered(frame)
        break
      case 'events':
        // as: the stream is my own
        if (frame.stream === userStream(me())) this.#ownEvents(frame.events as readonly UserEvent[])
        else places.received(unpacked(frame))
        break
      case 'reset':
      case 'opened':
      case 'closed':
        places.received(frame)
        break
      case 'signals':
        for (const signal of frame.signals) this.#heard(signal)
        break
      case 'heartbeat':
        ownRooms.compareHead(frame.heads[userStream(me())] ?? 0)
        places.heartbeat(frame)
        break
      case 'welcome':
      case 'goodbye':
        // The connection has seen to it.
        break
      default:
        unreachable(frame)
    }
  }

  #ownEvents(events: readonly UserEvent[]): void {
    const { ownRooms, membership, me } = this.#to
    const isBack = (roomId: RoomId, after: number) =>
      events.some((event) => event.type === 'room-entered' && event.roomId === roomId && event.seq > after)
    for (const event of ownRooms.fresh(events)) {
      const isOut = event.type === 'room-left' && ownRooms.get(event.roomId) && !isBack(event.roomId, event.seq)
      if (isOut) membership.ended(event.roomId, event.actorId !== me())
      if (event.type === 'room-entered' && event.actorId !== me()) membership.added(event.roomId, event.actorId)
    }
    ownRooms.apply(events)
  }

  #heard(signal: Signal): void {
    const { places, people, blocks, lobby, ownRooms, membership } = this.#to
    switch (signal.name) {
      case 'typing':
      case 'occupants':
        if (places.room?.id === signal.roomId) places.room.heard(signal)
        break
      case 'profile':
        people.learn([signal.user])
        break
      case 'lobby':
        lobby.heard(signal)
        break
      case 'activity':
        // Of the room that is followed, the log knows better.
        if (places.followed !== signal.roomId) ownRooms.activity(signal)
        break
      case 'marker':
        ownRooms.marker(signal)
        if (places.room?.id === signal.roomId) places.room.marked()
        break
      case 'room':
        ownRooms.room(signal.room)
        break
      case 'standing':
        ownRooms.standing(signal)
        break
      case 'blocks':
        blocks.replace(signal.blocked)
        break
      case 'room-closed':
        membership.roomClosed(signal)
        break
      default:
        unreachable(signal)
    }
  }
}

function unpacked(frame: EventsFrame): EventsFrame {
  const roomId = roomOfStream(frame.stream)
  return roomId === undefined ? frame : { ...frame, events: frame.events.map((event) => unpackEvent(event, roomId)) }
}
