import {
  LIMITS,
  type LobbyRoom,
  type LobbySnapshot,
  orderActive,
  orderExisting,
  type RoomId,
  type SignalOf,
} from '@parley/protocol'
import type { LobbyView } from './views.ts'

export interface LobbyState {
  readonly rooms: ReadonlyMap<RoomId, LobbyRoom>
  readonly totals: LobbySnapshot['totals']
  readonly version: number
}

export function lobbyFromSnapshot(snapshot: LobbySnapshot): LobbyState {
  const { rooms, totals, version } = snapshot
  return { rooms: new Map(rooms.map((room) => [room.id, room])), totals, version }
}

/** Whole entries replace. What the snapshot already held is older than it and changes nothing. (SPEC G1) */
export function applyLobbySignal(state: LobbyState, signal: SignalOf<'lobby'>): LobbyState {
  if (signal.version <= state.version) return state
  const rooms = new Map(state.rooms)
  for (const id of signal.gone) rooms.delete(id)
  for (const room of signal.rooms) rooms.set(room.id, room)
  return { rooms, totals: signal.totals, version: signal.version }
}

export function lobbyView(state: LobbyState, isStale: boolean): LobbyView {
  const rooms = [...state.rooms.values()]
  const active = rooms.filter((room) => room.occupants > 0).sort(orderActive)
  const existing = rooms.sort(orderExisting)
  return {
    active: active.slice(0, LIMITS.lobbyRooms),
    existing: existing.slice(0, LIMITS.lobbyRooms),
    totals: state.totals,
    isStale,
    version: state.version,
  }
}
