import { expect, test } from 'bun:test'
import type { MyRoom, RoomId, UserEvent, UserId } from '@parley/protocol'
import { settled } from '../testing/fake-clock.ts'
import { OwnRooms } from './own-rooms.ts'

const id = (name: string) => name as RoomId
function mine(name: string, more: Partial<MyRoom> = {}): MyRoom {
  const room = {
    id: id(name),
    kind: 'public',
    name,
    topic: '',
    ownerId: 'ann' as UserId,
    createdAt: 0,
    version: 1,
  } as const
  return { room, role: 'member', marker: 0, lastNumber: 5, unread: 5, mentions: 0, ...more }
}
const entered = (seq: number, name: string): UserEvent => ({
  type: 'room-entered',
  seq,
  at: 0,
  actorId: 'ann' as UserId,
  roomId: id(name),
})
const left = (seq: number, name: string): UserEvent => ({ ...entered(seq, name), type: 'room-left' })

function setUp(answers: { rooms: MyRoom[]; seq: number }[] = []) {
  const asked = { times: 0 }
  const rooms = new OwnRooms(async () => {
    asked.times += 1
    return answers.shift() ?? { rooms: [], seq: 0 }
  })
  return { rooms, asked, names: () => rooms.list.value.map((room) => room.name) }
}

test('[E2] the list is complete: what it lacks is gone; it is ordered by name as people count', () => {
  const { rooms, names } = setUp()
  rooms.replace({ rooms: [mine('Room 10'), mine('room 2'), mine('Äpfel')], seq: 1 })
  expect(names()).toEqual(['Äpfel', 'room 2', 'Room 10'])
  rooms.replace({ rooms: [mine('room 2')], seq: 2 })
  expect(names()).toEqual(['room 2'])
})

test('only the room that changed gets a new entry', () => {
  const { rooms } = setUp()
  rooms.replace({ rooms: [mine('a'), mine('b')], seq: 1 })
  const [a, b] = rooms.list.value
  rooms.activity({ roomId: id('b'), name: 'activity', lastNumber: 6, unread: 6, mentions: 0 })
  expect(rooms.list.value[0]).toBe(a as never)
  expect(rooms.list.value[1]).not.toBe(b as never)
  expect(rooms.list.value[1]?.unread).toBe(6)
})

test('[R2] a room entered elsewhere is asked for; one left elsewhere goes at once', async () => {
  const { rooms, asked, names } = setUp([{ rooms: [mine('a'), mine('b')], seq: 2 }])
  rooms.replace({ rooms: [mine('a')], seq: 1 })
  rooms.apply([entered(2, 'b')])
  await settled()
  expect(names()).toEqual(['a', 'b'])
  rooms.apply([left(3, 'a')])
  expect(names()).toEqual(['b'])
  expect(asked.times).toBe(1)
})

test('[E7] a hole in the own log, or a head ahead of it, asks for the list', async () => {
  const { rooms, asked } = setUp([
    { rooms: [], seq: 5 },
    { rooms: [], seq: 9 },
  ])
  rooms.replace({ rooms: [mine('a')], seq: 1 })
  rooms.apply([left(4, 'a')])
  await settled()
  rooms.compareHead(5)
  expect(asked.times).toBe(1)
  rooms.compareHead(9)
  await settled()
  expect(asked.times).toBe(2)
})

test('[E2] an answer that is older than what the log said meanwhile is asked for again', async () => {
  const { rooms, asked, names } = setUp([
    { rooms: [mine('a')], seq: 2 },
    { rooms: [], seq: 3 },
  ])
  rooms.replace({ rooms: [], seq: 1 })
  rooms.refetch()
  rooms.apply([entered(2, 'a'), left(3, 'a')])
  await settled()
  expect(asked.times).toBe(2)
  expect(names()).toEqual([])
})

test('[E2] what was told of a room while an older answer was on its way is not forgotten', async () => {
  const answer = Promise.withResolvers<{ rooms: MyRoom[]; seq: number }>()
  const rooms = new OwnRooms(() => answer.promise)
  const names = ['a', 'b', 'c', 'd']
  rooms.replace({ rooms: names.map((name) => mine(name)), seq: 1 })
  rooms.compareHead(2)
  rooms.activity({ roomId: id('a'), name: 'activity', lastNumber: 7, unread: 7, mentions: 0 })
  rooms.activity({ roomId: id('b'), name: 'activity', lastNumber: 6, unread: 6, mentions: 0 })
  rooms.standing({ roomId: id('c'), name: 'standing', role: 'moderator', mutedUntil: 9 })
  rooms.room({ ...mine('d').room, name: 'D!', version: 2 })
  const later = mine('b', { lastNumber: 8, unread: 8 })
  answer.resolve({ rooms: [mine('a'), later, mine('c'), mine('d')], seq: 2 })
  await settled()
  const known = (name: string) => rooms.get(id(name))
  expect(known('a')).toMatchObject({ lastNumber: 7, unread: 7 })
  expect(known('b')).toMatchObject({ lastNumber: 8, unread: 8 })
  expect(known('c')).toMatchObject({ role: 'moderator', mutedUntil: 9, lastNumber: 5 })
  expect(known('d')?.room.name).toBe('D!')
})

test('[E8] a marker never goes back, whatever comes late', () => {
  const { rooms } = setUp()
  rooms.replace({ rooms: [mine('a')], seq: 1 })
  rooms.patch(id('a'), { marker: 5, unread: 0 })
  rooms.marker({ name: 'marker', roomId: id('a'), number: 3, unread: 2, mentions: 0 })
  rooms.replace({ rooms: [mine('a', { marker: 2, unread: 3 })], seq: 2 })
  expect(rooms.list.value[0]).toMatchObject({ marker: 5, unread: 0 })
})
