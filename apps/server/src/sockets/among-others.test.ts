import { expect, test } from 'bun:test'
import {
  type Event,
  newId,
  type Room,
  type RoomId,
  roomStream,
  type Seq,
  type ServerFrame,
  type SessionId,
  type StreamId,
  type User,
  type UserId,
  userStream,
} from '@parley/protocol'
import type { Fanout } from '../fanout/fanout.ts'
import { newMetrics } from '../metrics.ts'
import type { InstanceId } from '../rules/instance-id.ts'
import type { EventsPublication, Publication } from '../rules/publication.ts'
import { Refusal } from '../rules/refusal.ts'
import type { State } from '../state.ts'
import { FakeClock } from '../testing/fake-clock.ts'
import { Hub } from './hub.ts'
import { Occupancy } from './occupancy.ts'
import type { Viewer } from './viewer.ts'
import { WriteTurn } from './write-turn.ts'

// Redis and the truth are scripted here, so that each can be made to wait for the other.

const roomId = newId<RoomId>()
const ann: User = { id: newId<UserId>(), handle: 'ann', displayName: 'Ann', kind: 'guest', version: 1 }
const eve: User = { id: newId<UserId>(), handle: 'eve', displayName: 'Eve', kind: 'guest', version: 1 }

/** A fan-out among others whose confirmations come when they are told to. */
class ScriptedFanout implements Fanout {
  readonly isDoubtful = false
  readonly peers = {
    self: newId<InstanceId>(),
    isHeard: () => true,
    tell: () => undefined,
    listen: () => () => undefined,
    onMet: () => () => undefined,
    onGone: () => () => undefined,
  }
  readonly followed = new Map<StreamId, number>()
  #listener: (publication: Publication) => void = () => undefined
  #unconfirmed: (() => void)[] = []

  publish(publications: readonly Publication[]): void {
    for (const publication of publications) this.#listener(publication)
  }

  subscribe(listener: (publication: Publication) => void): () => void {
    this.#listener = listener
    return () => undefined
  }

  follow(streams: readonly StreamId[]): Promise<void> {
    for (const stream of streams) this.followed.set(stream, (this.followed.get(stream) ?? 0) + 1)
    return new Promise((resolve) => this.#unconfirmed.push(resolve))
  }

  unfollow(streams: readonly StreamId[]): void {
    for (const stream of streams) {
      const count = (this.followed.get(stream) ?? 0) - 1
      if (count > 0) this.followed.set(stream, count)
      else this.followed.delete(stream)
    }
  }

  confirm(): void {
    for (const resolve of this.#unconfirmed.splice(0)) resolve()
  }

  onDoubt = () => () => undefined
  close = async () => undefined
}

class ScriptedViewer implements Viewer {
  actor = { user: ann, sessionId: newId<SessionId>() }
  opened: Viewer['opened']
  ownSeq: Seq | undefined
  readonly frames: ServerFrame[] = []
  readonly send = (text: string): void => void this.frames.push(JSON.parse(text))
  readonly whenRoomy = async (): Promise<void> => undefined
  readonly end = (): void => undefined
  readonly fail = (error: unknown): void => {
    throw error
  }

  get seqs(): Seq[] {
    return this.frames.flatMap((frame) => (frame.type === 'events' ? frame.events.map(({ seq }) => seq) : []))
  }
}

async function setting() {
  const fanout = new ScriptedFanout()
  const asked: string[] = []
  const log = { head: 4, isGone: true, isOut: false, events: new Map<Seq, Event>() }
  /** What the truth says of Ann in the room. */
  const own = { lastNumber: 0, marker: 0, unread: 0 }
  const room = { id: roomId, kind: 'public', name: 'Room', topic: '', ownerId: ann.id, createdAt: 1, version: 1 }
  const truth = {
    roomIds: async () => note('roomIds', [roomId]),
    missed: async (_: StreamId, after: Seq) => note('missed', missedAfter(after)),
    closings: async () => [],
    endedSessions: async () => [],
    changedPeople: async () => [],
    noteHere: async () => undefined,
    noteGone: async () => undefined,
    othersHere: async () => [],
  }
  const scripted = {
    epoch: 'e',
    truth,
    heads: async (streams: readonly StreamId[]) =>
      note('heads', new Map(streams.map((stream) => [stream, stream.startsWith('room:') ? log.head : 1]))),
    welcome: async () => {
      const rooms = [{ room, role: 'member', mentions: 0, ...own }]
      return note('welcome', { user: ann, rooms, blocked: [], seq: 1 })
    },
    unread: async () => note('unread', { room, role: 'member', mentions: 0, ...own }),
    roomSnapshot: async () => note('snapshot', { snapshot: { room }, seq: log.head }),
    catchUp: async (_: unknown, __: RoomId, cursor: Seq) => {
      if (log.isOut) throw new Refusal('not-a-member')
      const events = upTo(cursor + 1, log.head).map(eventAt)
      return note('catchUp', { events, users: [], isListed: true, head: log.head })
    },
  }
  const state = scripted as unknown as State // as: the hub asks nothing else here
  const clock = new FakeClock()
  const occupancy = new Occupancy(clock)
  const hub = new Hub({
    state,
    fanout,
    occupancy,
    clock,
    turn: new WriteTurn(),
    metrics: newMetrics(),
    fault: (error) => {
      throw error
    },
  })
  /** Another instance commits, and publishes. */
  const commit = (seq: Seq) => {
    log.head = seq
    fanout.publish([publicationOf(seq)])
  }
  await settle() // It asks the truth when it begins.
  return { hub, fanout, asked, log, own, clock, occupancy, commit, viewer: new ScriptedViewer() }

  function missedAfter(after: Seq) {
    if (log.isGone) return undefined
    const events = upTo(after + 1, log.head).map((seq) => log.events.get(seq) ?? eventAt(seq))
    return { publication: events.length > 0 ? { ...publicationOf(0), events } : undefined, head: log.head }
  }

  function note<T>(name: string, answer: T): T {
    asked.push(name)
    return answer
  }
}

const upTo = (first: Seq, last: Seq) =>
  Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index)
const eventAt = (seq: Seq) => ({ seq, type: 'member-joined', at: 1, actorId: ann.id, userId: ann.id }) as Event
const publicationOf = (seq: Seq): EventsPublication => ({
  kind: 'events',
  stream: roomStream(roomId),
  events: [eventAt(seq)],
  users: [],
  lastNumber: 0,
})

async function settle(): Promise<void> {
  for (let round = 0; round < 100; round++) await Promise.resolve()
  await new Promise(setImmediate)
}

test('[T1] whoever connects is greeted with what was read after listening began', async () => {
  const { hub, fanout, asked, viewer } = await setting()
  const welcoming = hub.welcome(viewer)
  await settle()
  expect(asked).toEqual(['roomIds'])
  expect([...fanout.followed.keys()].sort()).toEqual([roomStream(roomId), userStream(ann.id)].sort())
  fanout.confirm()
  hub.welcomed(viewer, await welcoming)
  expect(asked).toEqual(['roomIds', 'heads', 'heads', 'welcome'])
  hub.depart(viewer, 'left')
  expect([...fanout.followed.keys()]).toEqual([])
})

test('[T1] a room is read when news of it cannot be missed any more, and nothing is doubled or lost in between', async () => {
  const { hub, fanout, asked, commit, viewer } = await setting()
  viewer.ownSeq = 1
  hub.open(viewer, { kind: 'room', roomId }, 3)
  commit(5)
  await settle()
  expect(asked).toEqual([])
  fanout.confirm()
  commit(6)
  await settle()
  commit(7)
  await settle()
  expect(asked).toEqual(['heads', 'catchUp'])
  expect(viewer.seqs).toEqual([4, 5, 6, 7])
  hub.close(viewer)
  expect([...fanout.followed.keys()]).toEqual([])
})

test('[T1] who has gone before the room could be read is shown nothing of it', async () => {
  const { hub, fanout, asked, viewer } = await setting()
  hub.open(viewer, { kind: 'room', roomId }, undefined)
  hub.close(viewer)
  fanout.confirm()
  await settle()
  expect(asked).toEqual([])
  expect(viewer.frames).toEqual([])
  expect([...fanout.followed.keys()]).toEqual([])
})

test('[T3] who types after a removal that was not heard of yet is not shown to whoever was removed', async () => {
  const { hub, fanout, log, clock, viewer } = await setting()
  viewer.ownSeq = 1
  hub.open(viewer, { kind: 'room', roomId }, 3)
  fanout.confirm()
  await settle()
  expect(viewer.seqs).toEqual([4])
  // Said into the void; another instance has heard it, and somebody types there.
  log.isGone = false
  log.events.set(5, { ...eventAt(5), type: 'member-removed', userId: ann.id } as Event)
  log.head = 5
  fanout.publish([{ kind: 'typing', roomId, user: eve, isTyping: true, head: 5 }])
  clock.advance(300)
  await settle()
  expect(viewer.frames.flatMap((frame) => (frame.type === 'signals' ? frame.signals : []))).not.toContainEqual(
    expect.objectContaining({ name: 'typing' }),
  )
  expect(viewer.seqs).toEqual([4, 5])
  expect(viewer.frames.at(-1)).toMatchObject({ type: 'closed', code: 'not-a-member' })
})

test.each(['comes late', 'is lost', 'cannot be read'])(
  '[T3] once the own stream says that one is out, no signal of the room follows, though its news %s',
  async (how) => {
    const { hub, fanout, log, clock, occupancy, viewer } = await setting()
    const welcoming = hub.welcome(viewer)
    await settle()
    fanout.confirm()
    hub.welcomed(viewer, await welcoming)
    hub.open(viewer, { kind: 'room', roomId }, 4)
    fanout.confirm()
    await settle()
    clock.advance(1_000)
    expect(viewer.frames.at(-1)?.type).toBe('signals')
    // Removed elsewhere. The news of the room is late, that of the person is not.
    const removed = { ...eventAt(6), type: 'member-removed', userId: ann.id } as Event
    log.isGone = how === 'cannot be read'
    log.isOut = true
    log.events.set(6, removed)
    log.head = 7
    const left = { seq: 2, type: 'room-left', at: 1, actorId: eve.id, roomId } as Event
    const since = viewer.frames.length
    fanout.publish([{ kind: 'events', stream: userStream(ann.id), events: [left], users: [], lastNumber: 0 }])
    occupancy.enter(roomId, eve, { isListed: true })
    clock.advance(49)
    fanout.publish([{ kind: 'typing', roomId, user: eve, isTyping: true, head: 4 }])
    await settle()
    expect(viewer.frames.slice(since)).toMatchObject([{ type: 'events', events: [{ type: 'room-left' }] }])
    if (how === 'comes late')
      fanout.publish([publicationOf(5), { ...publicationOf(6), events: [removed] }, publicationOf(7)])
    clock.advance(1_000)
    await settle()
    clock.advance(1_000)
    const told = viewer.frames.slice(since)
    expect(told.flatMap((frame) => (frame.type === 'events' ? frame.events.map(({ seq }) => seq) : []))).toEqual(
      how === 'cannot be read' ? [2] : [2, 5, 6],
    )
    expect(told.map(({ type }) => type)).not.toContain('signals')
    expect(told.at(-1)).toMatchObject({ type: 'closed', code: 'not-a-member' })
  },
)

test('[T3] who is back before the news of their leaving came stays', async () => {
  const { hub, fanout, log, clock, viewer } = await setting()
  const welcoming = hub.welcome(viewer)
  await settle()
  fanout.confirm()
  hub.welcomed(viewer, await welcoming)
  log.head = 6
  log.isGone = false
  hub.open(viewer, { kind: 'room', roomId }, 4)
  fanout.confirm()
  await settle()
  const events = (['room-left', 'room-entered'] as const).map(
    (type, index) => ({ seq: 2 + index, type, at: 1, actorId: ann.id, roomId }) as Event,
  )
  fanout.publish([{ kind: 'events', stream: userStream(ann.id), events, users: [], lastNumber: 0 }])
  await settle()
  clock.advance(50)
  await settle()
  expect(viewer.seqs).toEqual([5, 6, 2, 3])
  expect(viewer.frames.map(({ type }) => type)).not.toContain('closed')
  fanout.publish([{ kind: 'typing', roomId, user: eve, isTyping: true, head: 6 }])
  clock.advance(1_000)
  expect(viewer.frames.at(-1)).toMatchObject({ signals: [{ name: 'typing', people: [{ id: eve.id }] }] })
})

test('[G6] who types is shown, though the room has moved on here', async () => {
  const { hub, fanout, clock, commit, viewer } = await setting()
  viewer.ownSeq = 1
  hub.open(viewer, { kind: 'room', roomId }, 3)
  fanout.confirm()
  await settle()
  commit(5)
  fanout.publish([{ kind: 'typing', roomId, user: eve, isTyping: true, head: 4 }])
  clock.advance(300)
  expect(viewer.frames.at(-1)).toMatchObject({
    type: 'signals',
    signals: [{ name: 'typing', people: [{ id: eve.id }] }],
  })
})

/** What a connection was last told of unread messages. */
function unreadOf({ frames }: ScriptedViewer): number | undefined {
  const signals = frames.flatMap((frame) => (frame.type === 'signals' ? frame.signals : []))
  return signals.flatMap((it) => (it.name === 'activity' || it.name === 'marker' ? [it.unread] : [])).at(-1)
}

test('[E8] a deletion that the truth had counted before it was heard of here is not counted twice', async () => {
  const { hub, fanout, log, own, clock, viewer } = await setting()
  Object.assign(own, { lastNumber: 2, unread: 1 }) // Of two messages the first is deleted, by event 5.
  const welcoming = hub.welcome(viewer)
  await settle()
  fanout.confirm()
  hub.welcomed(viewer, await welcoming)
  log.head = 5
  const message = { number: 1, authorId: eve.id }
  const events = [{ ...eventAt(5), type: 'message-deleted', message } as unknown as Event]
  fanout.publish([{ ...publicationOf(5), events, lastNumber: 2 }])
  clock.advance(1_000)
  await settle()
  expect(unreadOf(viewer)).toBe(1)
})

test('[E8] what was read before the marker moved does not move it back', async () => {
  const { hub, fanout, own, asked, clock, viewer } = await setting()
  Object.assign(own, { lastNumber: 200, unread: 100 })
  const greet = async (one: ScriptedViewer) => {
    const welcoming = hub.welcome(one)
    await settle()
    fanout.confirm()
    const welcome = await welcoming
    hub.welcomed(one, welcome)
  }
  await greet(viewer)
  // Read before, told after: as another device connects.
  fanout.publish([{ kind: 'marker', userId: ann.id, roomId, number: 200, unread: 0, lastNumber: 200 }])
  const other = new ScriptedViewer()
  await greet(other)
  expect(asked).toContain('welcome')
  const change = { type: 'message-deleted', message: { number: 150, authorId: eve.id } }
  fanout.publish([{ ...publicationOf(5), events: [{ ...eventAt(5), ...change } as unknown as Event], lastNumber: 200 }])
  clock.advance(1_000)
  await settle()
  expect([unreadOf(viewer), unreadOf(other)]).toEqual([0, 0])
})

test('[G8] whoever is removed while being greeted is not told what the room is called since', async () => {
  const { hub, fanout, log, viewer } = await setting()
  const welcoming = hub.welcome(viewer)
  await settle()
  fanout.confirm()
  const welcome = await welcoming
  log.head = 6
  const left = { seq: 2, type: 'room-left', at: 1, actorId: eve.id, roomId } as Event
  const renamed = { ...welcome.rooms[0]?.room, name: 'Secret', version: 6 } as Room
  fanout.publish([
    {
      ...publicationOf(5),
      events: [
        { ...eventAt(5), type: 'member-removed', userId: ann.id } as Event,
        { ...eventAt(6), type: 'room-renamed', room: renamed } as Event,
      ],
      room: renamed,
    },
    { kind: 'events', stream: userStream(ann.id), events: [left], users: [], lastNumber: 0 },
  ])
  hub.welcomed(viewer, welcome)
  await settle()
  expect(viewer.frames).toMatchObject([{ type: 'events', events: [left] }])
  expect(JSON.stringify(viewer.frames)).not.toContain('Secret')
})
