import { roomStream, userStream } from '@parley/protocol'
import { command, seqOf } from './command.ts'
import { memberToChange } from './member-to-change.ts'
import { remove } from './membership.ts'

// Both streams are locked: a post is either before the removal, and seen by all, or after it, and refused. (SPEC O1)
export const removeMember = command('remove-member', {
  locks: (input) => [roomStream(input.roomId), userStream(input.userId)],
  inRoom: 'remove-member',
  receipt: { types: ['member-removed', 'room-left'], answer: seqOf },
  async perform(context) {
    const { user } = await memberToChange(context)
    return { seq: await remove(context.tx, { roomId: context.input.roomId, user }) }
  },
})
