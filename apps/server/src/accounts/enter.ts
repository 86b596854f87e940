import { createHmac } from 'node:crypto'
import { type CommandId, newId, type User, type UserId, userStream } from '@parley/protocol'
import { readPersonName } from '../rules/handles.ts'
import type { Writer } from '../storage/database.ts'
import { statement } from '../storage/statement.ts'
import { readUsers } from '../storage/users.ts'
import type { EnterAsk, Entered } from './accounts.ts'
import type { AccountsParts } from './accounts-parts.ts'
import { findPassword } from './credentials.ts'
import { readInvitedRoom } from './invitations.ts'
import { joinInvited, lockInvited } from './invited.ts'
import { freshSession } from './new-session.ts'
import { addPerson } from './people.ts'
import type { Secret } from './secret.ts'
import { isSame } from './session-tokens.ts'
import { admitNewcomer } from './sign-up-policy.ts'

/** How long a repeated `enter` finds the guest that it made. */
export const ENTRY_LIFETIME_MS = 10 * 60_000

export async function enter(parts: AccountsParts, ask: EnterAsk): Promise<Entered> {
  const { db, secret, now, rooms, fanout } = parts
  const name = readPersonName(ask.name)
  const at = now()
  const userId = newId<UserId>()
  const entry = { id: ask.id, hash: hashEntry(secret, ask), userId, at }
  const session = freshSession(secret, at, ask.device)
  // Numbers of refused names are lost, which is harmless: they only have to be different.
  const firstTextId = await db.takeTextIds(2)

  const { user, joined, isRepeat } = await db.write(async (writer) => {
    await lockInvited(writer, { invitation: ask.invitation, now: at })
    const known = await claimEntry(writer, entry)
    const guest = known ?? (await newGuest(writer))
    await session.store(writer, guest.user.id)
    return guest

    async function newGuest(into: Writer) {
      const admission = await admitNewcomer(into, { door: 'guest', invitation: ask.invitation }, at)
      const person = { id: userId, kind: 'guest', name, firstTextId, now: at } as const
      const added = await addPerson(into, secret, person)
      return {
        user: added,
        joined: await joinInvited(parts, into, { user: added, admission, now: at }),
        isRepeat: false,
      }
    }
  })
  if (joined) fanout.publish(joined.publications)
  // The very same ask used the invitation before, so that it need not hold any more.
  const before = isRepeat ? await readInvitedRoom(parts, ask.invitation) : undefined
  const roomId = before ? await rooms.joinAgain(user, before) : joined?.roomId
  return { user, token: session.token, expiresAt: session.expiresAt, ...(roomId && { roomId }) }
}

interface NewEntry {
  readonly id: CommandId
  readonly hash: string
  readonly userId: UserId
  readonly at: number
}

/**
 * The guest that the same id and secret led to before, if any. The entry is the transaction's first write: of two repeats at
 * once the second waits here and then finds the first one's guest instead of its own name taken. Somebody else's id
 * behaves like a new one, only that it is not remembered. (SPEC A6, H1)
 */
async function claimEntry(
  writer: Writer,
  entry: NewEntry,
): Promise<{ user: User; joined: undefined; isRepeat: true } | undefined> {
  const isNew = await writer.run(insertEntry, { ...entry, expiresAt: entry.at + ENTRY_LIFETIME_MS })
  if (isNew === 1) return undefined
  const [known] = await writer.lookup('entries', ['command_id'], [{ command_id: entry.id }])
  if (!known || !isSame(known.secret_hash, entry.hash)) return undefined
  // Whoever disables somebody holds the same lock, so that no session slips in behind.
  await writer.lockStreams([userStream(known.user_id)])
  const [user] = await readUsers(writer, [known.user_id])
  const person = await findPassword(writer, known.user_id)
  // Whoever got a password, was disabled or deleted the account since signs in by other means, or not at all.
  if (user?.kind !== 'guest' || user.isDeleted || person?.disabled_at !== null) return undefined
  return { user, joined: undefined, isRepeat: true }
}

/** The invitation is part of it: a repeat leads where the first led and nowhere else. */
function hashEntry(secret: Secret, { id, secret: own, invitation = '' }: EnterAsk): string {
  return createHmac('sha256', secret.entries).update(`${id} ${own} ${invitation}`).digest('base64url')
}

const insertEntry = statement<NewEntry & { expiresAt: number }>(({ db, params }) =>
  db
    .insertInto('entries')
    .values({
      command_id: params.id,
      secret_hash: params.hash,
      user_id: params.userId,
      expires_at: params.expiresAt,
    })
    .onConflict((conflict) =>
      conflict
        .column('command_id')
        .doUpdateSet((eb) => ({
          secret_hash: eb.ref('excluded.secret_hash'),
          user_id: eb.ref('excluded.user_id'),
          expires_at: eb.ref('excluded.expires_at'),
        }))
        .where('entries.expires_at', '<=', params.at),
    ),
)
