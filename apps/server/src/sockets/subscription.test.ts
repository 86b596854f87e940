import { heapStats } from 'bun:jsc'
import { expect, test } from 'bun:test'
import {
  type Event,
  type EventsFrame,
  newId,
  type RoomId,
  roomStream,
  type Seq,
  type ServerFrame,
  type SessionId,
  type User,
  type UserId,
} from '@parley/protocol'
import { localFanout } from '../fanout/local-fanout.ts'
import { newMetrics } from '../metrics.ts'
import { Refusal } from '../rules/refusal.ts'
import type { CatchUpPage, State } from '../state.ts'
import { FakeClock } from '../testing/fake-clock.ts'
import { Hub } from './hub.ts'
import { Occupancy } from './occupancy.ts'
import type { Viewer } from './viewer.ts'
import { WriteTurn } from './write-turn.ts'

// The seam to the truth is scripted here, so that a read can be held up while news comes in.

const roomId = newId<RoomId>()

/** A room's log whose reads can be held between reading and answering. */
class ScriptedRoom {
  readonly log: Event[] = []
  readonly fanout = localFanout((error) => {
    throw error
  })
  readonly strangers = new Set<UserId>()
  pageSize = 100
  reads = 0
  isMember = false
  #held: Promise<void> | undefined

  /** From now on reads answer with what they saw only when released. */
  hold(): () => void {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#held = promise
    return () => {
      this.#held = undefined
      resolve()
    }
  }

  /** Commits events; those that are not `lost` are published. */
  append(types: readonly { type: Event['type']; userId?: UserId }[], { isLost = false } = {}): void {
    const at = 1
    const events = types.map((it, index) => ({ ...it, seq: this.log.length + 1 + index, at, actorId: ann.id }) as Event)
    this.log.push(...events)
    if (!isLost) this.fanout.publish([{ kind: 'events', stream: roomStream(roomId), events, users: [], lastNumber: 0 }])
  }

  post(count = 1, how = {}): void {
    this.append(
      Array.from({ length: count }, () => ({ type: 'message-posted' })),
      how,
    )
  }

  readonly state = {
    epoch: 'e',
    catchUp: async (asker: { user: User }, _: RoomId, cursor: Seq): Promise<CatchUpPage | 'reset'> => {
      this.reads += 1
      if (this.strangers.has(asker.user.id)) throw new Refusal('not-a-member')
      const events = this.log.slice(cursor, cursor + this.pageSize)
      const page = { events, users: [], isListed: true, head: this.log.length }
      await this.#held
      return cursor > page.head ? 'reset' : page
    },
    roomSnapshot: async () => {
      this.reads += 1
      const seq = this.log.length
      await this.#held
      return { snapshot: { room: { kind: 'public' } }, seq }
    },
    welcome: async () => ({
      user: ann,
      rooms: this.isMember ? [{ room: { id: roomId, kind: 'public' }, marker: 0, lastNumber: 0, unread: 0 }] : [],
      blocked: [],
      seq: 0,
    }),
    unread: () => Promise.reject(new Refusal('not-a-member')),
    lobbyRooms: async () => ({ rooms: [], total: 0 }),
  } as unknown as State
}

function person(name: string): User {
  return { id: newId<UserId>(), handle: name, displayName: name, kind: 'guest', version: 1 }
}
const ann = person('ann')
const ben = person('ben')

class ScriptedViewer implements Viewer {
  readonly actor
  opened: Viewer['opened']
  ownSeq: Seq | undefined
  readonly frames: ServerFrame[] = []

  constructor(user: User) {
    this.actor = { user, sessionId: newId<SessionId>() }
  }

  send(frame: string): void {
    this.frames.push(JSON.parse(frame))
  }

  whenRoomy(): Promise<void> {
    return Promise.resolve()
  }

  end(reason: string): void {
    throw new Error(reason)
  }

  fail(error: unknown): void {
    throw error
  }

  get seqs(): Seq[] {
    return this.frames.flatMap((frame) => (frame.type === 'events' ? frame.events.map(({ seq }) => seq) : []))
  }

  get kinds(): string[] {
    return this.frames.map(({ type }) => type)
  }
}

async function setting() {
  const clock = new FakeClock()
  const room = new ScriptedRoom()
  const occupancy = new Occupancy(clock)
  const metrics = newMetrics()
  const fault = (error: unknown) => {
    throw error
  }
  const { state, fanout } = room
  const hub = new Hub({ state, fanout, occupancy, clock, turn: new WriteTurn(), metrics, fault })
  const arrive = async (user: User) => {
    const viewer = new ScriptedViewer(user)
    hub.welcomed(viewer, await hub.welcome(viewer))
    return viewer
  }
  const open = (viewer: Viewer, cursor?: Seq) => hub.open(viewer, { kind: 'room', roomId }, cursor)
  return { clock, room, hub, metrics, occupancy, arrive, open }
}

/** Lets every promise that can go on go on. */
async function settle(): Promise<void> {
  for (let round = 0; round < 50; round++) await Promise.resolve()
  await new Promise(setImmediate)
}

const upTo = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, index) => first + index)

test('[E3] what is published while the log is read comes after it, once', async () => {
  const { room, arrive, open } = await setting()
  const viewer = await arrive(ann)
  room.post(3)
  const release = room.hold()
  open(viewer, 1)
  await settle()
  room.post(2)
  room.append([{ type: 'message-edited' }])
  expect(viewer.seqs).toEqual([])
  release()
  await settle()
  room.post(1)
  await settle()
  expect(viewer.seqs).toEqual(upTo(2, 7))
})

test('[E3] a long absence is read page by page before the place counts as open', async () => {
  const { room, arrive, open } = await setting()
  const viewer = await arrive(ann)
  room.pageSize = 10
  room.post(25)
  open(viewer, 0)
  await settle()
  expect(viewer.seqs).toEqual(upTo(1, 25))
  expect(viewer.kinds).toEqual(['events', 'events', 'events', 'opened', 'signals'])
})

test('news that the snapshot holds already is not repeated', async () => {
  const { room, arrive, open } = await setting()
  const viewer = await arrive(ann)
  room.post(3)
  const release = room.hold()
  open(viewer)
  await settle()
  room.post(1)
  release()
  await settle()
  room.post(1)
  await settle()
  expect(viewer.frames.find(({ type }) => type === 'reset')).toMatchObject({ seq: 3 })
  expect(viewer.seqs).toEqual([4, 5])
})

test('[G6] a lost publication is noticed by the next one and read from the log', async () => {
  const { room, arrive, open, metrics } = await setting()
  const [lucky, other] = [await arrive(ann), await arrive(ben)]
  for (const viewer of [lucky, other]) open(viewer, 0)
  await settle()
  room.post(1)
  room.post(2, { isLost: true })
  room.post(1)
  await settle()
  room.post(1)
  await settle()
  for (const viewer of [lucky, other]) expect(viewer.seqs).toEqual(upTo(1, 5))
  expect(metrics.repairs).toBe(2)
})

test('[G8] the frame ends with the removal, and so does delivery', async () => {
  const { room, arrive, open } = await setting()
  const [stays, goes] = [await arrive(ann), await arrive(ben)]
  for (const viewer of [stays, goes]) open(viewer, 0)
  await settle()
  room.append([{ type: 'message-posted' }, { type: 'member-removed', userId: ben.id }, { type: 'message-posted' }])
  await settle()
  expect(goes.seqs).toEqual([1, 2])
  expect(goes.kinds.at(-1)).toBe('closed')
  expect(stays.seqs).toEqual([1, 2, 3])
})

test('[G8] a person who is removed while catching up gets nothing any more', async () => {
  const { room, arrive, open } = await setting()
  const viewer = await arrive(ben)
  room.post(2)
  const release = room.hold()
  open(viewer, 0)
  await settle()
  room.append([{ type: 'member-removed', userId: ben.id }, { type: 'message-posted' }])
  room.strangers.add(ben.id)
  release()
  await settle()
  // What was read before the removal is not shown any more either.
  expect(viewer.seqs).toEqual([])
  expect(viewer.frames.at(-1)).toMatchObject({ type: 'closed', code: 'not-a-member' })
})

test('a place that was left while it was read says nothing', async () => {
  const { room, hub, arrive, open, occupancy } = await setting()
  const viewer = await arrive(ann)
  room.post(3)
  const release = room.hold()
  open(viewer, 0)
  hub.close(viewer)
  release()
  await settle()
  room.post(1)
  await settle()
  expect(viewer.kinds).toEqual([])
  expect(occupancy.occupants(roomId).count).toBe(0)
})

test('whoever goes live at once is served from memory, not by another read', async () => {
  const { room, arrive, open } = await setting()
  const [first, second] = [await arrive(ann), await arrive(ben)]
  open(first, 0)
  await settle()
  const release = room.hold()
  open(second, 0)
  await settle()
  for (let count = 0; count < 5; count++) room.post(1)
  const reads = room.reads
  release()
  await settle()
  expect(second.seqs).toEqual(upTo(1, 5))
  expect(room.reads).toBe(reads)
})

test('[E4] a frame with a text that was changed since is not shown to newcomers', async () => {
  const { room, arrive, open } = await setting()
  const [first, second] = [await arrive(ann), await arrive(ben)]
  open(first, 0)
  await settle()
  const release = room.hold()
  open(second, 0)
  await settle()
  room.post(2)
  room.append([{ type: 'message-deleted' }])
  const reads = room.reads
  release()
  await settle()
  expect(second.seqs).toEqual([1, 2, 3])
  expect(room.reads).toBe(reads + 1)
})

test('many followers of a busy room share frames, and none misses anything', async () => {
  const { clock, room, arrive, open } = await setting()
  const viewers = await Promise.all(Array.from({ length: 300 }, (_, index) => arrive(person(`p${index}`))))
  for (const viewer of viewers) open(viewer, 0)
  await settle()
  for (const viewer of viewers) viewer.frames.length = 0
  for (let count = 0; count < 20; count++) room.post(1)
  await settle()
  clock.advance(5)
  await settle()
  for (const viewer of viewers) {
    expect(viewer.seqs).toEqual(upTo(1, 20))
    expect(viewer.frames.filter((frame): frame is EventsFrame => frame.type === 'events').length).toBeLessThanOrEqual(2)
  }
})

test('own events that come while somebody is welcomed follow the welcome', async () => {
  const { room, hub } = await setting()
  const viewer = new ScriptedViewer(ann)
  const welcome = await hub.welcome(viewer)
  const event = (seq: Seq) => ({ type: 'room-entered', roomId, seq, at: 1, actorId: ann.id }) as Event
  const publish = (seq: Seq) =>
    room.fanout.publish([
      { kind: 'events', stream: `user:${ann.id}` as never, events: [event(seq)], users: [], lastNumber: 0 },
    ])
  publish(1)
  expect(viewer.kinds).toEqual([])
  hub.welcomed(viewer, welcome)
  publish(2)
  expect(viewer.seqs).toEqual([1, 2])
  expect(hub.isMember(ann.id, roomId)).toBe(true)
})

test('[E2] what is entered or left while somebody is welcomed counts like what came before', async () => {
  const { room, hub } = await setting()
  const viewer = new ScriptedViewer(ann)
  const publish = (seq: Seq, type: 'room-entered' | 'room-left') => {
    const event = { type, roomId, seq, at: 1, actorId: ann.id } as Event
    room.fanout.publish([
      { kind: 'events', stream: `user:${ann.id}` as never, events: [event], users: [], lastNumber: 0 },
    ])
  }
  const greeting = hub.welcome(viewer)
  publish(1, 'room-entered')
  hub.welcomed(viewer, await greeting)
  expect(viewer.seqs).toEqual([1])
  expect(hub.isMember(ann.id, roomId)).toBe(true)
  const tab = new ScriptedViewer(ann)
  const second = hub.welcome(tab)
  publish(2, 'room-left')
  hub.welcomed(tab, await second)
  expect(hub.isMember(ann.id, roomId)).toBe(false)
})

test('[E3] a clock that is set back by an hour does not silence a room', async () => {
  const { clock, room, arrive, open } = await setting()
  const viewers = await Promise.all(Array.from({ length: 300 }, (_, index) => arrive(person(`p${index}`))))
  for (const viewer of viewers) open(viewer, 0)
  await settle()
  room.post(1)
  await settle()
  clock.advance(-3_600_000)
  room.post(1)
  await settle()
  clock.advance(5)
  for (const viewer of viewers) expect(viewer.seqs).toEqual([1, 2])
})

test('[E4] somebody whose first words were in the snapshot already is named by the next ones', async () => {
  const { clock, room, arrive, open } = await setting()
  const followers = await Promise.all(Array.from({ length: 300 }, (_, index) => arrive(person(`p${index}`))))
  for (const viewer of followers) open(viewer, 0)
  const newcomer = await arrive(ben)
  await settle()
  const cat = person('cat')
  const speaks = () => {
    const event = { type: 'message-posted', seq: room.log.length + 1, at: 1, actorId: cat.id } as Event
    room.log.push(event)
    room.fanout.publish([{ kind: 'events', stream: roomStream(roomId), events: [event], users: [cat], lastNumber: 0 }])
  }
  room.post(1)
  speaks()
  open(newcomer)
  await settle()
  clock.advance(5)
  speaks()
  clock.advance(5)
  await settle()
  expect(newcomer.seqs).toEqual([3])
  for (const viewer of [followers[0], newcomer]) {
    const named = viewer?.frames.flatMap((frame) => (frame.type === 'events' ? frame.users : []))
    expect(named?.map(({ id }) => id)).toEqual(viewer === newcomer ? [cat.id] : [cat.id, cat.id])
  }
})

/** Sets are in everything that a connection or a room holds on to. */
function setsInMemory(): number {
  Bun.gc(true)
  return heapStats().objectTypeCounts.Set ?? 0
}

test('rooms that somebody was refused leave nothing in memory', async () => {
  const { room, hub, arrive } = await setting()
  const viewer = await arrive(ben)
  room.strangers.add(ben.id)
  const before = setsInMemory()
  for (let count = 0; count < 2_000; count++) {
    hub.open(viewer, { kind: 'room', roomId: newId<RoomId>() }, 0)
    await settle()
  }
  expect(viewer.kinds.at(-1)).toBe('closed')
  expect(setsInMemory() - before).toBeLessThan(500)
})

test('nor do connections that are gone before they were greeted', async () => {
  const { hub, room } = await setting()
  room.isMember = true
  const before = setsInMemory()
  for (let count = 0; count < 2_000; count++) {
    const viewer = new ScriptedViewer(person('passer-by'))
    const greeting = hub.welcome(viewer)
    hub.depart(viewer, 'vanished')
    await greeting
  }
  expect(setsInMemory() - before).toBeLessThan(500)
})

test('[E12] whoever is taken out of the room is not told who came after', async () => {
  const { room, arrive, open } = await setting()
  const [stays, goes] = [await arrive(ann), await arrive(ben)]
  for (const viewer of [stays, goes]) open(viewer, 0)
  await settle()
  const [carl, dora] = [person('carl'), person('dora')]
  const events = [
    { type: 'member-removed', seq: 1, at: 1, actorId: carl.id, userId: ben.id },
    { type: 'member-joined', seq: 2, at: 1, actorId: dora.id, userId: dora.id },
  ] as const
  room.fanout.publish([{ kind: 'events', stream: roomStream(roomId), events, users: [ben, carl, dora], lastNumber: 0 }])
  await settle()
  const told = (viewer: ScriptedViewer) =>
    viewer.frames.flatMap((frame) => (frame.type === 'events' ? frame.users.map(({ handle }) => handle) : []))
  expect(told(goes)).toEqual(['ben', 'carl'])
  expect(told(stays)).toEqual(expect.arrayContaining(['ben', 'carl', 'dora']))
})
