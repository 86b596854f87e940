import { roomStream } from '@parley/protocol'
import { command } from './command.ts'
import { memberToChange } from './member-to-change.ts'

export const unmuteMember = command('unmute-member', {
  locks: (input) => [roomStream(input.roomId)],
  inRoom: 'mute-member',
  async perform(context) {
    const { tx, input } = context
    const { user, member } = await memberToChange(context)
    if (member.muted_until === null) return {}
    await tx.members.change({ ...member, muted_until: null })
    tx.tell({ kind: 'standing', userId: user.id, roomId: input.roomId })
    return {}
  },
})
