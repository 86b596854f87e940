import { roomStream } from '@parley/protocol'
import { command, roomOf, seqOf } from './command.ts'
import { memberToChange } from './member-to-change.ts'
import { giveTo } from './pass-room.ts'

export const handOverRoom = command('hand-over-room', {
  locks: (input) => [roomStream(input.roomId)],
  inRoom: 'hand-over-room',
  receipt: { types: ['owner-changed'], answer: seqOf },
  async perform(context) {
    const { tx, actor, input } = context
    const { roomId } = input
    const { user } = await memberToChange(context)
    const seq = await giveTo(tx, roomOf(tx, roomId), user)
    // An owner who left before handing over stays outside.
    const giver = await tx.members.read(roomId, actor.id)
    if (!giver) return { seq }
    await tx.members.change({ ...giver, role: 'moderator' })
    tx.tell({ kind: 'standing', userId: actor.id, roomId })
    tx.streams.append(roomStream(roomId), { type: 'role-changed', userId: actor.id, role: 'moderator' })
    return { seq }
  },
})
