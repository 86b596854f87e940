import { roomStream, userStream } from '@parley/protocol'
import { putBan } from '../storage/bans.ts'
import { command } from './command.ts'
import { personOfLowerRank } from './member-to-change.ts'
import { remove } from './membership.ts'

export const banMember = command('ban-member', {
  locks: (input) => [roomStream(input.roomId), userStream(input.userId)],
  inRoom: 'ban-member',
  // The removal is an event, so that a ban that comes twice does not remove somebody who was let in again meanwhile.
  receipt: { types: ['member-removed', 'room-left'], answer: () => ({}) },
  async perform(context) {
    const { tx, now } = context
    const { roomId, userId, until } = context.input
    const user = await personOfLowerRank(context)
    await tx.run(putBan, { room_id: roomId, user_id: userId, banned_at: now, banned_until: until ?? null })
    if (await tx.members.read(roomId, userId)) await remove(tx, { roomId, user })
    return {}
  },
})
