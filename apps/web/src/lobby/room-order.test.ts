import { expect, test } from 'bun:test'
import { joinRooms, keepOrder, matchesFilter } from './room-order.ts'

const ids = (rooms: readonly { id: string }[]) => rooms.map((room) => room.id).join('')
const list = (text: string) => [...text].map((id) => ({ id }))

test('[G1] rooms in sight keep their places, new ones follow, closed ones go', () => {
  expect(ids(keepOrder(list('dcba'), ['a', 'b', 'c']))).toBe('abcd')
  expect(ids(keepOrder(list('ca'), ['a', 'b', 'c']))).toBe('ac')
  expect(ids(keepOrder(list('cba'), []))).toBe('cba')
})

test('[G1] a filter finds part of a name or topic, case ignored', () => {
  const room = { name: 'Hafen Süd', topic: 'Ships and TIDES' }
  for (const filter of ['hafen', 'SÜD', 'tides', 'n s']) expect(matchesFilter(room, filter)).toBe(true)
  expect(matchesFilter(room, 'north')).toBe(false)
})

test('two lists become one, each room once, the fresher entry kept', () => {
  const fresh = [{ id: 'a', from: 'told' }]
  const asked = [
    { id: 'a', from: 'asked' },
    { id: 'b', from: 'asked' },
  ]
  expect(joinRooms(fresh, asked)).toEqual([
    { id: 'a', from: 'told' },
    { id: 'b', from: 'asked' },
  ])
})
