import { expect, test } from 'bun:test'
import { newId, type RoomId, type Signal, type User, type UserId } from '@parley/protocol'
import { FakeClock } from '../testing/fake-clock.ts'
import { Occupancy } from './occupancy.ts'
import { RoomPresence, type RoomPresenceParts } from './room-presence.ts'
import { WriteTurn } from './write-turn.ts'

const roomId = newId<RoomId>()

function person(name: string): User {
  return { id: newId<UserId>(), handle: name, displayName: name, kind: 'guest', version: 1 }
}

function setting(onlookerCount = 1) {
  const clock = new FakeClock()
  const occupancy = new Occupancy(clock)
  const turns: (() => void)[] = []
  const turn = new WriteTurn((call) => turns.push(call))
  const heard = Array.from({ length: onlookerCount }, (): Signal[][] => [])
  const onlookers: RoomPresenceParts['onlookers'] = new Set(
    heard.map((signals) => {
      const send = (text: string) => {
        signals.push(JSON.parse(text).signals)
        turn.add({ write() {} })
      }
      return { isLive: true, viewer: { send } }
    }),
  )
  const presence = new RoomPresence({ roomId, clock, turn, occupancy, onlookers })
  occupancy.onChange(() => presence.occupantsChanged())
  const endTurn = () => {
    for (const call of turns.splice(0)) call()
  }
  const enter = (user = person('somebody')) => occupancy.enter(roomId, user, { isListed: true })
  return { clock, presence, occupancy, heard, first: heard[0] ?? [], endTurn, enter }
}

const names = (signals: readonly Signal[] | undefined) => signals?.map(({ name }) => name)

test('[G3] [G6] who came and who types go out in one frame, the first at once', () => {
  const { clock, presence, first, enter } = setting()
  enter()
  expect(first.map(names)).toEqual([['occupants']])
  presence.typing.starts(person('ann'))
  enter()
  expect(first).toHaveLength(1)
  clock.advance(250)
  expect(names(first[1])).toEqual(['typing', 'occupants'])
})

test('[G3] the more look on, the more rarely they are told', () => {
  const { clock, presence, first, endTurn } = setting(1_000)
  presence.typing.starts(person('ann'))
  presence.typing.starts(person('ben'))
  endTurn()
  clock.advance(999)
  expect(first).toHaveLength(1)
  clock.advance(1)
  expect(first).toHaveLength(2)
})

test('many are told over several turns, each once', () => {
  const { presence, heard, endTurn } = setting(600)
  presence.typing.starts(person('ann'))
  const told = () => heard.filter((signals) => signals.length === 1).length
  expect(told()).toBe(250)
  endTurn()
  expect(told()).toBe(500)
  endTurn()
  expect(told()).toBe(600)
})

test('[G3] the first fifty are named once while others come and go, and anew when one of them leaves', () => {
  const { clock, presence, first, enter } = setting()
  const seats = Array.from({ length: 60 }, () => enter())
  clock.advance(250)
  const last = () => first.at(-1)?.find((signal) => signal.name === 'occupants')
  expect(last()).toMatchObject({ count: 60, people: { length: 50 } })
  const named = last()?.version
  enter()
  clock.advance(250)
  expect(last()).toMatchObject({ count: 61, since: named, version: presence.toldVersion })
  expect(last()?.people).toBeUndefined()
  seats[0]?.leave('left')
  clock.advance(250)
  expect(last()).toMatchObject({ count: 60, people: { length: 50 } })
  expect(last()?.since).toBeUndefined()
})

test('[G3] who came and went between two signals is not left standing with those who opened the room meanwhile', () => {
  const { clock, first, enter, occupancy } = setting()
  enter()
  enter()
  clock.advance(250)
  const last = () => first.at(-1)?.find((signal) => signal.name === 'occupants')
  const before = last()?.version ?? 0
  const seat = enter()
  const seen = occupancy.occupants(roomId).version
  seat.leave('left')
  clock.advance(250)
  expect(seen).toBeGreaterThan(before)
  expect(last()).toMatchObject({ count: 2, people: { length: 2 } })
})
