import { type Place, type RoomId, roomOfStream, roomStream, type Seq, type UserId } from '@parley/protocol'
import type { Clock } from '../clock.ts'
import type { Fanout } from '../fanout/fanout.ts'
import type { Metrics } from '../metrics.ts'
import type { Publication } from '../rules/publication.ts'
import type { State, Welcome } from '../state.ts'
import { Activity } from './activity.ts'
import { AmongOthers } from './among-others.ts'
import { Greetings } from './greetings.ts'
import { LobbyFeed } from './lobby-feed.ts'
import type { Occupancy } from './occupancy.ts'
import { OwnStreams } from './own-streams.ts'
import { People } from './people.ts'
import { PersonNews } from './person-news.ts'
import { RoomChannels } from './room-channels.ts'
import { RoomNews } from './room-news.ts'
import { Subscription } from './subscription.ts'
import type { Viewer } from './viewer.ts'
import type { WriteTurn } from './write-turn.ts'

export interface HubParts {
  readonly state: State
  readonly fanout: Fanout
  readonly occupancy: Occupancy
  readonly clock: Clock
  readonly turn: WriteTurn
  readonly metrics: Metrics
  fault(error: unknown): void
}

/** Where everything that is published meets everybody who is connected to this instance. */
export class Hub {
  readonly lobby: LobbyFeed
  readonly #parts: HubParts
  readonly #others: AmongOthers | undefined
  readonly #state: Pick<State, 'catchUp' | 'roomSnapshot' | 'welcome' | 'unread'>
  readonly #people: People
  readonly #channels: RoomChannels
  readonly #activity: Activity
  readonly #greetings = new Greetings()
  readonly #persons: PersonNews
  readonly #own: OwnStreams
  readonly #rooms: RoomNews
  readonly #unsubscribe: () => void

  constructor(parts: HubParts) {
    this.#parts = parts
    const { clock, occupancy, fanout, turn, metrics, fault } = parts
    const { peers } = fanout
    this.#others = peers && new AmongOthers({ ...parts, peers, route: (publication) => this.#route(publication) })
    const { sequencer, named } = this.#others ?? {}
    const state = named?.noting(parts.state) ?? parts.state
    const people = new People(sequencer)
    const greetings = this.#greetings
    const channels = new RoomChannels({ clock, turn, occupancy, people, activity: () => this.#activity })
    const tailOf = (roomId: RoomId) => channels.get(roomId)?.tail
    const activity = new Activity({ people, clock, state, fault, tailOf })
    const lobby = new LobbyFeed({ clock, state: parts.state, occupancy, fault })
    const persons = new PersonNews({ people, activity, state, occupancy, greetings, channels })
    const { truth } = parts.state
    this.#own = new OwnStreams({ people, greetings, channels, activity, state, truth, sequencer, metrics, fault })
    this.#rooms = new RoomNews({ people, channels, activity, greetings, persons, lobby, occupancy, named })
    this.#state = state
    this.#people = people
    this.#channels = channels
    this.#activity = activity
    this.#persons = persons
    this.lobby = lobby
    occupancy.onChange((roomId) => channels.get(roomId)?.presence.occupantsChanged())
    const others = this.#others
    this.#unsubscribe = fanout.subscribe((publication) =>
      others ? others.take(publication) : this.#route(publication),
    )
    others?.begin({ people, lobby, makeRight: (person) => persons.makeRight(person) })
  }

  /** Registers the connection, then reads what to greet it with. */
  welcome(viewer: Viewer): Promise<Welcome> {
    return this.#own.welcome(viewer)
  }

  /** The connection has sent its greeting: what happened since follows. */
  welcomed(viewer: Viewer, welcome: Welcome): void {
    this.#own.welcomed(viewer, welcome)
  }

  depart(viewer: Viewer, how: 'left' | 'vanished'): void {
    this.#look(viewer, how)
    this.#greetings.end(viewer)
    const rooms = [...(this.#people.get(viewer.actor.user.id)?.rooms.keys() ?? [])]
    this.#people.depart(viewer)
    for (const roomId of rooms) this.#channels.dropIfIdle(roomId)
  }

  /** The connection looks at a place from now on. */
  open(viewer: Viewer, place: Place, cursor: Seq | undefined): void {
    this.close(viewer)
    if (place.kind === 'lobby') {
      const opened = { kind: 'lobby' } as const
      viewer.opened = opened
      this.lobby.open(viewer, () => viewer.opened === opened).catch((error) => viewer.fail(error))
      return
    }
    const { occupancy, metrics } = this.#parts
    const stream = [roomStream(place.roomId)]
    const sequencer = this.#others?.sequencer
    const subscription = new Subscription({
      viewer,
      channel: this.#channels.of(place.roomId),
      state: this.#state,
      occupancy,
      whenFollowed: sequencer?.follow(stream),
      onRepair: () => {
        metrics.repairs += 1
      },
      // Whoever is refused leaves nothing behind, or anybody could fill the memory with rooms that do not exist.
      onEnd: (wasTyping) => {
        if (wasTyping && sequencer) this.#publishTyping(viewer, place.roomId, false)
        sequencer?.unfollow(stream)
        this.#channels.dropIfIdle(place.roomId)
      },
    })
    viewer.opened = subscription
    void subscription.start(cursor)
  }

  /** The connection looks at nothing. */
  close(viewer: Viewer): void {
    this.#look(viewer, 'left')
  }

  types(viewer: Viewer, roomId: RoomId, isTyping: boolean): void {
    const { opened } = viewer
    if (opened?.kind !== 'room' || opened.roomId !== roomId || !opened.isLive) return
    this.#publishTyping(viewer, roomId, isTyping)
  }

  /** This answer to a query is on its way to somebody. */
  answers(output: unknown): void {
    this.#others?.named.noteIn(output)
  }

  isMember(userId: UserId, roomId: RoomId): boolean {
    return this.#people.get(userId)?.rooms.has(roomId) ?? false
  }

  /** What a heartbeat says about the place that the connection looks at. */
  present({ opened }: Viewer): { head?: Seq; lobby?: number; occupants?: number | undefined } {
    if (opened === undefined) return {}
    if (opened.kind === 'lobby') return { lobby: this.lobby.version }
    if (!opened.isLive) return {}
    const channel = this.#channels.get(opened.roomId)
    const head = Math.max(opened.last, channel?.head ?? 0)
    return { head, occupants: channel?.presence.toldVersion }
  }

  stop(): void {
    this.#unsubscribe()
    this.#others?.stop()
    this.lobby.stop()
    this.#channels.stop()
  }

  #look(viewer: Viewer, how: 'left' | 'vanished'): void {
    const { opened } = viewer
    viewer.opened = undefined
    if (opened?.kind === 'lobby') this.lobby.leave(viewer)
    else opened?.end(how)
  }

  #publishTyping({ actor, opened }: Viewer, roomId: RoomId, isTyping: boolean): void {
    const head = Math.max(this.#channels.get(roomId)?.head ?? 0, opened?.kind === 'room' ? opened.last : 0)
    this.#parts.fanout.publish([{ kind: 'typing', roomId, user: actor.user, isTyping, head }])
  }

  #route(publication: Publication): void {
    const { fault } = this.#parts
    switch (publication.kind) {
      case 'events': {
        const roomId = roomOfStream(publication.stream)
        if (roomId === undefined) this.#own.hear(publication)
        else this.#rooms.hear(roomId, publication)
        return
      }
      case 'room-closed':
        this.#rooms.closed(publication)
        return
      case 'typing':
        this.#rooms.typing(publication)
        return
      case 'listed':
        this.lobby.hearOf(publication)
        return
      case 'marker':
        this.#persons.markerMoved(publication)
        return
      case 'profile':
        this.#others?.named.renamed(publication.user)
        this.#persons.profileChanged(publication)
        return
      case 'standing':
        this.#persons.standingChanged(publication).catch(fault)
        return
      case 'blocks':
        this.#persons.blocksChanged(publication).catch(fault)
        return
      case 'session-ended':
        for (const viewer of this.#people.viewersOfSession(publication.sessionId)) viewer.end('session-ended')
        return
      default:
        unreachable(publication)
        return
    }
  }
}

function unreachable(value: never): never {
  throw new Error(`Not a publication: ${JSON.stringify(value)}`)
}
