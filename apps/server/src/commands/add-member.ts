import { roomStream, userStream } from '@parley/protocol'
import { refuse } from '../rules/refusal.ts'
import { command, seqOf } from './command.ts'
import { join, requireMayJoin } from './membership.ts'
import { readPresentPerson } from './present-person.ts'

export const addMember = command('add-member', {
  locks: (input) => [roomStream(input.roomId), userStream(input.userId)],
  inRoom: 'add-member',
  receipt: { types: ['member-joined', 'room-entered'], answer: seqOf },
  async perform({ tx, actor, input: { roomId, userId }, now }) {
    if (userId === actor.id) refuse('not-allowed')
    const user = (await readPresentPerson(tx, userId)) ?? refuse('person-not-found')
    if (await tx.members.read(roomId, userId)) return { seq: tx.streams.head(roomStream(roomId)) }
    await requireMayJoin(tx, { roomId, user, now })
    return { seq: await join(tx, { roomId, user, now }) }
  },
})
