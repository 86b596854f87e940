import { type User, type UserId, userStream } from '@parley/protocol'
import type { Actor } from '../rules/actor.ts'
import { refuse } from '../rules/refusal.ts'
import type { Database, Reader } from '../storage/database.ts'
import { statement } from '../storage/statement.ts'
import { digestOf, newLinkToken } from '../storage/token-digest.ts'
import { readUsers } from '../storage/users.ts'
import type { AccountsParts } from './accounts-parts.ts'

/**
 * While nobody owns this server: a fresh token for the link that makes somebody its owner. The one before counts no more.
 * Undefined when there is an owner. (SPEC U6)
 */
export function prepareSetUp(db: Database): Promise<string | undefined> {
  const token = newLinkToken()
  return db.write(async (writer) => {
    await writer.run(forget, {})
    if (await hasOwner(writer)) return undefined
    await writer.run(remember, { digest: digestOf(token) })
    return token
  })
}

export async function hasOwner(reader: Reader): Promise<boolean> {
  return (await reader.first(someOwner, {})) !== undefined
}

export async function becomeOwner({ db, fanout }: AccountsParts, actor: Actor, token: string): Promise<User> {
  const digest = digestOf(token)
  const owner = await db.write(async (writer) => {
    await writer.lockStreams([userStream(actor.user.id)])
    if ((await writer.first(known, { digest })) === undefined) refuse('set-up-link-invalid')
    const [user] = await readUsers(writer, [actor.user.id])
    if (!user || user.isDeleted) refuse('not-signed-in')
    // The link still counts: they come back as soon as they have an account.
    if (user.kind !== 'account') refuse('account-needed')
    // Of two who open it at once, one deletes it.
    if ((await writer.run(useUp, { digest })) !== 1) refuse('set-up-link-invalid')
    await writer.run(giveOwnership, { userId: user.id })
    return { ...user, role: 'owner', version: user.version + 1 } as const
  })
  fanout.publish([{ kind: 'profile', user: owner }])
  return owner
}

const someOwner = statement<object, { id: UserId }>(({ db }) =>
  db.selectFrom('users').select('id').where('role', '=', 'owner').where('deleted_at', 'is', null).limit(1),
)
const forget = statement<object>(({ db }) => db.deleteFrom('meta').where('key', '=', 'set-up'))
const remember = statement<{ digest: string }>(({ db, params }) =>
  db
    .insertInto('meta')
    .values({ key: 'set-up', value: params.digest })
    .onConflict((conflict) => conflict.column('key').doUpdateSet((eb) => ({ value: eb.ref('excluded.value') }))),
)
const known = statement<{ digest: string }, { key: string }>(({ db, params }) =>
  db.selectFrom('meta').select('key').where('key', '=', 'set-up').where('value', '=', params.digest),
)
const useUp = statement<{ digest: string }>(({ db, params }) =>
  db.deleteFrom('meta').where('key', '=', 'set-up').where('value', '=', params.digest),
)
const giveOwnership = statement<{ userId: UserId }>(({ db, params }) =>
  db
    .updateTable('users')
    .set((eb) => ({ role: 'owner', version: eb('version', '+', 1) }))
    .where('id', '=', params.userId),
)
