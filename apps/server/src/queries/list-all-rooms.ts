import type { RoomInfo } from '@parley/protocol'
import { countRoomsBySize, readRoomsBySize, type SizePlace } from '../storage/rooms-by-size.ts'
import { placeText, readPlace } from './page-place.ts'
import { query } from './query.ts'
import { requireRole } from './require-role.ts'

export const listAllRooms = query('list-all-rooms', async ({ reader, asker, input }) => {
  await requireRole(reader, asker, 'manage-rooms')
  const found = await readRoomsBySize(reader, { ...placeOf(input.after), limit: input.limit + 1 })
  const rooms = found.slice(0, input.limit)
  const last = rooms.at(-1)
  return {
    rooms,
    ...(last && found.length > rooms.length && { next: placeOfRoom(last) }),
    total: await countRoomsBySize(reader),
  }
})

const placeOfRoom = ({ messages, id }: RoomInfo): string => placeText({ count: messages, id })

function placeOf(after: string | undefined): SizePlace {
  const place = readPlace(after)
  return place ? { messages: place.count, id: place.id } : { messages: Number.MAX_SAFE_INTEGER, id: '~' }
}
