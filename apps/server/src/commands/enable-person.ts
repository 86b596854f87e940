import { userStream } from '@parley/protocol'
import { disable } from '../storage/users.ts'
import { command } from './command.ts'
import { lowerPerson } from './person-to-manage.ts'

export const enablePerson = command('enable-person', {
  locks: ({ userId }, actor) => [userStream(actor.id), userStream(userId)],
  onInstance: 'manage-people',
  async perform({ tx, actor, input }) {
    const person = await lowerPerson(tx, actor, input.userId)
    await tx.run(disable, { userId: person.id, at: null })
    return {}
  },
})
