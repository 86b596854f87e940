import { userStream } from '@parley/protocol'
import { command } from './command.ts'
import { endSessions, lowerPerson } from './person-to-manage.ts'

export const signOutPerson = command('sign-out-person', {
  locks: ({ userId }, actor) => [userStream(actor.id), userStream(userId)],
  onInstance: 'manage-people',
  async perform({ tx, actor, input, now }) {
    const person = await lowerPerson(tx, actor, input.userId)
    await endSessions(tx, person.id, now)
    return {}
  },
})
