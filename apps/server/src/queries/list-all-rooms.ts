import type { RoomInfo } from '@parley/protocol'
import { countRoomsBySize, readRoomsBySize, type SizePlace } from '../storage/rooms-by-size.ts'
import { query } from './query.ts'
import { requireRole } from './require-role.ts'

export const listAllRooms = query('list-all-rooms', async ({ reader, asker, input }) => {
  await requireRole(reader, asker, 'manage-rooms')
  const found = await readRoomsBySize(reader, { ...placeOf(input.after), limit: input.limit + 1 })
  const rooms = found.slice(0, input.limit)
  const last = rooms.at(-1)
  return {
    rooms,
    ...(last && found.length > rooms.length && { next: placeText(last) }),
    total: await countRoomsBySize(reader),
  }
})

const placeText = ({ messages, id }: RoomInfo): string => `${messages}.${id}`

function placeOf(after: string | undefined): SizePlace {
  const match = /^(\d{1,15})\.([0-9a-f-]{36})$/.exec(after ?? '')
  return match?.[1] && match[2]
    ? { messages: Number(match[1]), id: match[2] }
    : { messages: Number.MAX_SAFE_INTEGER, id: '~' }
}
