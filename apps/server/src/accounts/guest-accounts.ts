import { createHmac } from 'node:crypto'
import { type CommandId, newId, type SessionId, type User, type UserId } from '@parley/protocol'
import type { Fanout } from '../fanout/fanout.ts'
import type { Log } from '../log.ts'
import type { Actor } from '../rules/actor.ts'
import { readPersonName } from '../rules/handles.ts'
import type { Database, Writer } from '../storage/database.ts'
import { statement } from '../storage/statement.ts'
import { readUsers, toUser, type UserRow } from '../storage/users.ts'
import type { Accounts, Entered, Session } from './accounts.ts'
import { addPerson } from './people.ts'
import type { Secret } from './secret.ts'
import {
  isSame,
  newSessionToken,
  openToken,
  SESSION_EXTENDED_EVERY_MS,
  SESSION_LIFETIME_MS,
  signToken,
} from './session-tokens.ts'

/** How long a repeated `enter` finds the guest that it made. */
export const ENTRY_LIFETIME_MS = 10 * 60_000

export interface AccountsParts {
  readonly db: Database
  readonly secret: Secret
  readonly fanout: Fanout
  readonly log: Pick<Log, 'warn'>
  /** Epoch ms. */
  readonly now: () => number
}

export function createAccounts({ db, secret, fanout, log, now }: AccountsParts): Accounts {
  const extending = new Set<SessionId>()

  return {
    async enter(ask): Promise<Entered> {
      const name = readPersonName(ask.name)
      const at = now()
      const userId = newId<UserId>()
      const entry = { id: ask.id, hash: hashEntry(secret, ask), userId, at }
      const session = newSession(at)
      // Numbers of refused names are lost, which is harmless: they only have to be different.
      const firstTextId = await db.takeTextIds(2)

      const user = await db.write(async (writer) => {
        const known = await claimEntry(writer, entry)
        const guest =
          known ?? (await addPerson(writer, secret, { id: userId, kind: 'guest', name, firstTextId, now: at }))
        await writer.run(insertSession, { ...session, userId: guest.id })
        return guest
      })
      return { user, token: signToken(secret, session.token), expiresAt: session.expiresAt }
    },

    async authenticate(signed): Promise<Session | undefined> {
      const token = openToken(secret, signed)
      if (token === undefined) return undefined
      const row = await db.read((reader) => reader.first(sessionByToken, { token }))
      const at = now()
      if (!row || row.expires_at <= at || row.deleted_at !== null || row.disabled_at !== null) return undefined
      if (row.expires_at - SESSION_LIFETIME_MS + SESSION_EXTENDED_EVERY_MS <= at) extendLater(row.session_id, at)
      return { actor: { user: toUser(row), sessionId: row.session_id }, expiresAt: row.expires_at }
    },

    async signOut({ user, sessionId }: Actor): Promise<void> {
      const at = now()
      await db.write(async (writer) => {
        await writer.run(deleteSession, { sessionId, userId: user.id })
        await writer.run(noteLastSeen, { userId: user.id, at })
      })
      fanout.publish([{ kind: 'session-ended', sessionId }])
    },
  }

  // In the background: whoever asks waits for no write, and a failed one is made up for by the next request.
  function extendLater(sessionId: SessionId, at: number): void {
    if (extending.has(sessionId)) return
    extending.add(sessionId)
    db.write((writer) => writer.run(extendSession, { sessionId, at, expiresAt: at + SESSION_LIFETIME_MS }))
      .catch((err) => log.warn({ err, sessionId }, 'A session could not be extended'))
      .finally(() => extending.delete(sessionId))
  }
}

interface NewSession {
  readonly id: SessionId
  readonly token: string
  readonly at: number
  readonly expiresAt: number
}

function newSession(at: number): NewSession {
  return { id: newId<SessionId>(), token: newSessionToken(), at, expiresAt: at + SESSION_LIFETIME_MS }
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
async function claimEntry(writer: Writer, entry: NewEntry): Promise<User | undefined> {
  const isNew = await writer.run(insertEntry, { ...entry, expiresAt: entry.at + ENTRY_LIFETIME_MS })
  if (isNew === 1) return undefined
  const [known] = await writer.lookup('entries', ['command_id'], [{ command_id: entry.id }])
  if (!known || !isSame(known.secret_hash, entry.hash)) return undefined
  const [user] = await readUsers(writer, [known.user_id])
  return user
}

function hashEntry(secret: Secret, ask: { id: CommandId; secret: string }): string {
  return createHmac('sha256', secret.entries).update(`${ask.id} ${ask.secret}`).digest('base64url')
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

// A transaction that is repeated because the answer to its commit was lost finds its own row here.
const insertSession = statement<NewSession & { userId: UserId }>(({ db, params }) =>
  db
    .insertInto('sessions')
    .values({
      id: params.id,
      token: params.token,
      user_id: params.userId,
      expires_at: params.expiresAt,
      created_at: params.at,
      updated_at: params.at,
      ip_address: null,
      user_agent: null,
    })
    .onConflict((conflict) => conflict.column('id').doNothing()),
)

interface SessionRow extends UserRow {
  readonly session_id: SessionId
  readonly expires_at: number
  readonly disabled_at: number | null
}

const sessionByToken = statement<{ token: string }, SessionRow>(({ db, params, bodyText }) =>
  db
    .selectFrom('sessions as s')
    .innerJoin('users as u', 'u.id', 's.user_id')
    .innerJoin('texts as h', 'h.id', 'u.handle_text')
    .innerJoin('texts as n', 'n.id', 'u.name_text')
    .select([
      's.id as session_id',
      's.expires_at',
      'u.id',
      'u.kind',
      'u.version',
      'u.role',
      'u.deleted_at',
      'u.disabled_at',
    ])
    .select([bodyText('h.body').as('handle'), bodyText('n.body').as('name')])
    .where('s.token', '=', params.token),
)

const extendSession = statement<{ sessionId: SessionId; at: number; expiresAt: number }>(({ db, params }) =>
  db
    .updateTable('sessions')
    .set({ expires_at: params.expiresAt, updated_at: params.at })
    .where('id', '=', params.sessionId)
    .where('expires_at', '<', params.expiresAt),
)

const deleteSession = statement<{ sessionId: SessionId; userId: UserId }>(({ db, params }) =>
  db.deleteFrom('sessions').where('id', '=', params.sessionId).where('user_id', '=', params.userId),
)

// A guest's name is freed 30 days after the last session: `updated_at` is when that ended.
const noteLastSeen = statement<{ userId: UserId; at: number }>(({ db, params }) =>
  db.updateTable('users').set({ updated_at: params.at }).where('id', '=', params.userId),
)
