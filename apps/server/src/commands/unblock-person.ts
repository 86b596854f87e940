import { userStream } from '@parley/protocol'
import { readBlocked, removeBlock } from '../storage/blocks.ts'
import { command } from './command.ts'

export const unblockPerson = command('unblock-person', {
  locks: (_, actor) => [userStream(actor.id)],
  onInstance: 'block-person',
  async perform({ tx, actor, input: { userId } }) {
    const changed = await tx.run(removeBlock, { userId: actor.id, blockedId: userId })
    if (changed > 0) tx.tell({ kind: 'blocks', userId: actor.id, blocked: await readBlocked(tx.writer, actor.id) })
    return {}
  },
})
