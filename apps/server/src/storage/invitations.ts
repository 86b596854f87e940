import type { InvitationId, RoomId } from '@parley/protocol'
import type { ExpressionBuilder } from 'kysely'
import type { Reader, Writer } from './database.ts'
import { statement } from './statement.ts'
import type { Tables } from './tables.ts'

/** An invitation whose link lets somebody in now. */
export type OpenInvitation = Tables['invitations']

/** The open invitation whose token has this digest, without using it. */
export function findInvitation(reader: Reader, digest: string, now: number): Promise<OpenInvitation | undefined> {
  return reader.first(openByDigest, { digest, now })
}

/**
 * Takes one use of the invitation whose token has this digest. Undefined when it is expired, used up, revoked, of a closed
 * room, of somebody who is disabled or deleted, or unknown; then nothing is taken. Of two who want the last use, one gets
 * it. Belongs into the transaction that lets the person in.
 */
export async function useInvitation(writer: Writer, digest: string, now: number): Promise<OpenInvitation | undefined> {
  if ((await writer.run(takeUse, { digest, now })) === 0) return undefined
  const [row] = await writer.lookup('invitations', ['token_hash'], [{ token_hash: digest }])
  return row
}

/** The open invitations of a room, or to the server as a whole, the newest first. */
export function readOpenInvitations(
  reader: Reader,
  ask: { readonly roomId: RoomId | undefined; readonly now: number; readonly limit: number },
): Promise<OpenInvitation[]> {
  const { roomId, now, limit } = ask
  return roomId === undefined
    ? reader.all(openOfServer, { now, limit })
    : reader.all(openOfRoom, { roomId, now, limit })
}

export const addInvitation = statement<OpenInvitation>(({ db, params }) =>
  db.insertInto('invitations').values({
    id: params.id,
    token_hash: params.token_hash,
    room_id: params.room_id,
    created_by: params.created_by,
    created_at: params.created_at,
    expires_at: params.expires_at,
    max_uses: params.max_uses,
    uses: params.uses,
    revoked_at: params.revoked_at,
  }),
)

/** For good: one that is over already stays as it is. */
export const endInvitation = statement<{ id: InvitationId; now: number }>(({ db, params }) =>
  db
    .updateTable('invitations')
    .set({ revoked_at: params.now })
    .where('id', '=', params.id)
    .where('revoked_at', 'is', null),
)

interface At {
  readonly now: number
}

// The one definition of "open", for using, reading and listing alike.
function isOpen(eb: ExpressionBuilder<Tables, 'invitations'>, { now }: At) {
  return eb.and([
    eb('invitations.revoked_at', 'is', null),
    eb.or([eb('invitations.expires_at', 'is', null), eb('invitations.expires_at', '>', now)]),
    eb.or([
      eb('invitations.max_uses', 'is', null),
      eb('invitations.uses', '<', eb.ref('invitations.max_uses').$castTo<number>()),
    ]),
    // A link lasts as long as its maker may invite: otherwise whoever is removed comes back by their own.
    eb.or([
      eb.and([
        eb('invitations.room_id', 'is', null),
        eb.exists(
          eb
            .selectFrom('users as maker')
            .select('maker.id')
            .whereRef('maker.id', '=', 'invitations.created_by')
            .where('maker.role', 'in', ['owner', 'administrator']),
        ),
      ]),
      eb.exists(
        eb
          .selectFrom('rooms')
          .select('rooms.id')
          .whereRef('rooms.id', '=', 'invitations.room_id')
          .whereRef('rooms.owner_id', '=', 'invitations.created_by'),
      ),
      eb.exists(
        eb
          .selectFrom('rooms')
          .innerJoin('members', 'members.room_id', 'rooms.id')
          .select('rooms.id')
          .whereRef('rooms.id', '=', 'invitations.room_id')
          .whereRef('members.user_id', '=', 'invitations.created_by')
          .where('members.role', '=', 'moderator'),
      ),
    ]),
    eb.exists(
      eb
        .selectFrom('users')
        .select('users.id')
        .whereRef('users.id', '=', 'invitations.created_by')
        .where('users.deleted_at', 'is', null)
        .where('users.disabled_at', 'is', null),
    ),
  ])
}

const takeUse = statement<At & { digest: string }>(({ db, params }) =>
  db
    .updateTable('invitations')
    .set((eb) => ({ uses: eb('uses', '+', 1) }))
    .where('token_hash', '=', params.digest)
    .where((eb) => isOpen(eb, params)),
)
const openByDigest = statement<At & { digest: string }, OpenInvitation>(({ db, params }) =>
  db
    .selectFrom('invitations')
    .selectAll('invitations')
    .where('token_hash', '=', params.digest)
    .where((eb) => isOpen(eb, params)),
)
const openOfRoom = statement<At & { roomId: RoomId; limit: number }, OpenInvitation>(({ db, params }) =>
  db
    .selectFrom('invitations')
    .selectAll('invitations')
    .where('room_id', '=', params.roomId)
    .where((eb) => isOpen(eb, params))
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(params.limit),
)
const openOfServer = statement<At & { limit: number }, OpenInvitation>(({ db, params }) =>
  db
    .selectFrom('invitations')
    .selectAll('invitations')
    .where('room_id', 'is', null)
    .where((eb) => isOpen(eb, params))
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(params.limit),
)
