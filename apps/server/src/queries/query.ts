import type { ParsedQuery, QueryName, QueryOutput, RoomId } from '@parley/protocol'
import type { Actor } from '../rules/actor.ts'
import { type RoomAction, requireInRoom, type Standing } from '../rules/permissions.ts'
import type { OccupancyReader } from '../state.ts'
import type { Reader } from '../storage/database.ts'
import { readStanding } from '../storage/standing.ts'

/** What a query works with: one read transaction, so that everything it answers is of the same moment. (SPEC B2) */
export interface QueryContext<Name extends QueryName> {
  readonly reader: Reader
  readonly asker: Actor
  readonly input: ParsedQuery<Name>
  readonly occupancy: OccupancyReader
  /** Epoch ms. */
  readonly now: number
}

export interface QueryDefinition<Name extends QueryName> {
  readonly name: Name
  readonly answer: (context: QueryContext<Name>) => Promise<QueryOutput<Name>>
}

export function query<Name extends QueryName>(
  name: Name,
  answer: (context: QueryContext<Name>) => Promise<QueryOutput<Name>>,
): QueryDefinition<Name> {
  return { name, answer }
}

/** Refuses whoever may not read the room, inside the transaction that reads it. */
export async function authorise(
  reader: Reader,
  asker: Actor,
  roomId: RoomId,
  action: RoomAction = 'read-room',
): Promise<Standing> {
  const standing = await readStanding(reader, roomId, asker.user.id)
  requireInRoom(action, standing, asker.user, 0)
  return standing
}
