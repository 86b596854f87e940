import { userStream } from '@parley/protocol'
import { takeNewName } from '../accounts/rename.ts'
import { readOtherName } from '../rules/handles.ts'
import { refuse } from '../rules/refusal.ts'
import { setName } from '../storage/users.ts'
import { command } from './command.ts'

// A set, so it may be repeated freely. The handle stays, and with it how others address the person.
export const changeName = command('change-name', {
  locks: (_, actor) => [userStream(actor.id)],
  texts: 1,
  onInstance: 'change-own-profile',
  async perform({ tx, actor, input, secret }) {
    const [row] = await tx.writer.lookup('users', ['id'], [{ id: actor.id }])
    if (!row || row.deleted_at !== null) refuse('not-signed-in')
    const name = readOtherName(actor.handle, input.name)
    if (name.displayName === actor.displayName) return { user: actor }
    await takeNewName(tx.writer, secret, { userId: actor.id, name })
    await tx.run(setName, { userId: actor.id, nameText: tx.texts.add(name.displayName) })
    await tx.texts.erase([row.name_text])
    const user = { ...actor, displayName: name.displayName, version: row.version + 1 }
    tx.people.note(user)
    tx.tell({ kind: 'profile', user })
    return { user }
  },
})
