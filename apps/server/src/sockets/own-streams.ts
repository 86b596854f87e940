import { type RoomId, roomStream, type StreamId, type UserId, userStream } from '@parley/protocol'
import type { Metrics } from '../metrics.ts'
import type { EventsPublication } from '../rules/publication.ts'
import type { State, Welcome } from '../state.ts'
import type { Activity } from './activity.ts'
import { encodeEvents } from './encode-frame.ts'
import type { Greetings } from './greetings.ts'
import { blockedSet, type People, type Person } from './people.ts'
import type { RoomChannels } from './room-channels.ts'
import type { StreamSequencer } from './stream-sequencer.ts'
import type { Viewer } from './viewer.ts'

interface OwnStreamsParts {
  readonly people: People
  readonly greetings: Greetings
  readonly channels: RoomChannels
  readonly activity: Activity
  readonly state: Pick<State, 'welcome'>
  readonly truth: Pick<State['truth'], 'roomIds'>
  /** Among other instances. */
  readonly sequencer: StreamSequencer | undefined
  readonly metrics: Metrics
  fault(error: unknown): void
}

/** Each person's own stream, as their devices are told of it: first by a greeting, then as it goes on. */
export class OwnStreams {
  readonly #parts: OwnStreamsParts

  constructor(parts: OwnStreamsParts) {
    this.#parts = parts
  }

  /** Registers the connection, then reads what to greet it with, so that no own event falls in between. */
  async welcome(viewer: Viewer): Promise<Welcome> {
    const { people, greetings, state, sequencer } = this.#parts
    const person = people.arrive(viewer)
    greetings.begin(viewer)
    const followed = await this.#followAll(viewer.actor.user.id)
    try {
      const welcome = await state.welcome(viewer.actor)
      this.#learn(viewer, person, welcome)
      for (const { room } of welcome.rooms)
        if (followed && !followed.has(roomStream(room.id))) this.#introduce(person, room.id)
      return welcome
    } finally {
      if (followed) sequencer?.unfollow([...followed])
    }
  }

  /** Among other instances: listens to all that a person belongs to before it is read, so that nothing falls in between. */
  async #followAll(userId: UserId): Promise<ReadonlySet<StreamId> | undefined> {
    const { sequencer, truth } = this.#parts
    if (!sequencer) return undefined
    const roomIds = await truth.roomIds(userId)
    const streams = [userStream(userId), ...roomIds.map(roomStream)]
    await sequencer.follow(streams)
    return new Set(streams)
  }

  #learn(viewer: Viewer, person: Person, welcome: Welcome): void {
    const { user } = welcome
    if (user.version > viewer.actor.user.version) viewer.actor = { ...viewer.actor, user }
    if (user.version > person.user.version) person.user = user
    if (!this.#parts.greetings.hasHeardOfBlocks(viewer)) person.blocked = blockedSet(welcome.blocked)
    this.#parts.people.learn(person, welcome)
    for (const roomId of this.#parts.greetings.deletions(viewer)) person.rooms.get(roomId)?.doubt()
  }

  /** The connection has sent its greeting: what happened since follows. */
  welcomed(viewer: Viewer, { rooms, seq }: Welcome): void {
    const { people, greetings, channels, activity, fault } = this.#parts
    viewer.ownSeq = seq
    const person = people.get(viewer.actor.user.id)
    const { events, texts, rooms: changed, counts } = greetings.end(viewer)
    for (const publication of events) {
      // What was entered or left while the rooms were read is in no list yet.
      if (person) for (const event of publication.events) people.follow(person, event)
      this.#tell(viewer, publication)
    }
    for (const text of texts) viewer.send(text)
    for (const { room, lastNumber } of rooms) {
      if (!person?.rooms.has(room.id)) continue // Left or removed since: no news of it reaches them.
      const text = changed.get(room.id)
      if (text !== undefined) viewer.send(text)
      const newest = channels.get(room.id)?.tail.last ?? 0
      if (newest > lastNumber || counts.has(room.id)) activity.tell(viewer, person, room.id).catch(fault)
    }
  }

  /** Something was published in somebody's own stream. */
  hear(publication: EventsPublication): void {
    const { people, greetings, sequencer } = this.#parts
    const person = people.get(publication.stream.slice('user:'.length) as UserId) // as: `userStream` is the inverse
    if (!person) return
    for (const event of publication.events) {
      people.follow(person, event)
      if (event.type === 'room-left') this.#isOut(person, event.roomId)
    }
    for (const viewer of person.viewers) {
      if (!greetings.keeps(viewer, publication)) this.#tell(viewer, publication)
    }
    // Devices show the room in their sidebars at once, without asking; the one that entered it knows it already.
    for (const event of publication.events) {
      // Of several instances none knows where else they are.
      const isKnown = event.actorId === person.user.id && person.viewers.size < 2 && !sequencer
      if (event.type === 'room-entered' && !isKnown) this.#introduce(person, event.roomId)
    }
  }

  #tell(viewer: Viewer, { stream, events, users }: EventsPublication): void {
    const news = events.filter(({ seq }) => seq > (viewer.ownSeq ?? 0))
    const [first] = news
    if (!first || viewer.ownSeq === undefined) return
    // A hole is visible to the client, which then asks for its rooms; here it is only counted.
    if (first.seq !== viewer.ownSeq + 1) this.#parts.metrics.gaps += 1
    viewer.ownSeq = news.at(-1)?.seq ?? viewer.ownSeq
    viewer.send(encodeEvents(stream, news, users))
  }

  /** Before a person's devices are told so. On one instance alone the news of the room comes in the same turn. */
  #isOut(person: Person, roomId: RoomId): void {
    const { channels, sequencer } = this.#parts
    if (!sequencer || !channels.get(roomId)?.doubt(person.user.id)) return
    const settle = () => channels.get(roomId)?.settleDoubt(person.user.id)
    // Asking the truth also ends it, or the connection; but the room's own news says more.
    sequencer.catchUp(roomStream(roomId)).then(settle, settle)
  }

  /** Shows a room of theirs, once nothing that happens in it can be missed. */
  #introduce(person: Person, roomId: RoomId): void {
    const { activity, sequencer, fault } = this.#parts
    const stream = [roomStream(roomId)]
    const whenFollowed = sequencer?.follow(stream)
    const show = async () => {
      await whenFollowed
      await activity.introduce(person, roomId)
    }
    show()
      .catch(fault)
      .finally(() => sequencer?.unfollow(stream))
  }
}
