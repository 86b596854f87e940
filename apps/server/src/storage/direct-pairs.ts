import type { RoomId, User, UserId } from '@parley/protocol'
import type { Reader } from './database.ts'
import { statement } from './statement.ts'
import { readUsers } from './users.ts'

export interface DirectPair {
  readonly lowId: UserId
  readonly highId: UserId
}

/** Two people in the one order in which they are kept. */
export function pairOf(one: UserId, other: UserId): DirectPair {
  return one < other ? { lowId: one, highId: other } : { lowId: other, highId: one }
}

/** What the pair's key is a digest of. */
export const pairKeySource = ({ lowId, highId }: DirectPair): string => `direct ${lowId} ${highId}`

/** The other person of each of these rooms that is direct: also of one who deleted the account and so is no member. */
export async function readPeers(
  reader: Reader,
  userId: UserId,
  directRooms: readonly RoomId[],
): Promise<ReadonlyMap<RoomId, User>> {
  if (directRooms.length === 0) return new Map()
  const pairs = await reader.lookup(
    'direct_pairs',
    ['room_id'],
    directRooms.map((id) => ({ room_id: id })),
  )
  const peers = new Map(pairs.map((pair) => [pair.room_id, pair.low_id === userId ? pair.high_id : pair.low_id]))
  const users = new Map((await readUsers(reader, peers.values())).map((user) => [user.id, user]))
  return new Map(
    [...peers].flatMap(([roomId, id]) => {
      const user = users.get(id)
      return user ? [[roomId, user]] : []
    }),
  )
}

/** Takes the pair for a new room; zero rows when it has one. The first write of a command. (SPEC A7) */
export const takePair = statement<DirectPair & { key: string; roomId: RoomId }>(({ db, params }) =>
  db
    .insertInto('direct_pairs')
    .values({ key: params.key, room_id: params.roomId, low_id: params.lowId, high_id: params.highId })
    .onConflict((conflict) => conflict.column('key').doNothing()),
)
