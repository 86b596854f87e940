import { type LobbyRoom, orderActive, type ParsedQuery } from '@parley/protocol'
import type { OccupancyReader } from '../state.ts'
import type { Reader } from '../storage/database.ts'
import {
  countListedRooms,
  FIRST_PLACE,
  filterListedRooms,
  type ListPlace,
  readListedByIds,
  readListedRooms,
} from '../storage/listed-rooms.ts'
import { placeText, readPlace } from './page-place.ts'
import { query } from './query.ts'

export const listRooms = query('list-rooms', async ({ reader, input, occupancy }) => {
  const filter = input.filter?.trim() ?? ''
  if (input.list === 'active') return pageOf(await readActive(reader, occupancy, filter), input)
  if (filter !== '') return pageOf(withOccupants(await filterListedRooms(reader, filter), occupancy), input)

  const rooms = withOccupants(await readListedRooms(reader, placeOf(input.after), input.limit + 1), occupancy)
  const page = rooms.slice(0, input.limit)
  return { rooms: page, ...nextOf(rooms, page), total: await countListedRooms(reader), version: 0 }
})

async function readActive(reader: Reader, occupancy: OccupancyReader, filter: string): Promise<LobbyRoom[]> {
  const rooms = await readListedByIds(reader, [...occupancy.activeRooms().keys()])
  const wanted = filter.normalize('NFKC').toLowerCase()
  const found = rooms.filter((room) => `${room.name}\n${room.topic}`.normalize('NFKC').toLowerCase().includes(wanted))
  return withOccupants(found, occupancy).sort(orderActive)
}

function withOccupants(rooms: readonly LobbyRoom[], occupancy: OccupancyReader): LobbyRoom[] {
  const active = occupancy.activeRooms()
  return rooms.map((room) => ({ ...room, ...active.get(room.id) }))
}

/** A page of a list that is complete in memory; `after` names the last room of the page before. */
function pageOf(rooms: readonly LobbyRoom[], input: ParsedQuery<'list-rooms'>) {
  const previous = rooms.findIndex((room) => placeOfRoom(room) === input.after || room.id === placeOf(input.after).id)
  const rest = rooms.slice(previous + 1)
  const page = rest.slice(0, input.limit)
  return { rooms: page, ...nextOf(rest, page), total: rooms.length, version: 0 }
}

function nextOf(rooms: readonly LobbyRoom[], page: readonly LobbyRoom[]): { next?: string } {
  const last = page.at(-1)
  return last && rooms.length > page.length ? { next: placeOfRoom(last) } : {}
}

const placeOfRoom = ({ lastActivityAt, id }: LobbyRoom): string => placeText({ count: lastActivityAt, id })

function placeOf(after: string | undefined): ListPlace {
  const place = readPlace(after)
  return place ? { activeAt: place.count, id: place.id } : FIRST_PLACE
}
