import { type User, type UserId, userStream } from '@parley/protocol'
import type { Actor } from '../rules/actor.ts'
import { refuse } from '../rules/refusal.ts'
import type { Database, Reader } from '../storage/database.ts'
import { statement } from '../storage/statement.ts'
import { digestOf, newLinkToken } from '../storage/token-digest.ts'
import { readUsers } from '../storage/users.ts'
import type { AccountsParts } from './accounts-parts.ts'

/** So many starts in a row each leave a link that counts. */
const LINKS_KEPT = 100

/**
 * While nobody owns this server: a fresh token for the link that makes somebody its owner. Those that were printed before, by
 * this instance or another, count until one is used. Undefined when there is an owner. (SPEC U6)
 */
export function prepareSetUp(db: Database, now: number): Promise<string | undefined> {
  const token = newLinkToken()
  return db.write(async (writer) => {
    if (await hasOwner(writer)) {
      await writer.run(forgetAll, {})
      return undefined
    }
    const digest = digestOf(token)
    await writer.insert('meta', [{ key: `set-up:${now}:${digest}`, value: digest }])
    await writer.run(forgetOldest, {})
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
    const isKnown = (await writer.first(known, { digest })) !== undefined
    // An instance that started at that very moment may have printed one more.
    if (!isKnown || (await hasOwner(writer))) refuse('set-up-link-invalid')
    const [user] = await readUsers(writer, [actor.user.id])
    if (!user || user.isDeleted) refuse('not-signed-in')
    // The link still counts: they come back as soon as they have an account.
    if (user.kind !== 'account') refuse('account-needed')
    // Of two who open links at once, one deletes them all.
    if ((await writer.run(forgetAll, {})) === 0) refuse('set-up-link-invalid')
    await writer.run(giveOwnership, { userId: user.id })
    return { ...user, role: 'owner', version: user.version + 1 } as const
  })
  fanout.publish([{ kind: 'profile', user: owner }])
  return owner
}

const someOwner = statement<object, { id: UserId }>(({ db }) =>
  db.selectFrom('users').select('id').where('role', '=', 'owner').where('deleted_at', 'is', null).limit(1),
)
const known = statement<{ digest: string }, { key: string }>(({ db, params }) =>
  db.selectFrom('meta').select('key').where('key', 'like', 'set-up:%').where('value', '=', params.digest),
)
const forgetAll = statement<object>(({ db }) => db.deleteFrom('meta').where('key', 'like', 'set-up:%'))
const forgetOldest = statement<object>(({ db }) =>
  db
    .deleteFrom('meta')
    .where('key', 'in', (eb) =>
      eb
        .selectFrom('meta')
        .select('key')
        .where('key', 'like', 'set-up:%')
        .orderBy('key', 'desc')
        .limit(1_000)
        .offset(LINKS_KEPT),
    ),
)
const giveOwnership = statement<{ userId: UserId }>(({ db, params }) =>
  db
    .updateTable('users')
    .set((eb) => ({ role: 'owner', version: eb('version', '+', 1) }))
    .where('id', '=', params.userId),
)
