import { roomStream } from '@parley/protocol'
import { command, seqOf } from './command.ts'
import { memberToChange } from './member-to-change.ts'

export const setMemberRole = command('set-member-role', {
  locks: (input) => [roomStream(input.roomId)],
  inRoom: 'set-member-role',
  receipt: { types: ['role-changed'], answer: seqOf },
  async perform(context) {
    const { tx, input } = context
    const { roomId, userId, role } = input
    const stream = roomStream(roomId)
    const { user, member } = await memberToChange(context)
    if (member.role === role) return { seq: tx.streams.head(stream) }
    await tx.members.change({ ...member, role })
    tx.tell({ kind: 'standing', userId, roomId })
    return { seq: tx.streams.append(stream, { type: 'role-changed', userId, role }, [user]) }
  },
})
