import { type User, userStream } from '@parley/protocol'
import { instanceRole, outranksOnInstance } from '../rules/permissions.ts'
import { refuse } from '../rules/refusal.ts'
import { requireOtherOwner } from '../storage/owners.ts'
import { setInstanceRole } from '../storage/users.ts'
import { command } from './command.ts'
import { endSessions, personToManage } from './person-to-manage.ts'

export const setPersonRole = command('set-person-role', {
  locks: ({ userId }, actor) => [userStream(actor.id), userStream(userId)],
  onInstance: 'set-person-role',
  async perform({ tx, input, now }) {
    const person = await personToManage(tx, input.userId)
    const before = instanceRole(person)
    if (person.kind === 'guest' && input.role !== 'member') refuse('account-needed')
    if ((before === 'guest' ? 'member' : before) === input.role) return {}
    if (before === 'owner') await requireOtherOwner(tx.writer, person.id)
    const { role: _, ...plain } = person
    const role = input.role === 'member' ? undefined : input.role
    const user: User = { ...plain, ...(role && { role }), version: person.version + 1 }
    await tx.run(setInstanceRole, { userId: person.id, role: role ?? null })
    tx.people.note(user)
    tx.tell({ kind: 'profile', user })
    // What was open with the higher role is closed, so that nothing goes on that was begun with it. (SPEC U9)
    if (outranksOnInstance(before, instanceRole(user))) await endSessions(tx, person.id, now)
    return {}
  },
})
