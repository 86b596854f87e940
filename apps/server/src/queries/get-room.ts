import { refuse } from '../rules/refusal.ts'
import { readPeers } from '../storage/direct-pairs.ts'
import { countMembers } from '../storage/members.ts'
import { readRooms } from '../storage/rooms.ts'
import { authorise, query } from './query.ts'

export const getRoom = query('get-room', async ({ reader, asker, input }) => {
  const { member } = await authorise(reader, asker, input.roomId, 'see-room')
  const room = (await readRooms(reader, [input.roomId])).get(input.roomId) ?? refuse('room-not-found')
  const peer = (await readPeers(reader, asker.user.id, room.kind === 'direct' ? [room.id] : [])).get(room.id)
  return {
    room,
    isMember: member !== undefined,
    memberCount: await countMembers(reader, input.roomId),
    ...(peer && { peer }),
  }
})
