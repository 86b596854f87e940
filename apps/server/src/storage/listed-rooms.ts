import type { LobbyRoom, RoomId } from '@parley/protocol'
import type { Reader } from './database.ts'
import { type RoomRow, toLobbyRoom, toRoom } from './rooms.ts'
import { type Building, statement } from './statement.ts'

const ROWS_PER_READ = 500
const MOST_ROWS_SCANNED = 20_000

interface ListedRow extends RoomRow {
  readonly name: string
  readonly topic: string
}

/** Where a page of the "existing" list ended. */
export interface ListPlace {
  readonly activeAt: number
  readonly id: string
}

export const FIRST_PLACE: ListPlace = { activeAt: Number.MAX_SAFE_INTEGER, id: '~' }

/** Listed rooms, the most recently active first. */
export async function readListedRooms(reader: Reader, after: ListPlace, limit: number): Promise<LobbyRoom[]> {
  const rows = await reader.all(listedAfter, { activeAt: after.activeAt, id: after.id, limit })
  return rows.map(lobbyRoomOf)
}

/**
 * Listed rooms whose name or topic contains the words, any case in any script. Databases fold case differently, so it is done
 * here, page by page; beyond the 20,000 most recently active rooms nothing is found.
 */
export async function filterListedRooms(reader: Reader, filter: string): Promise<LobbyRoom[]> {
  const wanted = folded(filter)
  const found: LobbyRoom[] = []
  let place = FIRST_PLACE
  for (let scanned = 0; scanned < MOST_ROWS_SCANNED; scanned += ROWS_PER_READ) {
    const rooms = await readListedRooms(reader, place, ROWS_PER_READ)
    for (const room of rooms) if (folded(`${room.name}\n${room.topic}`).includes(wanted)) found.push(room)
    const last = rooms.at(-1)
    if (!last || rooms.length < ROWS_PER_READ) break
    place = { activeAt: last.lastActivityAt, id: last.id }
  }
  return found
}

/** Of these rooms the listed ones. */
export async function readListedByIds(reader: Reader, ids: readonly RoomId[]): Promise<LobbyRoom[]> {
  if (ids.length === 0) return []
  return (await reader.all(listedByIds, { ids })).map(lobbyRoomOf)
}

export async function countListedRooms(reader: Reader): Promise<number> {
  return Number((await reader.first(listedCount, {}))?.count ?? 0)
}

const folded = (text: string): string => text.normalize('NFKC').toLowerCase()
const lobbyRoomOf = (row: ListedRow): LobbyRoom => toLobbyRoom(row, toRoom(row, row.name, row.topic))

const listedAfter = statement<ListPlace & { limit: number }, ListedRow>((on) =>
  listed(on)
    .where((eb) =>
      // as: any text may be a place between ids.
      eb(eb.refTuple('r.active_at', 'r.id'), '<', eb.tuple(on.params.activeAt, on.params.id as RoomId)),
    )
    .orderBy('r.active_at', 'desc')
    .orderBy('r.id', 'desc')
    .limit(on.params.limit),
)
const listedByIds = statement<{ ids: readonly RoomId[] }, ListedRow>((on) =>
  listed(on).where(on.isOneOf('r.id', on.params.ids)),
)

function listed({ db, bodyText }: Pick<Building<unknown>, 'db' | 'bodyText'>) {
  return db
    .selectFrom('rooms as r')
    .innerJoin('texts as n', 'n.id', 'r.name_text')
    .innerJoin('texts as t', 't.id', 'r.topic_text')
    .selectAll('r')
    .select([bodyText('n.body').as('name'), bodyText('t.body').as('topic')])
    .where('r.kind', '=', 'public')
}

const listedCount = statement<object, { count: number }>(({ db }) =>
  db
    .selectFrom('rooms')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('kind', '=', 'public'),
)
