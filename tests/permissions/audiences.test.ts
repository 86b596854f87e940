import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test'
import {
  type Event,
  type EventType,
  type RoomId,
  roomStream,
  type Signal,
  type SignalName,
  userStream,
} from '@parley/protocol'
import { events, signals } from '@parley/protocol/schemas'
import type { Contender } from '../simulation/interleave.ts'
import { WatchedRooms, type Watcher } from '../simulation/watched-room.ts'
import { type DeviceName, EVENT_AUDIENCES, mayBeTold, SIGNAL_AUDIENCES } from './audiences.ts'

setDefaultTimeout(60_000)
const rooms = new WatchedRooms('sqlite')
beforeAll(() => rooms.open())
afterAll(() => rooms.close())

test('[N3] every event and signal has its audience', () => {
  expect(Object.keys(EVENT_AUDIENCES).sort()).toEqual(Object.keys(events).sort())
  expect(Object.keys(SIGNAL_AUDIENCES).sort()).toEqual(Object.keys(signals).sort())
})

for (const kind of ['public', 'private', 'direct'] as const) {
  test(`[N3] of a ${kind} room, everybody is told what is theirs to hear and nothing else`, async () => {
    const scene = await setScene(kind)
    await everythingHappens(scene)
    expect(rooms.faults).toEqual([])
    const told = [...scene.devices].map(([device, watcher]) => ({ device, heard: heardBy(watcher, scene.roomId) }))
    for (const { device, heard } of told) {
      for (const type of heard.events) {
        const isTheirs = mayBeTold(EVENT_AUDIENCES[type], device, kind === 'public')
        expect({ device, type, isTheirs }).toEqual({ device, type, isTheirs: true })
      }
      for (const name of heard.signals) {
        const isTheirs = mayBeTold(SIGNAL_AUDIENCES[name], device, kind === 'public')
        expect({ device, name, isTheirs }).toEqual({ device, name, isTheirs: true })
      }
    }
    for (const [device, { actor, frames }] of scene.devices) {
      const strange = frames.filter((frame) => frame.type === 'events' && frame.stream.startsWith('user:'))
      const streams = strange.map((frame) => (frame.type === 'events' ? frame.stream : ''))
      expect(streams.filter((stream) => stream !== userStream(actor.user.id))).toEqual([])
      // Bob moved his marker, and Ann has blocked somebody: neither of them learns it of the other.
      const { signals: names } = heardBy(must(scene.devices.get(device)), scene.roomId)
      expect(names.has('marker')).toBe(device.startsWith('member'))
      expect(names.has('blocks')).toBe(device.startsWith('owner'))
    }
    // Nothing was merely silent: whoever follows hears every event that there is in rooms of this kind.
    const expected = new Set(scene.eventTypes)
    for (const { device, heard } of told) {
      if (device.endsWith('following')) expect([...heard.events].sort()).toEqual([...expected].sort())
    }
    const names = new Set(told.flatMap(({ heard }) => [...heard.signals]))
    expect([...names].sort()).toEqual([...scene.signalNames].sort())
    // Of rooms that are not listed, no word reaches anybody outside.
    if (kind === 'public') return
    for (const [device, watcher] of scene.devices) {
      const isOutside = !device.startsWith('owner') && !device.startsWith('member')
      if (isOutside) expect(JSON.stringify(watcher.frames)).not.toContain(scene.roomId)
    }
  })
}

interface Scene {
  readonly kind: 'public' | 'private' | 'direct'
  readonly roomId: RoomId
  readonly ann: Contender
  readonly bob: Contender
  readonly passing: Contender
  readonly devices: ReadonlyMap<DeviceName, Watcher>
  readonly eventTypes: readonly EventType[]
  readonly signalNames: readonly SignalName[]
}

const TALK: readonly EventType[] = [
  'room-created',
  'member-joined',
  'message-posted',
  'message-edited',
  'message-deleted',
  'reaction-added',
  'reaction-removed',
]

async function setScene(kind: Scene['kind']): Promise<Scene> {
  const cast = await Promise.all(['Ann', 'Bob', 'Eve', 'Ban', 'Dan', 'Pat'].map((name) => rooms.person(name)))
  const [ann, bob, eve, ban, dan, passing] = cast
  if (!ann || !bob || !eve || !ban || !dan || !passing) throw new Error('nobody came')
  const roomId = await makeRoom(kind, { ann, bob, others: [eve, ban] })
  if (kind !== 'direct') {
    await eve.here.does('leave-room', { roomId })
    await ann.here.does('ban-member', { roomId, userId: ban.actor.user.id })
  }
  const people: Record<DeviceName, Contender> = {
    'owner, following': ann,
    'owner, in the lobby': ann,
    'member, following': bob,
    'member, in the lobby': bob,
    'former member, in the lobby': eve,
    'banned, in the lobby': ban,
    'stranger, in the lobby': dan,
  }
  const devices = new Map<DeviceName, Watcher>()
  for (const [name, person] of Object.entries(people) as [DeviceName, Contender][]) {
    // as: its keys
    const watcher = await rooms.watcher(person, 'here')
    devices.set(name, watcher)
    if (name.endsWith('following')) watcher.opens(roomId, 0)
    else watcher.opensLobby()
  }
  await rooms.quiet()
  const isDirect = kind === 'direct'
  // Of the ban and the leaving before, those who follow hear by catching up from the beginning.
  const eventTypes = isDirect ? TALK : (Object.keys(EVENT_AUDIENCES) as EventType[]) // as: its keys
  const common: readonly SignalName[] = ['typing', 'occupants', 'activity', 'marker', 'blocks', 'profile']
  const more: readonly SignalName[] = isDirect ? [] : ['room', 'standing', 'room-closed']
  const listed: readonly SignalName[] = kind === 'public' ? ['lobby'] : []
  return {
    kind,
    roomId,
    ann,
    bob,
    passing,
    devices,
    eventTypes: eventTypes.filter((type) => EVENT_AUDIENCES[type] === 'following'),
    signalNames: [...common, ...more, ...listed],
  }
}

async function makeRoom(
  kind: Scene['kind'],
  { ann, bob, others }: { ann: Contender; bob: Contender; others: readonly Contender[] },
): Promise<RoomId> {
  if (kind === 'direct') return (await ann.here.does('start-direct', { userId: bob.actor.user.id })).roomId
  const { roomId } = await ann.here.does('create-room', { name: `Of ${ann.actor.user.displayName}`, kind })
  for (const { actor } of [bob, ...others]) await ann.here.does('add-member', { roomId, userId: actor.user.id })
  return roomId
}

/** Everything that can be told about a room, once at least. */
async function everythingHappens(scene: Scene): Promise<void> {
  const { kind, roomId, ann, bob, passing, devices } = scene
  const userId = passing.actor.user.id
  const { messageId } = await bob.here.does('post-message', { roomId, body: 'one' })
  await ann.here.does('add-reaction', { roomId, messageId, emoji: '👍' })
  await ann.here.does('remove-reaction', { roomId, messageId, emoji: '👍' })
  await bob.here.does('edit-message', { roomId, messageId, body: 'two' })
  await bob.here.does('delete-message', { roomId, messageId })
  await bob.here.does('mark-read', { roomId, number: 1 })
  devices.get('owner, following')?.types(roomId)
  await ann.here.does('block-person', { userId })
  await bob.here.does('change-name', { name: `${bob.actor.user.displayName} the other` })
  await rooms.quiet()
  if (kind === 'direct') return
  await ann.here.does('add-member', { roomId, userId })
  await ann.here.does('set-member-role', { roomId, userId, role: 'moderator' })
  await ann.here.does('mute-member', { roomId, userId: bob.actor.user.id })
  await ann.here.does('remove-member', { roomId, userId })
  await ann.here.does('set-room-rules', { roomId, isReadOnly: true })
  await ann.here.does('rename-room', { roomId, name: `Renamed by ${ann.actor.user.displayName}` })
  await ann.here.does('change-topic', { roomId, topic: 'all of it' })
  await ann.here.does('hand-over-room', { roomId, userId: bob.actor.user.id })
  await bob.here.does('hand-over-room', { roomId, userId: ann.actor.user.id })
  await rooms.quiet()
  await ann.here.does('close-room', { roomId })
  await rooms.quiet()
}

/** What of this room came to a device, by kinds; and whatever is about nobody but oneself. */
function heardBy(watcher: Watcher, roomId: RoomId): { events: Set<EventType>; signals: Set<SignalName> } {
  const heard = { events: new Set<EventType>(), signals: new Set<SignalName>() }
  for (const frame of watcher.frames) {
    if (frame.type === 'events' && frame.stream === roomStream(roomId))
      for (const event of frame.events as readonly Event[]) heard.events.add(event.type) // as: type is on every form
    if (frame.type === 'signals') {
      for (const signal of frame.signals as readonly Signal[]) {
        // as: see above
        if (isAbout(signal, roomId)) heard.signals.add(signal.name)
      }
    }
  }
  return heard
}

/** The lobby speaks of many rooms; of others than this one nothing is judged here. */
function isAbout(signal: Signal, roomId: RoomId): boolean {
  if (signal.name === 'lobby') return JSON.stringify(signal).includes(roomId)
  if (signal.name === 'profile' || signal.name === 'blocks') return true
  return (signal.name === 'room' ? signal.room.id : signal.roomId) === roomId
}

function must<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('There is no such device.')
  return value
}
