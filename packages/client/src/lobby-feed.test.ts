import { expect, test } from 'bun:test'
import type { ClientFrame, LobbyRoom, RoomId, SignalOf } from '@parley/protocol'
import { FakeClock } from '../testing/fake-clock.ts'
import { LobbyFeed } from './lobby-feed.ts'

const totals = { active: 0, existing: 2 }

// as: any text is an id here
const room = (id: string, occupants: number): LobbyRoom => ({
  id: id as RoomId,
  name: id,
  topic: '',
  createdAt: 0,
  lastActivityAt: 0,
  occupants,
  faces: [],
})

const says = (version: number, ...rooms: LobbyRoom[]): SignalOf<'lobby'> => ({
  name: 'lobby',
  version,
  rooms,
  gone: [],
  totals,
})

function opened() {
  const clock = new FakeClock()
  const sent: ClientFrame[] = []
  const feed = new LobbyFeed({ clock, send: (frame) => sent.push(frame) > 0, learn: () => undefined })
  feed.resume()
  feed.reset({ rooms: [room('a', 0), room('b', 0)], totals, version: 1 })
  return { clock, feed, opens: () => sent.length }
}

test('[G1] a lost signal is noticed by the next one, and the lobby asked for anew', async () => {
  const { clock, feed, opens } = opened()
  await clock.advance(6_000)
  feed.heard(says(2, room('a', 1)))
  expect(opens()).toBe(1)
  feed.heard(says(4, room('a', 2)))
  expect(opens()).toBe(2)
})

test('[G1] what was lost just after the lobby was opened is asked for by the next heartbeat, though the version is known', async () => {
  const { clock, feed, opens } = opened()
  feed.heard(says(3, room('a', 1)))
  expect(opens()).toBe(1)
  await clock.advance(2_000)
  feed.compareVersion(3)
  expect(opens()).toBe(1)
  await clock.advance(4_000)
  feed.compareVersion(3)
  expect(opens()).toBe(2)
  feed.reset({ rooms: [room('a', 1), room('b', 1)], totals, version: 3 })
  await clock.advance(20_000)
  feed.compareVersion(3)
  expect(opens()).toBe(2)
})

test('[G1] a heartbeat that knows of more asks, unless the signal comes meanwhile', async () => {
  const { clock, feed, opens } = opened()
  feed.compareVersion(2)
  feed.heard(says(2, room('b', 1)))
  await clock.advance(1_500)
  expect(opens()).toBe(1)
  feed.compareVersion(3)
  await clock.advance(1_500)
  expect(opens()).toBe(2)
})
