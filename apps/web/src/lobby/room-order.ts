import type { LobbyRoom } from '@parley/protocol'

/** What a search box finds, as the server would: part of a name or topic, case ignored. */
export function matchesFilter(room: Pick<LobbyRoom, 'name' | 'topic'>, filter: string): boolean {
  const wanted = filter.toLowerCase()
  return room.name.toLowerCase().includes(wanted) || room.topic.toLowerCase().includes(wanted)
}

/** The same rooms, those already in sight at their old places: nothing moves under a pointer. New ones follow them. */
export function keepOrder<Room extends { readonly id: string }>(
  rooms: readonly Room[],
  before: readonly string[],
): readonly Room[] {
  const byId = new Map(rooms.map((room) => [room.id, room]))
  const kept = before.flatMap((id) => byId.get(id) ?? [])
  const known = new Set(before)
  return [...kept, ...rooms.filter((room) => !known.has(room.id))]
}

/** Both lists as one, each room once; the first list is the fresher one. */
export function joinRooms<Room extends { readonly id: string }>(
  first: readonly Room[],
  second: readonly Room[],
): readonly Room[] {
  if (second.length === 0) return first
  const known = new Set(first.map((room) => room.id))
  return [...first, ...second.filter((room) => !known.has(room.id))]
}
