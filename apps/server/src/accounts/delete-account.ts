import { type SessionId, type User, type UserId, userStream } from '@parley/protocol'
import type { Actor } from '../rules/actor.ts'
import { refuse } from '../rules/refusal.ts'
import type { Writer } from '../storage/database.ts'
import { requireOtherOwner } from '../storage/owners.ts'
import { endSessionsOf } from '../storage/sessions.ts'
import { type Statement, statement } from '../storage/statement.ts'
import { eraseTexts } from '../storage/texts.ts'
import type { DeleteAsk } from './accounts.ts'
import type { AccountsParts } from './accounts-parts.ts'
import { requirePassword, requireUnchanged } from './change-password.ts'
import { findPassword } from './credentials.ts'
import { tellEnded } from './end-sessions.ts'
import { requireProof } from './proof.ts'

/**
 * From its commit on nobody can be this person: name, credentials and sessions are gone. What is left in rooms is seen to
 * afterwards, room by room, by the job that the same commit leaves behind. (SPEC U8)
 */
export async function deleteAccount(parts: AccountsParts, actor: Actor, ask: DeleteAsk): Promise<void> {
  const { user } = actor
  const { db, fanout, writeLedger, wakeForgetting, now } = parts
  const proved = await requirePassword(parts, user.id, ask.password)
  const kind = ask.messages === 'erase' ? 'person' : 'name'
  const { ended, deleted } = await db.write(async (writer) => {
    const at = now()
    await writer.lockStreams([userStream(user.id)])
    requireUnchanged(await findPassword(writer, user.id), proved)
    if (proved === null) await requireProof(writer, actor, at)
    await requireOtherOwner(writer, user.id)
    const gone = await forgetPerson(writer, user.id, { kind, at })
    await writeLedger([{ kind, id: user.id, at }], writer)
    return gone
  })
  tellEnded(fanout, ended)
  fanout.publish([{ kind: 'profile', user: deleted }])
  wakeForgetting()
}

/** Name, credentials and sessions go; what they left in rooms is the job that this leaves behind. Their stream is locked. */
export async function forgetPerson(
  writer: Writer,
  userId: UserId,
  { kind, at }: { readonly kind: 'person' | 'name'; readonly at: number },
): Promise<{ ended: SessionId[]; texts: number; deleted: User }> {
  const ended = await endSessionsOf(writer, { userId, at })
  for (const trace of TRACES) await writer.run(trace, { userId, at })
  const [row] = await writer.all(markDeleted, { userId, at })
  if (!row) refuse('not-signed-in')
  const texts = [row.handle_text, row.name_text, ...(row.email_text === null ? [] : [row.email_text])]
  await eraseTexts(writer, texts)
  await writer.run(forgetEmail, { userId })
  await writer.insert('erasures', [
    {
      subject: userId,
      kind,
      requested_at: at,
      finished_at: null,
      messages: 0,
      texts: texts.length,
      events: 0,
      reactions: 0,
      members: 0,
    },
  ])
  const deleted = { id: userId, handle: '', displayName: '', kind: row.kind, version: row.version, isDeleted: true }
  return { ended, texts: texts.length, deleted }
}

type Trace = Statement<{ userId: UserId; at: number }, unknown>

/** Everything that would let somebody come back as this person, or act in their name. */
const TRACES: readonly Trace[] = [
  statement(({ db, params }) => db.deleteFrom('accounts').where('user_id', '=', params.userId)),
  statement(({ db, params }) => db.deleteFrom('entries').where('user_id', '=', params.userId)),
  statement(({ db, params }) => db.deleteFrom('handles').where('user_id', '=', params.userId)),
  statement(({ db, params }) => db.deleteFrom('blocks').where('user_id', '=', params.userId)),
  statement(({ db, params }) => db.deleteFrom('blocks').where('blocked_id', '=', params.userId)),
  statement(({ db, params }) => db.deleteFrom('bans').where('user_id', '=', params.userId)),
  statement(({ db, params }) => db.deleteFrom('absences').where('user_id', '=', params.userId)),
  statement(({ db, params }) =>
    db
      .updateTable('invitations')
      .set({ revoked_at: params.at })
      .where('created_by', '=', params.userId)
      .where('revoked_at', 'is', null),
  ),
]

const markDeleted = statement<
  { userId: UserId; at: number },
  { handle_text: number; name_text: number; email_text: number | null; version: number; kind: User['kind'] }
>(({ db, params }) =>
  db
    .updateTable('users')
    .set((eb) => ({
      deleted_at: params.at,
      updated_at: params.at,
      role: null,
      last_room_id: null,
      version: eb('version', '+', 1),
    }))
    .where('id', '=', params.userId)
    .where('deleted_at', 'is', null)
    .returning(['handle_text', 'name_text', 'email_text', 'version', 'kind']),
)
const forgetEmail = statement<{ userId: UserId }>(({ db, params }) =>
  db.updateTable('users').set({ email_text: null }).where('id', '=', params.userId),
)
