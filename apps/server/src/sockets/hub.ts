import {
  type Event,
  type EventType,
  type Place,
  type RoomId,
  roomOfStream,
  roomStream,
  type Seq,
  type StreamId,
  type UserId,
  userStream,
} from '@parley/protocol'
import type { Clock } from '../clock.ts'
import type { Fanout } from '../fanout/fanout.ts'
import type { Metrics } from '../metrics.ts'
import type { EventsPublication, Publication } from '../rules/publication.ts'
import type { State, Welcome } from '../state.ts'
import { Activity, isElsewhere } from './activity.ts'
import { encodeEvents, encodeSignals } from './encode-frame.ts'
import { Greetings } from './greetings.ts'
import { LobbyFeed } from './lobby-feed.ts'
import { NamedPeople } from './named-people.ts'
import type { Occupancy } from './occupancy.ts'
import { People, type Person } from './people.ts'
import { PersonNews } from './person-news.ts'
import { PollTruth } from './poll-truth.ts'
import { RoomChannel } from './room-channel.ts'
import { StandStill } from './stand-still.ts'
import { StreamSequencer } from './stream-sequencer.ts'
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

const CHANGES_OF_ROOMS: readonly EventType[] = ['room-renamed', 'topic-changed', 'rules-changed', 'owner-changed']
const CHANGES_OF_COUNTS: readonly EventType[] = ['message-posted', 'message-deleted']

/** Where everything that is published meets everybody who is connected to this instance. */
export class Hub {
  readonly lobby: LobbyFeed
  readonly #parts: HubParts
  /** Among other instances: brings what they publish into order. */
  readonly #sequencer: StreamSequencer | undefined
  readonly #truth: PollTruth | undefined
  readonly #standStill: StandStill | undefined
  /** Among other instances, whose new names may not be heard. */
  readonly #named: NamedPeople | undefined
  readonly #reading: Pick<State, 'catchUp' | 'roomSnapshot' | 'welcome' | 'unread'>
  readonly #people: People
  readonly #channels = new Map<RoomId, RoomChannel>()
  readonly #activity: Activity
  readonly #greetings = new Greetings()
  readonly #news: PersonNews
  readonly #unsubscribe: () => void

  constructor(parts: HubParts) {
    this.#parts = parts
    const { clock, state, occupancy, fanout, fault } = parts
    const { peers } = fanout
    this.#sequencer = peers ? this.#newSequencer() : undefined
    this.#named = peers && new NamedPeople()
    this.#reading = this.#named?.noting(state) ?? state
    this.#people = new People(this.#sequencer)
    this.lobby = new LobbyFeed({ clock, state, occupancy, fault })
    this.#activity = new Activity({
      people: this.#people,
      clock,
      state: this.#reading,
      fault,
      tailOf: (roomId) => this.#channels.get(roomId)?.tail,
    })
    this.#news = new PersonNews({
      people: this.#people,
      activity: this.#activity,
      state: this.#reading,
      occupancy,
      greetings: this.#greetings,
      channels: () => this.#channels.values(),
    })
    occupancy.onChange((roomId) => this.#channels.get(roomId)?.occupantsChanged())
    const sequencer = this.#sequencer
    if (!sequencer || !peers) {
      this.#unsubscribe = fanout.subscribe((publication) => this.#route(publication))
      return
    }
    this.#unsubscribe = fanout.subscribe((publication) => {
      if (publication.kind === 'events') sequencer.take(publication)
      else if (!isTooEarly(publication, sequencer)) this.#route(publication)
    })
    this.#truth = new PollTruth({
      clock,
      fanout,
      peers,
      state,
      sequencer,
      people: this.#people,
      named: () => this.#everybodyNamed(),
      lobby: this.lobby,
      makeRight: (person) => this.#news.makeRight(person),
      route: (publication) => this.#safely(() => this.#route(publication)),
      fault,
    })
    this.#standStill = this.#watchStandStill(this.#truth)
  }

  /** Whom somebody here may be shown, and at which version. */
  #everybodyNamed(): ReadonlyMap<UserId, number> {
    this.#named?.note(this.#parts.occupancy.everybody())
    return this.#named?.versions ?? new Map()
  }

  /** This answer is on its way to somebody. */
  answers(output: unknown): void {
    this.#named?.noteIn(output)
  }

  #watchStandStill(truth: PollTruth): StandStill {
    const { clock, turn, fault } = this.#parts
    const standStill = new StandStill({
      clock,
      askForSessions: () => truth.askForSessions(),
      awake: () => turn.goOn(),
      fault,
    })
    turn.holdWhile(() => standStill.isWaking)
    return standStill
  }

  #newSequencer(): StreamSequencer {
    const { clock, fanout, state, metrics, fault } = this.#parts
    return new StreamSequencer({
      clock,
      fanout,
      state,
      forward: (publication) => this.#safely(() => this.#route(publication)),
      vanished: () => this.#truth?.askSoon(),
      gap: () => {
        metrics.gaps += 1
      },
      fault,
    })
  }

  /** What one publication gets wrong must not keep the next ones back. */
  #safely(call: () => void): void {
    try {
      call()
    } catch (error) {
      this.#parts.fault(error)
    }
  }

  /** Registers the connection, then reads what to greet it with, so that no own event falls in between. */
  async welcome(viewer: Viewer): Promise<Welcome> {
    const person = this.#people.arrive(viewer)
    this.#greetings.begin(viewer)
    const followed = await this.#followAll(viewer.actor.user.id)
    try {
      const welcome = await this.#reading.welcome(viewer.actor)
      this.#learn(viewer, person, welcome)
      for (const { room } of welcome.rooms)
        if (followed && !followed.has(roomStream(room.id))) this.#introduce(person, room.id)
      return welcome
    } finally {
      if (followed) this.#sequencer?.unfollow([...followed])
    }
  }

  /** Among other instances: listens to all that a person belongs to before it is read, so that nothing falls in between. */
  async #followAll(userId: UserId): Promise<ReadonlySet<StreamId> | undefined> {
    if (!this.#sequencer) return undefined
    const roomIds = await this.#parts.state.truth.roomIds(userId)
    const streams = [userStream(userId), ...roomIds.map(roomStream)]
    await this.#sequencer.follow(streams)
    return new Set(streams)
  }

  #learn(viewer: Viewer, person: Person, welcome: Welcome): void {
    const { user } = welcome
    if (user.version > viewer.actor.user.version) viewer.actor = { ...viewer.actor, user }
    if (user.version > person.user.version) person.user = user
    if (!this.#greetings.hasHeardOfBlocks(viewer)) person.blocked = new Set(welcome.blocked)
    this.#people.learn(person, welcome)
  }

  /** The connection has sent its greeting: what happened since follows. */
  welcomed(viewer: Viewer, { rooms, seq }: Welcome): void {
    viewer.ownSeq = seq
    const person = this.#people.get(viewer.actor.user.id)
    const { events, texts, rooms: changed } = this.#greetings.end(viewer)
    for (const publication of events) {
      // What was entered or left while the rooms were read is in no list yet.
      if (person) for (const event of publication.events) this.#people.follow(person, event)
      this.#tellOwn(viewer, publication)
    }
    for (const text of texts) viewer.send(text)
    for (const { room, lastNumber } of rooms) {
      if (!person?.rooms.has(room.id)) continue // Left or removed since: no news of it reaches them.
      const text = changed.get(room.id)
      if (text !== undefined) viewer.send(text)
      const newest = this.#channels.get(room.id)?.tail.last ?? 0
      if (newest > lastNumber) this.#activity.tell(viewer, person, room.id).catch(this.#parts.fault)
    }
  }

  depart(viewer: Viewer, how: 'left' | 'vanished'): void {
    this.#look(viewer, how)
    this.#greetings.end(viewer)
    const rooms = [...(this.#people.get(viewer.actor.user.id)?.rooms.keys() ?? [])]
    this.#people.depart(viewer)
    for (const roomId of rooms) this.#dropIfIdle(roomId)
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
    const subscription = new Subscription({
      viewer,
      channel: this.#channel(place.roomId),
      state: this.#reading,
      occupancy,
      whenFollowed: this.#sequencer?.follow(stream),
      onRepair: () => {
        metrics.repairs += 1
      },
      // Whoever is refused leaves nothing behind, or anybody could fill the memory with rooms that do not exist.
      onEnd: (wasTyping) => {
        if (wasTyping && this.#sequencer) this.#publishTyping(viewer, place.roomId, false)
        this.#sequencer?.unfollow(stream)
        this.#dropIfIdle(place.roomId)
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

  #publishTyping({ actor, opened }: Viewer, roomId: RoomId, isTyping: boolean): void {
    const head = Math.max(this.#channels.get(roomId)?.head ?? 0, opened?.kind === 'room' ? opened.last : 0)
    this.#parts.fanout.publish([{ kind: 'typing', roomId, user: actor.user, isTyping, head }])
  }

  isMember(userId: UserId, roomId: RoomId): boolean {
    return this.#people.get(userId)?.rooms.has(roomId) ?? false
  }

  /** What a heartbeat says about the place that the connection looks at. */
  present({ opened }: Viewer): { head?: Seq; lobby?: number; occupants?: number } {
    if (opened === undefined) return {}
    if (opened.kind === 'lobby') return { lobby: this.lobby.version }
    if (!opened.isLive) return {}
    const head = Math.max(opened.last, this.#channels.get(opened.roomId)?.head ?? 0)
    return { head, occupants: this.#parts.occupancy.version(opened.roomId) }
  }

  stop(): void {
    this.#unsubscribe()
    this.#truth?.stop()
    this.#standStill?.stop()
    this.#sequencer?.stop()
    this.lobby.stop()
    for (const channel of this.#channels.values()) channel.end()
  }

  #look(viewer: Viewer, how: 'left' | 'vanished'): void {
    const { opened } = viewer
    viewer.opened = undefined
    if (opened?.kind === 'lobby') this.lobby.leave(viewer)
    else opened?.end(how)
  }

  #channel(roomId: RoomId): RoomChannel {
    const { clock, turn, occupancy } = this.#parts
    const channel = this.#channels.get(roomId) ?? new RoomChannel({ roomId, clock, turn, occupancy })
    this.#channels.set(roomId, channel)
    return channel
  }

  #dropIfIdle(roomId: RoomId): void {
    const channel = this.#channels.get(roomId)
    if (!channel || channel.subscriptions.size > 0 || this.#people.membersOf(roomId).size > 0) return
    channel.end()
    this.#channels.delete(roomId)
    this.#activity.forget(roomId)
  }

  #route(publication: Publication): void {
    switch (publication.kind) {
      case 'events': {
        const roomId = roomOfStream(publication.stream)
        if (roomId === undefined) this.#ownEvents(publication)
        else this.#roomEvents(roomId, publication)
        return
      }
      case 'room-closed':
        this.#roomClosed(publication)
        return
      case 'marker':
        this.#markerMoved(publication)
        return
      case 'profile':
        this.#named?.renamed(publication.user)
        this.#news.profileChanged(publication)
        return
      case 'standing':
        this.#news.standingChanged(publication).catch(this.#parts.fault)
        return
      case 'blocks':
        this.#news.blocksChanged(publication).catch(this.#parts.fault)
        return
      case 'typing':
        this.#typing(publication)
        return
      case 'listed':
        this.lobby.hearOf(publication)
        return
      case 'session-ended':
        for (const viewer of this.#people.viewersOfSession(publication.sessionId)) viewer.end('session-ended')
        return
      default:
        unreachable(publication)
        return
    }
  }

  #ownEvents(publication: EventsPublication): void {
    const [first] = publication.events
    const person = first && this.#personOf(publication)
    if (!person) return
    for (const event of publication.events) {
      this.#people.follow(person, event)
      if (event.type === 'room-left') this.#isOut(person, event.roomId)
    }
    for (const viewer of person.viewers) {
      if (!this.#greetings.keeps(viewer, publication)) this.#tellOwn(viewer, publication)
    }
    // Devices show the room in their sidebars at once, without asking; the one that entered it knows it already.
    for (const event of publication.events) {
      // Of several instances none knows where else they are.
      const isKnown = event.actorId === person.user.id && person.viewers.size < 2 && !this.#sequencer
      if (event.type === 'room-entered' && !isKnown) this.#introduce(person, event.roomId)
    }
  }

  /** Before a person's devices are told so. On one instance alone the news of the room comes in the same turn. */
  #isOut(person: Person, roomId: RoomId): void {
    if (!this.#sequencer || !this.#channels.get(roomId)?.doubt(person.user.id)) return
    const settle = () => this.#channels.get(roomId)?.settleDoubt(person.user.id)
    // Asking the truth also ends it, or the connection; but the room's own news says more.
    this.#sequencer.catchUp(roomStream(roomId)).then(settle, settle)
  }

  /** Shows a room of theirs, once nothing that happens in it can be missed. */
  #introduce(person: Person, roomId: RoomId): void {
    const stream = [roomStream(roomId)]
    const whenFollowed = this.#sequencer?.follow(stream)
    const show = async () => {
      await whenFollowed
      await this.#activity.introduce(person, roomId)
    }
    show()
      .catch(this.#parts.fault)
      .finally(() => this.#sequencer?.unfollow(stream))
  }

  #personOf({ stream }: EventsPublication): Person | undefined {
    return this.#people.get(stream.slice('user:'.length) as UserId) // as: `userStream` is the inverse
  }

  #tellOwn(viewer: Viewer, { stream, events, users }: EventsPublication): void {
    const news = events.filter(({ seq }) => seq > (viewer.ownSeq ?? 0))
    const [first] = news
    if (!first || viewer.ownSeq === undefined) return
    // A hole is visible to the client, which then asks for its rooms; here it is only counted.
    if (first.seq !== viewer.ownSeq + 1) this.#parts.metrics.gaps += 1
    viewer.ownSeq = news.at(-1)?.seq ?? viewer.ownSeq
    viewer.send(encodeEvents(stream, news, users))
  }

  #roomEvents(roomId: RoomId, publication: EventsPublication): void {
    const members = this.#people.membersOf(roomId)
    const channel = this.#channels.get(roomId) ?? (members.size > 0 ? this.#channel(roomId) : undefined)
    if (channel) {
      if (channel.subscriptions.size > 0) this.#named?.note(publication.users)
      channel.publish(publication)
      for (const event of publication.events) this.#follow(channel, event)
      channel.tail.reach(publication.lastNumber)
      if (publication.room?.kind === 'direct') this.#pair(roomId, publication.events)
      if (publication.events.some(({ type }) => CHANGES_OF_COUNTS.includes(type))) this.#activity.ask(roomId)
      this.#dropIfIdle(roomId)
    }
    this.#roomChanged(roomId, publication)
    this.lobby.hear(publication)
  }

  #follow(channel: RoomChannel, event: Event): void {
    channel.tail.add(event)
    switch (event.type) {
      case 'message-posted':
        channel.typing.stops(event.actorId)
        return
      case 'message-deleted': {
        const { message } = event
        if (!message) return
        for (const person of this.#people.membersOf(channel.roomId)) {
          const membership = person.rooms.get(channel.roomId)
          if (this.#sequencer) membership?.doubtOne(message)
          else membership?.forgetOne(message, person)
        }
        return
      }
      case 'member-joined': {
        const person = this.#people.get(event.userId)
        if (person?.seq !== undefined) this.#people.join(person, channel.roomId)
        return
      }
      case 'member-left':
      case 'member-removed': {
        channel.typing.stops(event.userId)
        const person = this.#people.get(event.userId)
        if (person) this.#people.part(person, channel.roomId)
        // Whose socket vanished just before keeps no place either.
        if (!person?.viewers.size) this.#parts.occupancy.expel(channel.roomId, event.userId)
        return
      }
    }
  }

  #pair(roomId: RoomId, events: readonly Event[]): void {
    const [one, other] = events.flatMap((event) => (event.type === 'member-joined' ? [event.userId] : []))
    if (one !== undefined && other !== undefined) this.#people.pair(roomId, [one, other])
  }

  #roomChanged(roomId: RoomId, { events, room }: EventsPublication): void {
    if (!room || !events.some(({ type }) => CHANGES_OF_ROOMS.includes(type))) return
    const text = encodeSignals([{ name: 'room', room }])
    this.#greetings.roomChanged(roomId, text)
    for (const { viewers } of this.#people.membersOf(roomId)) {
      for (const viewer of viewers) if (isElsewhere(viewer, roomId)) viewer.send(text)
    }
  }

  #roomClosed({
    roomId,
    roomName,
    closedBy,
    closedAt,
    memberIds,
  }: Extract<Publication, { kind: 'room-closed' }>): void {
    const channel = this.#channels.get(roomId)
    channel?.write()
    const text = encodeSignals([{ name: 'room-closed', roomId, roomName, closedBy, closedAt }])
    const members = new Set(this.#people.membersOf(roomId))
    for (const id of memberIds) {
      const person = this.#people.get(id)
      if (person) members.add(person)
    }
    for (const person of members) {
      this.#news.tell(person, text)
      this.#people.part(person, roomId)
    }
    for (const subscription of channel?.subscriptions ?? []) {
      subscription.refuse({ code: 'room-closed', details: { closedAt } })
    }
    this.#parts.occupancy.close(roomId)
    channel?.end()
    this.#channels.delete(roomId)
    this.#activity.forget(roomId)
    this.lobby.closed(roomId)
  }

  #typing({ roomId, user, isTyping }: Extract<Publication, { kind: 'typing' }>): void {
    const typing = this.#channels.get(roomId)?.typing
    if (isTyping) typing?.starts(user)
    else typing?.stops(user.id)
  }

  #markerMoved(publication: Extract<Publication, { kind: 'marker' }>): void {
    const { userId, roomId, number, lastNumber } = publication
    const person = this.#people.get(userId)
    if (!person) return
    const membership = person.rooms.get(roomId)
    membership?.mark(number, publication.unread, lastNumber)
    const tail = this.#channels.get(roomId)?.tail
    const unread = (tail && membership?.unread(tail, person)) ?? publication.unread
    const text = encodeSignals([{ name: 'marker', roomId, number, unread, mentions: 0 }])
    // The one that moved it hears it too: it is whole state, and one rule for all is easier to trust.
    this.#news.tell(person, text)
  }
}

/**
 * Who types somewhere may do so after a removal that was not heard of here yet: it is shown to nobody before that. Clients
 * repeat it.
 */
function isTooEarly(publication: Publication, sequencer: StreamSequencer): boolean {
  return publication.kind === 'typing' && !sequencer.reaches(roomStream(publication.roomId), publication.head)
}

function unreachable(value: never): never {
  throw new Error(`Not a publication: ${JSON.stringify(value)}`)
}
