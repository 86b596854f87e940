import type { InvitationId, RoomId, UserId } from '@parley/protocol'
import { sql } from 'kysely'
import type { Reader, Writer } from './database.ts'
import { type Building, statement } from './statement.ts'
import type { Tables } from './tables.ts'

/** An invitation that holds at this very moment. */
export type OpenInvitation = Pick<Tables['invitations'], 'id' | 'room_id' | 'created_by'>

/**
 * Takes one use of the invitation whose token has this digest; undefined when there is none, or it is revoked, over, used up,
 * its maker may not sign in any more, or its room is gone. Of two who want the last use at once, one gets it.
 */
export async function useInvitation(
  writer: Writer,
  tokenDigest: string,
  now: number,
): Promise<OpenInvitation | undefined> {
  const [used] = await writer.all(takeUse, { tokenDigest, now })
  return used
}

/** The same without using it. */
export function findInvitation(reader: Reader, tokenDigest: string, now: number): Promise<OpenInvitation | undefined> {
  return reader.first(openByToken, { tokenDigest, now })
}

type Ask = { tokenDigest: string; now: number }
type Row = { id: InvitationId; room_id: RoomId | null; created_by: UserId }

const isOpen = ({ params }: Pick<Building<Ask>, 'params'>) =>
  sql<boolean>`invitations.token_hash = ${params.tokenDigest} and invitations.revoked_at is null
    and (invitations.expires_at is null or invitations.expires_at > ${params.now})
    and (invitations.max_uses is null or invitations.uses < invitations.max_uses)
    and exists (select 1 from users u where u.id = invitations.created_by and u.deleted_at is null and u.disabled_at is null)
    and (invitations.room_id is null or exists (select 1 from rooms r where r.id = invitations.room_id))`

const takeUse = statement<Ask, Row>((on) =>
  on.db
    .updateTable('invitations')
    .set((eb) => ({ uses: eb('uses', '+', 1) }))
    .where(isOpen(on))
    .returning(['id', 'room_id', 'created_by']),
)
const openByToken = statement<Ask, Row>((on) =>
  on.db.selectFrom('invitations').select(['id', 'room_id', 'created_by']).where(isOpen(on)),
)
