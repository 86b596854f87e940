import { expect, test } from 'bun:test'
import {
  type Event,
  type LobbyRoom,
  type LobbySnapshot,
  newId,
  orderActive,
  orderExisting,
  type Room,
  type RoomId,
  roomStream,
  type ServerFrame,
  type SignalOf,
  type User,
  type UserId,
} from '@parley/protocol'
import { FakeClock } from '../testing/fake-clock.ts'
import { LobbyFeed } from './lobby-feed.ts'
import { Occupancy } from './occupancy.ts'
import type { Viewer } from './viewer.ts'

/** Rooms as the truth has them, newest activity first. */
class ScriptedRooms {
  readonly rooms = new Map<RoomId, LobbyRoom>()
  asked: { first: number; ids: readonly RoomId[] }[] = []

  readonly lobbyRooms = async (ask: { first: number; ids: readonly RoomId[] }) => {
    this.asked.push(ask)
    const all = [...this.rooms.values()].sort(orderExisting)
    const named = ask.ids.flatMap((id) => this.rooms.get(id) ?? [])
    return { rooms: [...all.slice(0, ask.first), ...named], total: all.length }
  }
}

class Onlooker {
  readonly rooms = new Map<RoomId, LobbyRoom>()
  readonly signals: SignalOf<'lobby'>[] = []
  totals: LobbySnapshot['totals'] | undefined
  version = 0

  /** Follows the feed as a client does. */
  readonly send = (text: string): void => {
    const frame = JSON.parse(text) as ServerFrame
    if (frame.type === 'reset') {
      const snapshot = frame.snapshot as LobbySnapshot
      this.rooms.clear()
      for (const room of snapshot.rooms) this.rooms.set(room.id, room)
      this.totals = snapshot.totals
      this.version = snapshot.version
    }
    if (frame.type !== 'signals') return
    for (const signal of frame.signals) {
      if (signal.name !== 'lobby') continue
      this.signals.push(signal)
      for (const room of signal.rooms) this.rooms.set(room.id, room)
      for (const id of signal.gone) this.rooms.delete(id)
      this.totals = signal.totals
      this.version = signal.version
    }
  }

  get viewer(): Viewer {
    return { send: this.send } as unknown as Viewer
  }

  existing(): string[] {
    return [...this.rooms.values()]
      .sort(orderExisting)
      .slice(0, 200)
      .map(({ id }) => id)
  }

  active(): string[] {
    const busy = [...this.rooms.values()].filter(({ occupants }) => occupants > 0)
    return busy
      .sort(orderActive)
      .slice(0, 200)
      .map(({ id }) => id)
  }
}

const ann: User = { id: newId<UserId>(), handle: 'ann', displayName: 'Ann', kind: 'guest', version: 1 }

function setting(count = 0) {
  const clock = new FakeClock()
  const occupancy = new Occupancy(clock)
  const truth = new ScriptedRooms()
  const faults: unknown[] = []
  const feed = new LobbyFeed({ clock, occupancy, state: truth, fault: (error) => faults.push(error) })
  const add = (lastActivityAt: number) => {
    const room = lobbyRoom(lastActivityAt)
    truth.rooms.set(room.id, room)
    return room
  }
  const rooms = Array.from({ length: count }, (_, index) => add(clock.now() - index * 60_000))
  const hear = (room: LobbyRoom, type: Event['type']) =>
    feed.hear({
      kind: 'events',
      stream: roomStream(room.id),
      events: [{ type, at: clock.now() } as Event],
      users: [],
      lastNumber: 0,
      room: { ...room, kind: 'public', ownerId: ann.id, version: 1 } as Room,
    })
  /** As a batch of posts is published: without the room. */
  const hearPost = (room: LobbyRoom) => {
    const events = [{ type: 'message-posted', at: clock.now() } as Event]
    feed.hear({ kind: 'events', stream: roomStream(room.id), events, users: [], lastNumber: 1 })
  }
  const look = async () => {
    const onlooker = new Onlooker()
    await feed.open(onlooker.viewer, () => true)
    return onlooker
  }
  return { clock, occupancy, truth, feed, rooms, faults, add, hear, hearPost, look }
}

function lobbyRoom(lastActivityAt: number): LobbyRoom {
  const id = newId<RoomId>()
  return { id, name: `Room ${id}`, topic: '', createdAt: 1, lastActivityAt, occupants: 0, faces: [] }
}

async function settle(): Promise<void> {
  for (let round = 0; round < 20; round++) await Promise.resolve()
}

test('[G1] shows the first 200 of each list, each room once', async () => {
  const { occupancy, rooms, look } = setting(1_000)
  const busy = rooms[900]
  if (!busy) throw new Error('There are a thousand.')
  occupancy.enter(busy.id, ann, { isListed: true })
  const onlooker = await look()
  expect(onlooker.rooms.size).toBe(201)
  expect(onlooker.active()).toEqual([busy.id])
  expect(onlooker.existing()).toEqual(rooms.slice(0, 200).map(({ id }) => id))
  expect(onlooker.totals).toEqual({ active: 1, existing: 1_000 })
})

test('[G1] a new, a renamed and a closed room reach whoever looks on, the next one moving up', async () => {
  const { clock, truth, feed, rooms, add, hear, look } = setting(250)
  const onlooker = await look()
  const created = add(clock.now())
  hear(created, 'room-created')
  await settle()
  expect(onlooker.existing()[0]).toBe(created.id)
  expect(onlooker.totals?.existing).toBe(251)
  hear({ ...created, name: 'Other' }, 'room-renamed')
  clock.advance(250)
  await settle()
  expect(onlooker.rooms.get(created.id)?.name).toBe('Other')
  truth.rooms.delete(created.id)
  feed.closed(created.id)
  clock.advance(250)
  await settle()
  expect(onlooker.existing()).toEqual(rooms.slice(0, 200).map(({ id }) => id))
  expect(onlooker.totals?.existing).toBe(250)
})

test('[G1] changes are told at most four times a second, with growing versions', async () => {
  const { clock, occupancy, rooms, look } = setting(20)
  const onlooker = await look()
  for (const { id } of rooms) {
    occupancy.enter(id, ann, { isListed: true })
    clock.advance(50)
    await settle()
  }
  clock.advance(250)
  await settle()
  expect(onlooker.signals.length).toBeLessThanOrEqual(6)
  const versions = onlooker.signals.map(({ version }) => version)
  expect(versions).toEqual(versions.map((_, index) => (versions[0] ?? 0) + index))
  expect(onlooker.active()).toHaveLength(20)
})

test('[G1] what was taken back before it was told stays with nobody, also not with whoever came in between', async () => {
  const { clock, truth, feed, rooms, add, hear, look } = setting(1)
  const [room] = rooms
  if (!room) throw new Error('There is one.')
  const rename = (name: string) => {
    truth.rooms.set(room.id, { ...room, name })
    hear({ ...room, name }, 'room-renamed')
  }
  await look()
  clock.advance(1_000)
  rename('First')
  await settle()
  const shortLived = add(clock.now())
  hear(shortLived, 'room-created')
  rename('Second')
  const between = await look()
  truth.rooms.delete(shortLived.id)
  feed.closed(shortLived.id)
  rename('First')
  clock.advance(1_000)
  await settle()
  expect([...between.rooms.values()].map(({ name }) => name)).toEqual(['First'])
  expect(between.totals?.existing).toBe(1)
})

test('[G1] a lobby that could not be read is read and told as soon as it can', async () => {
  const { clock, truth, add, hear, faults, look } = setting(1)
  const onlooker = await look()
  const read = truth.lobbyRooms
  Object.assign(truth, { lobbyRooms: () => Promise.reject(new Error('The disk is away.')) })
  clock.advance(1_000)
  const created = add(clock.now())
  hear(created, 'room-created')
  await settle()
  expect(faults).toHaveLength(1)
  Object.assign(truth, { lobbyRooms: read })
  clock.advance(250)
  await settle()
  expect(onlooker.existing()[0]).toBe(created.id)
  expect(onlooker.totals?.existing).toBe(2)
})

test('talking does not flood the lobby', async () => {
  const { clock, rooms, hear, look } = setting(3)
  const onlooker = await look()
  const [room] = rooms
  if (!room) throw new Error('There are three.')
  for (let count = 0; count < 20; count++) {
    clock.advance(400)
    hear(room, 'message-posted')
    await settle()
  }
  expect(onlooker.signals.length).toBeLessThanOrEqual(2)
})

test('a room that closed while the list was read does not come back', async () => {
  const { clock, truth, feed, rooms, look } = setting(3)
  const [room] = rooms
  if (!room) throw new Error('There are three.')
  const { promise, resolve } = Promise.withResolvers<void>()
  const read = truth.lobbyRooms
  const slow: ScriptedRooms['lobbyRooms'] = async (ask) => {
    const found = await read(ask)
    await promise
    return found
  }
  Object.assign(truth, { lobbyRooms: slow })
  const looking = look()
  await settle()
  truth.rooms.delete(room.id)
  feed.closed(room.id)
  resolve()
  const onlooker = await looking
  clock.advance(1_000)
  await settle()
  expect(onlooker.rooms.has(room.id)).toBe(false)
  expect(onlooker.totals?.existing).toBe(2)
})

test('nobody looks on: nothing is read or computed', async () => {
  const { clock, truth, rooms, hear, occupancy } = setting(3)
  for (const room of rooms) {
    hear(room, 'room-created')
    occupancy.enter(room.id, ann, { isListed: true })
    clock.advance(1_000)
  }
  await settle()
  expect(truth.asked).toEqual([])
})

test('[G1] a message moves its room to the top, also one that lay far below', async () => {
  const { clock, truth, rooms, hearPost, look } = setting(1_000)
  const onlooker = await look()
  for (const room of [rooms[150], rooms[900]]) {
    if (!room) throw new Error('There are a thousand.')
    clock.advance(61_000)
    truth.rooms.set(room.id, { ...room, lastActivityAt: clock.now() })
    hearPost(room)
    clock.advance(250)
    await new Promise(setImmediate)
    expect(onlooker.existing()[0]).toBe(room.id)
  }
})

test('[T5] what another instance says of a room is shown, the newest of it, however late the rest comes', async () => {
  const { clock, truth, feed, rooms, add, look } = setting(3)
  const onlooker = await look()
  const created = add(clock.now())
  const hearOf = async (name: string, version: number, isNew = false) => {
    const room = { ...created, name, kind: 'public', ownerId: ann.id, version } as Room
    feed.hearOf({ kind: 'listed', roomId: created.id, at: clock.now(), room, isNew })
    clock.advance(250)
    await settle()
  }
  await hearOf('First', 1, true)
  expect(onlooker.totals?.existing).toBe(4)
  await hearOf('Third', 9)
  await hearOf('Second', 5)
  expect(onlooker.rooms.get(created.id)?.name).toBe('Third')
  const [quiet] = rooms.slice(-1)
  if (!quiet) throw new Error('There are three.')
  clock.advance(61_000)
  feed.hearOf({ kind: 'listed', roomId: quiet.id, at: clock.now() })
  clock.advance(250)
  await settle()
  expect(onlooker.existing()[0]).toBe(quiet.id)
  truth.rooms.delete(created.id)
  feed.closed(created.id)
  await hearOf('Fourth', 12)
  expect(onlooker.rooms.has(created.id)).toBe(false)
})

test('[T4] a lobby that may have missed something reads all it shows again', async () => {
  const { clock, truth, feed, rooms, add, look } = setting(300)
  const onlooker = await look()
  const [closed, renamed] = rooms
  if (!closed || !renamed) throw new Error('There are three hundred.')
  truth.rooms.delete(closed.id)
  truth.rooms.set(renamed.id, { ...renamed, name: 'Other' })
  const created = add(clock.now() + 1)
  feed.distrust()
  clock.advance(250)
  await settle()
  expect(onlooker.rooms.has(closed.id)).toBe(false)
  expect(onlooker.rooms.get(renamed.id)?.name).toBe('Other')
  expect(onlooker.existing()[0]).toBe(created.id)
  expect(onlooker.totals?.existing).toBe(300)
})
