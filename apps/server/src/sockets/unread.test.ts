import { expect, test } from 'bun:test'
import type { Event, Message, MyRoom, UserId } from '@parley/protocol'
import { Membership } from './membership.ts'
import { type CountingReader, MessageTail } from './message-tail.ts'

const ann = 'ann' as UserId
const ben = 'ben' as UserId

function posted(number: number, authorId: UserId): Event {
  return { type: 'message-posted', seq: number, message: { number, authorId } as Message } as Event
}

function deleted(number: number, authorId: UserId): Event {
  return { type: 'message-deleted', seq: 1_000 + number, message: { number, authorId } as Message } as Event
}

/** Ann counts for herself, and blocks nobody. */
const reader: CountingReader = { user: { id: ann }, blocked: new Set() }

function tailOf(...events: Event[]): MessageTail {
  const tail = new MessageTail()
  for (const event of events) tail.add(event)
  return tail
}

function member(marker: number, lastNumber: number, unread: number): Membership {
  return new Membership({ room: { kind: 'public' }, marker, lastNumber, unread, mentions: 0 } as MyRoom)
}

test('[E8] messages of others above the marker count, deleted and own ones do not', () => {
  const tail = tailOf(posted(5, ben), posted(6, ann), posted(7, ben), posted(8, ben), deleted(8, ben))
  expect(member(4, 4, 0).unread(tail, reader)).toBe(2)
  expect(member(5, 5, 0).unread(tail, reader)).toBe(1)
  expect(member(8, 8, 0).unread(tail, reader)).toBe(0)
})

test('[E8] what came before the tail is what the truth counted', () => {
  const tail = tailOf(posted(51, ben), posted(52, ben))
  expect(member(10, 50, 30).unread(tail, reader)).toBe(32)
  expect(member(10, 51, 31).unread(tail, reader)).toBe(32)
})

test('[E8] when memory has a hole, the truth is asked', () => {
  const tail = tailOf(posted(60, ben))
  expect(member(10, 50, 30).unread(tail, reader)).toBeUndefined()
  expect(new Membership('unknown').unread(tailOf(posted(1, ben)), reader)).toBeUndefined()
})

test('a hundred is shown as many, and more is not counted', () => {
  const tail = tailOf(...Array.from({ length: 150 }, (_, index) => posted(index + 1, ben)))
  expect(tail.first).toBe(51)
  expect(member(0, 0, 0).unread(tail, reader)).toBeUndefined()
  expect(member(0, 50, 50).unread(tail, reader)).toBe(100)
  expect(member(0, 140, 100).unread(tail, reader)).toBe(100)
})

test('a deletion before the tail is subtracted, unless the count was capped', () => {
  const tail = tailOf(posted(51, ben))
  const some = member(10, 50, 30)
  some.forgetOne({ number: 20, authorId: ben }, reader)
  some.forgetOne({ number: 21, authorId: ann }, reader)
  some.forgetOne({ number: 9, authorId: ben }, reader)
  expect(some.unread(tail, reader)).toBe(30)
  const many = member(10, 500, 100)
  many.forgetOne({ number: 20, authorId: ben }, reader)
  expect(many.unread(tailOf(posted(501, ben)), reader)).toBeUndefined()
})

test('the marker moves forward only', () => {
  const tail = tailOf(posted(51, ben), posted(52, ben))
  const membership = member(10, 50, 30)
  membership.mark(51, 1, 52)
  membership.mark(20, 25, 52)
  expect(membership.unread(tail, reader)).toBe(1)
})
