import { LIMITS, userStream } from '@parley/protocol'
import { refuse } from '../rules/refusal.ts'
import { addBlock, readBlocked } from '../storage/blocks.ts'
import { command } from './command.ts'

// A set, known to the blocker alone: nothing is appended, and the blocked is answered and shown everything as before.
export const blockPerson = command('block-person', {
  locks: (_, actor) => [userStream(actor.id)],
  onInstance: 'block-person',
  async perform({ tx, actor, input: { userId }, now }) {
    const [person] = await tx.writer.lookup('users', ['id'], [{ id: userId }])
    if (!person || userId === actor.id) refuse('person-not-found')
    const before = await readBlocked(tx.writer, actor.id)
    if (before.includes(userId)) return {}
    if (before.length >= LIMITS.blocksPerPerson) refuse('too-many-blocks')
    await tx.run(addBlock, { userId: actor.id, blockedId: userId, at: now })
    tx.tell({ kind: 'blocks', userId: actor.id, blocked: await readBlocked(tx.writer, actor.id) })
    return {}
  },
})
