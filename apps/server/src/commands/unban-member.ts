import { roomStream } from '@parley/protocol'
import { liftBan } from '../storage/bans.ts'
import { command } from './command.ts'
import { personOfLowerRank } from './member-to-change.ts'

export const unbanMember = command('unban-member', {
  locks: (input) => [roomStream(input.roomId)],
  inRoom: 'ban-member',
  async perform(context) {
    const { roomId, userId } = context.input
    await personOfLowerRank(context)
    await context.tx.run(liftBan, { roomId, userId })
    return {}
  },
})
