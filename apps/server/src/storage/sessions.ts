import type { SessionId, UserId } from '@parley/protocol'
import type { Reader, Writer } from './database.ts'
import { type Building, statement } from './statement.ts'
import type { Tables } from './tables.ts'
import type { UserRow } from './users.ts'

export interface NewSession {
  readonly id: SessionId
  readonly token: string
  readonly userId: UserId
  /** Browser and system, as far as known. No address and no whole header is kept. */
  readonly device: string | null
  readonly at: number
  readonly expiresAt: number
}

/** A transaction that is repeated because the answer to its commit was lost finds its own row here. */
export async function addSession(writer: Writer, session: NewSession): Promise<void> {
  await writer.run(insertSession, session)
}

export interface SessionRow extends UserRow {
  readonly session_id: SessionId
  readonly expires_at: number
  readonly disabled_at: number | null
}

export function findSession(
  reader: Reader,
  by: { token: string } | { id: SessionId },
): Promise<SessionRow | undefined> {
  return 'token' in by ? reader.first(sessionByToken, by) : reader.first(sessionById, by)
}

/** All sessions of a person, or all but one, in the order of their making. */
export function sessionsOf(reader: Reader, userId: UserId): Promise<Tables['sessions'][]> {
  return reader.all(ofPerson, { userId })
}

/**
 * Ends all sessions of a person, or all but one, and says which, so that their sockets can be told after the commit. Nor does
 * what made a guest a moment ago make them another session. (SPEC H1)
 */
export async function endSessionsOf(
  writer: Writer,
  ask: { readonly userId: UserId; readonly except?: SessionId; readonly at: number },
): Promise<SessionId[]> {
  const ended = await writer.all(deleteSessions, { userId: ask.userId, except: ask.except ?? NONE })
  await writer.run(forgetEntry, { userId: ask.userId })
  if (ended.length > 0) await writer.run(noteLastSeen, ask)
  return ended.map(({ id }) => id)
}

/** Ends one session, if it is theirs. */
export async function endSession(
  writer: Writer,
  ask: { readonly userId: UserId; readonly sessionId: SessionId; readonly at: number },
): Promise<boolean> {
  const isEnded = (await writer.run(deleteSession, ask)) === 1
  if (isEnded) await writer.run(noteLastSeen, ask)
  return isEnded
}

/** Gives a session another token: whoever knows the old one is nobody from the commit on. */
export async function changeToken(
  writer: Writer,
  ask: { readonly sessionId: SessionId; readonly userId: UserId; readonly token: string },
): Promise<boolean> {
  return (await writer.run(replaceToken, ask)) === 1
}

export async function extendSession(
  writer: Writer,
  ask: { readonly sessionId: SessionId; readonly at: number; readonly expiresAt: number },
): Promise<void> {
  await writer.run(extend, ask)
}

const NONE = '' as SessionId // as: no session has it

const insertSession = statement<NewSession>(({ db, params }) =>
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
      user_agent: params.device,
    })
    .onConflict((conflict) => conflict.column('id').doNothing()),
)

const sessionByToken = statement<{ token: string }, SessionRow>((on) =>
  sessionsWithPeople(on).where('s.token', '=', on.params.token),
)
const sessionById = statement<{ id: SessionId }, SessionRow>((on) =>
  sessionsWithPeople(on).where('s.id', '=', on.params.id),
)
function sessionsWithPeople({ db, bodyText }: Pick<Building<unknown>, 'db' | 'bodyText'>) {
  return db
    .selectFrom('sessions as s')
    .innerJoin('users as u', 'u.id', 's.user_id')
    .innerJoin('texts as h', 'h.id', 'u.handle_text')
    .innerJoin('texts as n', 'n.id', 'u.name_text')
    .select(['s.id as session_id', 's.expires_at'])
    .select(['u.id', 'u.kind', 'u.version', 'u.role', 'u.deleted_at', 'u.disabled_at'])
    .select([bodyText('h.body').as('handle'), bodyText('n.body').as('name')])
}
const ofPerson = statement<{ userId: UserId }, Tables['sessions']>(({ db, params }) =>
  db.selectFrom('sessions').selectAll().where('user_id', '=', params.userId).orderBy('created_at').orderBy('id'),
)
const deleteSessions = statement<{ userId: UserId; except: SessionId }, { id: SessionId }>(({ db, params }) =>
  db.deleteFrom('sessions').where('user_id', '=', params.userId).where('id', '!=', params.except).returning('id'),
)
const forgetEntry = statement<{ userId: UserId }>(({ db, params }) =>
  db.deleteFrom('entries').where('user_id', '=', params.userId),
)
const deleteSession = statement<{ sessionId: SessionId; userId: UserId }>(({ db, params }) =>
  db.deleteFrom('sessions').where('id', '=', params.sessionId).where('user_id', '=', params.userId),
)
const replaceToken = statement<{ sessionId: SessionId; userId: UserId; token: string }>(({ db, params }) =>
  db
    .updateTable('sessions')
    .set({ token: params.token })
    .where('id', '=', params.sessionId)
    .where('user_id', '=', params.userId),
)
const extend = statement<{ sessionId: SessionId; at: number; expiresAt: number }>(({ db, params }) =>
  db
    .updateTable('sessions')
    .set({ expires_at: params.expiresAt, updated_at: params.at })
    .where('id', '=', params.sessionId)
    .where('expires_at', '<', params.expiresAt),
)
// A guest's name is freed 30 days after the last session: `updated_at` is when that ended.
const noteLastSeen = statement<{ userId: UserId; at: number }>(({ db, params }) =>
  db.updateTable('users').set({ updated_at: params.at }).where('id', '=', params.userId),
)
