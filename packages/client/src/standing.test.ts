import { expect, test } from 'bun:test'
import type { MyRoom, Room, RoomId, ServerFrame, Signal, User } from '@parley/protocol'
import { settled } from '../testing/fake-clock.ts'
import { House, shown } from '../testing/house.ts'
import type { Notice } from './notice.ts'
import { OwnRooms } from './own-rooms.ts'

function signal(house: House, user: User, told: Signal): Promise<void> {
  for (const socket of house.server.of(user.id)) socket.tell({ type: 'signals', signals: [told] } as ServerFrame)
  return settled()
}

async function pair() {
  const house = new House()
  const [ann, bob] = [house.person('Ann'), house.person('Bob')]
  const roomId = house.world.createRoom(ann.id, 'designers')
  const annAt = await house.inRoom(ann, roomId)
  const bobAt = await house.inRoom(bob, roomId)
  return { house, ann, bob, roomId, annAt, bobAt }
}

test('what I am in a room follows its log: moderator, owner, and moderator again after handing over', async () => {
  const { house, ann, bob, roomId, annAt, bobAt } = await pair()
  const roles = () => [shown(annAt, roomId).role, shown(bobAt, roomId).role]
  expect(roles()).toEqual(['owner', 'guest'])
  await annAt.setMemberRole(roomId, bob.id, 'moderator')
  await settled()
  expect(roles()).toEqual(['owner', 'moderator'])
  await annAt.handOverRoom(roomId, bob.id)
  await settled()
  expect(roles()).toEqual(['moderator', 'owner'])
  expect(shown(bobAt, roomId).isOwner).toBe(true)
  expect(annAt.rooms.value[0]?.role).toBe('moderator')
  house.world.do(bob.id, 'set-member-role', { roomId, userId: ann.id, role: 'member' })
  await settled()
  expect(roles()).toEqual(['guest', 'owner'])
})

test('`rules-changed` replaces the room’s rules', async () => {
  const { roomId, annAt, bobAt } = await pair()
  await annAt.setRoomRules({ roomId, isReadOnly: true })
  await settled()
  expect(shown(bobAt, roomId).room?.isReadOnly).toBe(true)
})

test('`standing` says until when I am muted, and that I am not any more', async () => {
  const { house, bob, roomId, bobAt } = await pair()
  await signal(house, bob, { name: 'standing', roomId, role: 'guest', mutedUntil: 5_000 })
  expect(shown(bobAt, roomId).mutedUntil).toBe(5_000)
  await signal(house, bob, { name: 'standing', roomId, role: 'guest' })
  expect(shown(bobAt, roomId).mutedUntil).toBeUndefined()
})

test('[E8] messages of people I block are marked and do not count', async () => {
  const { house, ann, bob, roomId, bobAt } = await pair()
  house.world.post(ann.id, roomId, 'one')
  await settled()
  expect(shown(bobAt, roomId).unread).toBe(1)
  const [before] = shown(bobAt, roomId).rows
  house.world.blocked.set(bob.id, [ann.id])
  await signal(house, bob, { name: 'blocks', blocked: [ann.id] })
  expect(bobAt.blocked.value.has(ann.id)).toBe(true)
  expect(shown(bobAt, roomId)).toMatchObject({ unread: 0 })
  expect(shown(bobAt, roomId).rows[0]).toMatchObject({ body: 'one', isBlocked: true })
  await signal(house, bob, { name: 'typing', roomId, people: [ann], more: 0 })
  expect(shown(bobAt, roomId).typing.people).toEqual([])
  await bobAt.unblockPerson(ann.id)
  await settled()
  expect(shown(bobAt, roomId)).toMatchObject({ unread: 1 })
  expect(shown(bobAt, roomId).rows[0]).toEqual(before as never)
})

test('whom I block is known from the first moment', async () => {
  const house = new House()
  const [ann, bob] = [house.person('Ann'), house.person('Bob')]
  house.world.blocked.set(bob.id, [ann.id])
  const bobAt = await house.online(bob)
  expect([...bobAt.blocked.value]).toEqual([ann.id])
})

test('being brought into a room is told with its name', async () => {
  const house = new House()
  const [ann, bob] = [house.person('Ann'), house.person('Bob')]
  const roomId = house.world.createRoom(ann.id, 'designers')
  const bobAt = await house.online(bob)
  const notices: Notice[] = []
  bobAt.notices.subscribe((notice) => notices.push(notice))
  house.world.add(ann.id, roomId, bob.id)
  await settled()
  expect(notices).toEqual([{ kind: 'added', roomId, roomName: 'designers', by: ann.id }])
  expect(bobAt.rooms.value.map((room) => room.name)).toEqual(['designers'])
})

const room = (id: string, more: Partial<Room>): MyRoom => ({
  room: { id, kind: 'public', name: id, topic: '', ownerId: 'ann', createdAt: 0, version: 1, ...more } as Room,
  role: 'member',
  marker: 0,
  lastNumber: 0,
  unread: 0,
  mentions: 0,
})

test('conversations of two go by the other’s present name, after the rooms; unbegun ones of others are hidden', () => {
  const me = { id: 'bob' } as User
  const ann = { id: 'ann', displayName: 'Ann', version: 1 } as User
  const people = new Map([[ann.id, ann]])
  const rooms = new OwnRooms(async () => ({ rooms: [], seq: 0 }), {
    get: (id) => people.get(id),
    me: () => me.id,
    isBlocked: () => false,
  })
  const begun = { ...room('d1', { kind: 'direct', name: '', ownerId: me.id }), peer: ann }
  const theirs = { ...room('d2', { kind: 'direct', name: '' }), peer: ann }
  rooms.replace({ rooms: [begun, theirs, room('zebra', {})], seq: 1 })
  const names = () => rooms.list.value.map((view) => view.name)
  expect(names()).toEqual(['zebra', 'Ann'])
  rooms.activity({ name: 'activity', roomId: 'd2' as RoomId, lastNumber: 1, unread: 1, mentions: 0 })
  expect(names()).toEqual(['zebra', 'Ann', 'Ann'])
  people.set(ann.id, { ...ann, displayName: 'Anna', version: 2 })
  const [zebra] = rooms.list.value
  rooms.renamed()
  expect(names()).toEqual(['zebra', 'Anna', 'Anna'])
  expect(rooms.list.value[0]).toBe(zebra as never)
  people.set(ann.id, { ...ann, displayName: '', version: 3, isDeleted: true })
  rooms.renamed()
  expect(names()).toEqual(['zebra', 'Deleted person', 'Deleted person'])
})
