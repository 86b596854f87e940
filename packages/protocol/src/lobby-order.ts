import type { LobbyRoom } from './entities.ts'

type Ordered = Pick<LobbyRoom, 'id' | 'name' | 'occupants' | 'lastActivityAt'>

// Both sides sort by these, so that the first 200 rooms mean the same everywhere.

/** Active rooms: the fullest first, then the newest by id. */
export function orderActive(a: Ordered, b: Ordered): number {
  return b.occupants - a.occupants || byIdDescending(a, b)
}

/** Existing rooms: the most recently active minute first, so that a lively room does not dance with its neighbour. */
export function orderExisting(a: Ordered, b: Ordered): number {
  return minute(b) - minute(a) || byIdDescending(a, b)
}

const minute = (room: Ordered): number => Math.floor(room.lastActivityAt / 60_000)
const byIdDescending = (a: Ordered, b: Ordered): number => (a.id < b.id ? 1 : a.id > b.id ? -1 : 0)
