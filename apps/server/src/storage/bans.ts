import type { RoomId, UserId } from '@parley/protocol'
import type { Reader } from './database.ts'
import { statement } from './statement.ts'
import type { Tables } from './tables.ts'

export type BanRow = Tables['bans']

/** The ban that keeps somebody out of a room now; one that is over does not count. */
export async function readBan(
  reader: Reader,
  { roomId, userId, now }: { readonly roomId: RoomId; readonly userId: UserId; readonly now: number },
): Promise<BanRow | undefined> {
  const [ban] = await reader.lookup('bans', ['room_id', 'user_id'], [{ room_id: roomId, user_id: userId }])
  return ban && (ban.banned_until === null || ban.banned_until > now) ? ban : undefined
}

/** Bans that hold now, the newest first. */
export async function listBans(
  reader: Reader,
  ask: { readonly roomId: RoomId; readonly now: number; readonly limit: number },
): Promise<BanRow[]> {
  return reader.all(bansOfRoom, ask)
}

/** A later ban of the same person replaces the earlier one. */
export const putBan = statement<BanRow>(({ db, params }) =>
  db
    .insertInto('bans')
    .values({
      room_id: params.room_id,
      user_id: params.user_id,
      banned_at: params.banned_at,
      banned_until: params.banned_until,
    })
    .onConflict((conflict) =>
      conflict.columns(['room_id', 'user_id']).doUpdateSet((eb) => ({
        banned_at: eb.ref('excluded.banned_at'),
        banned_until: eb.ref('excluded.banned_until'),
      })),
    ),
)

export const liftBan = statement<{ roomId: RoomId; userId: UserId }>(({ db, params }) =>
  db.deleteFrom('bans').where('room_id', '=', params.roomId).where('user_id', '=', params.userId),
)

const bansOfRoom = statement<{ roomId: RoomId; now: number; limit: number }, BanRow>(({ db, params }) =>
  db
    .selectFrom('bans')
    .selectAll()
    .where('room_id', '=', params.roomId)
    .where((eb) => eb.or([eb('banned_until', 'is', null), eb('banned_until', '>', params.now)]))
    .orderBy('banned_at', 'desc')
    .orderBy('user_id', 'desc')
    .limit(params.limit),
)
