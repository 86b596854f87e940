import { userStream } from '@parley/protocol'
import { disable } from '../storage/users.ts'
import { command } from './command.ts'
import { endSessions, lowerPerson } from './person-to-manage.ts'

// A set: doing it again changes nothing. Whoever signs in holds the same lock, so that no session slips in behind.
export const disablePerson = command('disable-person', {
  locks: ({ userId }, actor) => [userStream(actor.id), userStream(userId)],
  onInstance: 'manage-people',
  async perform({ tx, actor, input, now }) {
    const person = await lowerPerson(tx, actor, input.userId)
    await tx.run(disable, { userId: person.id, at: now })
    await endSessions(tx, person.id, now)
    return {}
  },
})
