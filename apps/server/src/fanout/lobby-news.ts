import { type RoomId, roomOfStream } from '@parley/protocol'
import type { Clock } from '../clock.ts'
import type { EventsPublication, Publication } from '../rules/publication.ts'

/** Talking moves a room's "last activity" all the time; other instances need to know it this often. */
const TALK_GAP_MS = 10_000
const MOST_REMEMBERED = 10_000

type Listed = Extract<Publication, { kind: 'listed' }>

/** What the lobbies of other instances must know of what was committed here, where they do not follow the room. */
export class LobbyNews {
  readonly #clock: Clock
  readonly #toldAt = new Map<RoomId, number>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  of({ stream, events, room, isUnlisted }: EventsPublication): Listed | undefined {
    const roomId = roomOfStream(stream)
    const last = events.at(-1)
    if (roomId === undefined || isUnlisted || last === undefined) return undefined
    if (room) return { kind: 'listed', roomId, at: last.at, room, isNew: events[0]?.type === 'room-created' }
    const talk = events.findLast(({ type }) => type === 'message-posted')
    if (!talk || !this.#mayTell(roomId)) return undefined
    return { kind: 'listed', roomId, at: talk.at }
  }

  #mayTell(roomId: RoomId): boolean {
    const now = this.#clock.now()
    const since = now - (this.#toldAt.get(roomId) ?? Number.NEGATIVE_INFINITY)
    if (since >= 0 && since < TALK_GAP_MS) return false
    this.#toldAt.delete(roomId) // So that it stands last, and the oldest is forgotten first.
    this.#toldAt.set(roomId, now)
    const [oldest] = this.#toldAt.keys()
    if (this.#toldAt.size > MOST_REMEMBERED && oldest !== undefined) this.#toldAt.delete(oldest)
    return true
  }
}
