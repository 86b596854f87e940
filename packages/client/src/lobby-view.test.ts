import { expect, test } from 'bun:test'
import type { LobbyRoom, RoomId, SignalOf } from '@parley/protocol'
import { applyLobbySignal, lobbyFromSnapshot, lobbyView } from './lobby-view.ts'

const totals = { active: 1, existing: 2 }
// as: any text is an id here
const room = (id: string, more: Partial<LobbyRoom> = {}): LobbyRoom => ({
  id: id as RoomId,
  name: id,
  topic: '',
  createdAt: 0,
  lastActivityAt: 0,
  occupants: 0,
  faces: [],
  ...more,
})
const names = (rooms: readonly LobbyRoom[]) => rooms.map(({ id }): string => id)

test('[G1] active rooms by occupants, existing rooms by recent activity, the active ones too', () => {
  const rooms = [
    room('a', { occupants: 1, lastActivityAt: 60_000 }),
    room('b', { occupants: 5 }),
    room('c', { lastActivityAt: 120_000 }),
  ]
  const view = lobbyView(lobbyFromSnapshot({ rooms, totals, version: 1 }), false)
  expect(names(view.active)).toEqual(['b', 'a'])
  expect(names(view.existing)).toEqual(['c', 'a', 'b'])
})

test('[G1] whole entries replace, gone rooms go, and an older signal changes nothing', () => {
  const state = lobbyFromSnapshot({ rooms: [room('a'), room('b')], totals, version: 5 })
  const rooms = [room('a', { name: 'renamed' })]
  const signal: SignalOf<'lobby'> = { name: 'lobby', version: 6, rooms, gone: ['b' as RoomId], totals }
  const next = applyLobbySignal(state, signal)
  expect(lobbyView(next, false).existing).toEqual([room('a', { name: 'renamed' })])
  expect(applyLobbySignal(next, { ...signal, version: 6, rooms: [room('c')] })).toBe(next)
})
