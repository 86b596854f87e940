import { expect, test } from 'bun:test'
import type { MessageId, Occupants, RoomEvent, RoomId, RoomSnapshot, UserId } from '@parley/protocol'
import { roomEvents, userEvents } from '@parley/protocol/schemas'
import fc from 'fast-check'
import { Refused, World } from '../testing/world.ts'
import { applyRoomEvents, applyUserEvent, type OwnState } from './apply-event.ts'
import { progress } from './cursors.ts'
import { PageFlight } from './page-flight.ts'
import { fromSnapshot, hasNewer, hasOlder, type RoomState, trim } from './room-state.ts'

const EMOJIS = ['👍', '🎉']

type Act = {
  readonly kind:
    | 'post'
    | 'edit'
    | 'delete'
    | 'react'
    | 'unreact'
    | 'rename'
    | 'topic'
    | 'come'
    | 'go'
    | 'remove'
    | 'rules'
    | 'role'
    | 'hand'
  readonly who: number
  readonly which: number
}

const act: fc.Arbitrary<Act> = fc.record({
  kind: fc.constantFrom(
    'post',
    'post',
    'post',
    'edit',
    'delete',
    'react',
    'react',
    'unreact',
    'rename',
    'topic',
    'come',
    'go',
    'remove',
    'rules',
    'role',
    'hand',
  ),
  who: fc.nat(2),
  which: fc.nat(40),
})

/** A room of three, of whom the first watches and never leaves. */
class Scene {
  readonly world = new World(() => 1)
  readonly people = ['Ann', 'Bob', 'Eve'].map((name) => this.world.person(name).id)
  readonly me = this.people[0] as UserId
  readonly roomId: RoomId = this.world.createRoom(this.me, 'designers')
  readonly live: RoomEvent[] = []

  constructor() {
    this.world.listeners.add((news) => {
      if (news.kind === 'room') this.live.push(...news.events)
    })
  }

  play({ kind, who, which }: Act): void {
    const actor = this.people[who] as UserId
    const { messages, members, log } = this.world.roomOf(this.roomId)
    const messageId = messages[which % Math.max(1, messages.length)]?.id as MessageId
    const emoji = EMOJIS[which % 2] as string
    const { roomId } = this
    const other = this.people[which % 3] as UserId
    try {
      if (kind === 'post') this.world.post(actor, roomId, `text ${log.length}`)
      else if (kind === 'come') this.world.do(actor, 'enter-room', { roomId })
      else if (kind === 'go' && actor !== this.me) this.world.do(actor, 'leave-room', { roomId })
      else if (kind === 'remove' && actor !== this.me && members.has(actor)) this.world.remove(roomId, actor)
      else if (kind === 'rename') this.world.do(actor, 'rename-room', { roomId, name: `name ${log.length}` })
      else if (kind === 'topic') this.world.do(actor, 'change-topic', { roomId, topic: `topic ${log.length}` })
      else if (kind === 'rules') this.world.do(actor, 'set-room-rules', { roomId, isReadOnly: which % 2 === 0 })
      else if (kind === 'role')
        this.world.do(actor, 'set-member-role', { roomId, userId: other, role: which % 4 < 2 ? 'moderator' : 'member' })
      else if (kind === 'hand') this.world.do(actor, 'hand-over-room', { roomId, userId: other })
      else if (kind === 'edit') this.world.do(actor, 'edit-message', { roomId, messageId, body: `edit ${log.length}` })
      else if (kind === 'delete') this.world.do(actor, 'delete-message', { roomId, messageId })
      else if (kind === 'react') this.world.do(actor, 'add-reaction', { roomId, messageId, emoji })
      else if (kind === 'unreact') this.world.do(actor, 'remove-reaction', { roomId, messageId, emoji })
    } catch (error) {
      if (!(error instanceof Refused)) throw error
    }
  }

  snapshot(limit = 100): RoomState {
    const found = this.world.roomOf(this.roomId)
    const occupants: Occupants = { roomId: this.roomId, version: 1, count: 0, people: [] }
    const { snapshot, seq } = this.world.snapshot(this.roomId, this.me, occupants)
    const page = this.world.page(found, this.me, { limit })
    return fromSnapshot({ ...snapshot, page } as RoomSnapshot, seq)
  }
}

/** What two states must agree in; reactions of mine in any order. */
function picture(state: RoomState) {
  const mine = [...state.mine].filter(([id]) =>
    state.messages.some((message) => message.id === id && !message.deletedAt),
  )
  const { room, isModerator, messages, start, end, lastNumber, memberCount, cursor } = state
  return {
    room,
    isModerator,
    messages,
    start,
    end,
    lastNumber,
    memberCount,
    cursor,
    mine: mine.map(([id, emojis]) => [id, [...emojis].sort()]).sort(),
  }
}

test('[E4][E5] a snapshot at any time + live events = a snapshot now', () => {
  fc.assert(
    fc.property(fc.array(act, { maxLength: 60 }), fc.nat(60), (acts, at) => {
      const scene = new Scene()
      for (const one of acts.slice(0, at)) scene.play(one)
      const before = scene.snapshot()
      scene.live.length = 0
      for (const one of acts.slice(at)) scene.play(one)
      expect(picture(applyRoomEvents(before, scene.live, scene.me))).toEqual(picture(scene.snapshot()))
    }),
  )
})

test('[E4][E5] a snapshot at any time + catch-up in pages of any size = a snapshot now', () => {
  fc.assert(
    fc.property(fc.array(act, { maxLength: 60 }), fc.nat(60), fc.integer({ min: 1, max: 20 }), (acts, at, size) => {
      const scene = new Scene()
      for (const one of acts.slice(0, at)) scene.play(one)
      let state = scene.snapshot()
      for (const one of acts.slice(at)) scene.play(one)
      const missed = scene.world.roomOf(scene.roomId).log.slice(state.cursor)
      for (let first = 0; first < missed.length; first += size) {
        const page = scene.world.eventsAfter(scene.roomId, state.cursor).slice(0, size)
        // In each page only the last event about a message carries its state.
        const lastAbout = new Map(page.flatMap((event) => ('messageId' in event ? [[event.messageId, event.seq]] : [])))
        const messages = scene.world.roomOf(scene.roomId).messages
        const filled = page.map((event) => {
          if (!('messageId' in event)) return event
          const { message: _, ...bare } = event
          const message =
            lastAbout.get(event.messageId) === event.seq ? messages.find(({ id }) => id === event.messageId) : undefined
          return message ? { ...bare, message } : bare
        })
        state = applyRoomEvents(state, filled, scene.me)
      }
      expect(picture(state)).toEqual(picture(scene.snapshot()))
    }),
  )
})

test('[E5] frames that come twice or overlap change nothing', () => {
  fc.assert(
    fc.property(
      fc.array(act, { maxLength: 40 }),
      fc.array(fc.tuple(fc.nat(40), fc.nat(10)), { maxLength: 20 }),
      (acts, ranges) => {
        const scene = new Scene()
        let state = scene.snapshot()
        const offset = scene.world.roomOf(scene.roomId).log.length
        scene.live.length = 0
        for (const one of acts) scene.play(one)
        for (const [from, length] of [...ranges, [0, 100] as const]) {
          const { fresh } = progress(state.cursor, scene.live.slice(from, from + length))
          state = applyRoomEvents(state, fresh, scene.me)
        }
        expect(state.cursor).toBe(offset + scene.live.length)
        expect(picture(state)).toEqual(picture(scene.snapshot()))
      },
    ),
  )
})

const acts = fc.array(act, { maxLength: 25 })

test('[E6] a page that was read before, while or after events arrive: the newer state of each message wins', () => {
  const moments = fc.record({ earlier: acts, whileAsking: acts, whileAnswering: acts })
  const query = fc.record({ limit: fc.integer({ min: 1, max: 5 }), isOlder: fc.boolean() })
  fc.assert(
    fc.property(moments, query, ({ earlier, whileAsking, whileAnswering }, { limit, isOlder }) => {
      const scene = new Scene()
      for (const userId of scene.people) scene.world.do(userId, 'enter-room', { roomId: scene.roomId })
      for (let post = 0; post < 12; post += 1) scene.world.post(scene.me, scene.roomId, 'text')
      for (const one of earlier) scene.play(one)
      let state = scene.snapshot(limit)
      // Asked for the page now; what happens from here on is noted.
      const flight = new PageFlight(scene.me)
      const input = isOlder ? { before: state.start, limit: 100 } : { limit: 100 }
      const play = (some: readonly Act[]) => {
        scene.live.length = 0
        for (const one of some) scene.play(one)
        flight.note(scene.live)
        state = applyRoomEvents(state, scene.live, scene.me)
      }
      play(whileAsking)
      const page = scene.world.page(scene.world.roomOf(scene.roomId), scene.me, input)
      play(whileAnswering)
      state = flight.merge(state, page)
      expect(hasOlder(state)).toBe(false)
      expect(picture(state)).toEqual(picture(scene.snapshot(1_000)))
    }),
    { numRuns: 300 },
  )
})

test('[M6] loaded messages are always a range without holes inside the room', () => {
  const direction = fc.constantFrom('older', 'newer', 'around', 'latest', 'event', 'trim')
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 80 }),
      fc.array(fc.tuple(direction, fc.nat(90)), { maxLength: 30 }),
      (count, moves) => {
        const scene = new Scene()
        for (let post = 0; post < count; post += 1) scene.world.post(scene.me, scene.roomId, 'text')
        let state = scene.snapshot(5)
        for (const [move, number] of moves) {
          scene.live.length = 0
          if (move === 'event') scene.world.post(scene.me, scene.roomId, 'text')
          const inputs = {
            older: { before: state.start },
            newer: { after: state.end },
            around: { around: number + 1 },
            latest: {},
            event: undefined,
            trim: undefined,
          }
          const input = inputs[move]
          if (input)
            state = new PageFlight(scene.me).merge(
              state,
              scene.world.page(scene.world.roomOf(scene.roomId), scene.me, { ...input, limit: 7 }),
            )
          state = trim(applyRoomEvents(state, scene.live, scene.me), undefined)
          expect(state.messages.map((message) => message.number)).toEqual(
            Array.from({ length: state.messages.length }, (_, index) => state.start + index),
          )
          expect(state.end).toBe(state.start + state.messages.length - 1)
          expect(state.lastNumber).toBe(scene.world.roomOf(scene.roomId).messages.length)
          if (move === 'latest') expect(hasNewer(state)).toBe(false)
        }
      },
    ),
  )
})

test('[E2] memory stays bounded, around what is looked at', () => {
  const scene = new Scene()
  for (let post = 0; post < 1_500; post += 1) scene.world.post(scene.me, scene.roomId, 'text')
  const whole = scene.snapshot(1_500)
  expect(trim(whole, undefined)).toMatchObject({ start: 1_100, end: 1_500 })
  expect(trim(whole, 700)).toMatchObject({ start: 300, end: 1_100 })
  expect(trim(whole, 1)).toMatchObject({ start: 1, end: 401 })
})

test('every event of the protocol has a case', () => {
  const base = { seq: 1, at: 1, actorId: 'ann' as UserId }
  const scene = new Scene()
  for (const type of Object.keys(roomEvents)) {
    const event = { ...base, type, userId: 'bob', messageId: 'm', emoji: '👍' } as unknown as RoomEvent
    expect(applyRoomEvents(scene.snapshot(), [event], scene.me).cursor).toBe(1)
  }
  const own: OwnState = { cursor: 0, rooms: new Map(), lastRoomId: undefined, isIncomplete: false }
  for (const type of Object.keys(userEvents)) {
    expect(applyUserEvent(own, { ...base, type, roomId: scene.roomId } as never).cursor).toBe(1)
  }
})

test('[E5] an older state of a message never replaces a newer one', () => {
  const scene = new Scene()
  const { messageId } = scene.world.post(scene.me, scene.roomId, 'first')
  const old = scene.world.page(scene.world.roomOf(scene.roomId), scene.me, {})
  scene.world.do(scene.me, 'edit-message', { roomId: scene.roomId, messageId, body: 'second' })
  const state = scene.snapshot()
  expect(new PageFlight(scene.me).merge(state, old).messages).toEqual(state.messages)
})
