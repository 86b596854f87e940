import { roomStream } from '@parley/protocol'
import { FOR_EVER } from '../rules/permissions.ts'
import { command } from './command.ts'
import { memberToChange } from './member-to-change.ts'

// Nothing of a mute is an event: only those who moderate and the one it is about learn of it. (SPEC O5)
export const muteMember = command('mute-member', {
  locks: (input) => [roomStream(input.roomId)],
  inRoom: 'mute-member',
  async perform(context) {
    const { tx, input } = context
    const { user, member } = await memberToChange(context)
    await tx.members.change({ ...member, muted_until: input.until ?? FOR_EVER })
    tx.tell({ kind: 'standing', userId: user.id, roomId: input.roomId })
    return {}
  },
})
