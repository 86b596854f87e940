import { readOwnPlace, readOwnRooms } from '../storage/own-rooms.ts'
import { query } from './query.ts'

export const listMyRooms = query('list-my-rooms', async ({ reader, asker }) => ({
  rooms: await readOwnRooms(reader, asker.user.id),
  ...(await readOwnPlace(reader, asker.user.id)),
}))
