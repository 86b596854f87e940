import type { Reader } from '../../storage/database.ts'
import { KEYS } from '../../storage/table-keys.ts'
import { type Key, keyOf, type Row, readPage } from '../../storage/table-pages.ts'
import type { TableName } from '../../storage/tables.ts'
import { allOr, type Finding, ok, Trouble } from '../finding.ts'
import { type Piece, ROWS_PER_PIECE } from '../piece.ts'
import { roomsBeingErased, roomsThere } from './known-rooms.ts'

type Target = 'room' | 'person' | 'living person'
interface Reference {
  readonly table: TableName
  readonly column: string
  readonly to: Target
}

/** Rows that mean nothing without what they refer to. Messages and events are judged with what is in them. */
const REFERENCES: readonly Reference[] = [
  { table: 'room_names', column: 'room_id', to: 'room' },
  { table: 'direct_pairs', column: 'room_id', to: 'room' },
  { table: 'members', column: 'room_id', to: 'room' },
  { table: 'members', column: 'user_id', to: 'person' },
  { table: 'bans', column: 'room_id', to: 'room' },
  { table: 'absences', column: 'room_id', to: 'room' },
  { table: 'reactions', column: 'room_id', to: 'room' },
  { table: 'read_markers', column: 'room_id', to: 'room' },
  { table: 'invitations', column: 'room_id', to: 'room' },
  { table: 'rooms', column: 'owner_id', to: 'person' },
  { table: 'messages', column: 'author_id', to: 'person' },
  { table: 'handles', column: 'user_id', to: 'living person' },
  { table: 'sessions', column: 'user_id', to: 'living person' },
  { table: 'accounts', column: 'user_id', to: 'living person' },
  { table: 'entries', column: 'user_id', to: 'living person' },
  { table: 'blocks', column: 'user_id', to: 'living person' },
  { table: 'bans', column: 'user_id', to: 'living person' },
]

const REMEDY =
  'Something was erased or removed only in part: report it with this line; the rows may be deleted by hand (docs/doctor.md says how).'

/** What is left of rooms and people that are gone, and rooms that are closed and there all the same. (SPEC D1, U8) */
export async function examineReferences(piece: Piece): Promise<Finding[]> {
  const left = new Trouble({ about: 'remains', says: 'Something is left of what is gone', remedy: REMEDY })
  for (const reference of REFERENCES) await examine(piece, reference, left)
  const alive = new Trouble({
    about: 'remains',
    says: 'A closed room is still there',
    remedy: 'Close it again as its owner, or restore a backup.',
  })
  await inPages(piece, 'tombstones', ['room_id'], async (reader, rows) => {
    const there = await roomsThere(
      reader,
      rows.map((row) => String(row.room_id)),
    )
    for (const id of there) alive.note(id)
  })
  return allOr(ok('remains', 'nothing is left of closed rooms and deleted people'), [left, alive])
}

async function examine(piece: Piece, { table, column, to }: Reference, left: Trouble): Promise<void> {
  const columns = [...new Set([...KEYS[table], column])]
  await inPages(piece, table, columns, async (reader, rows) => {
    const ids = [...new Set(rows.flatMap((row) => (row[column] === null ? [] : [String(row[column])])))]
    const there = await (to === 'room' ? roomsThere(reader, ids) : peopleThere(reader, ids, to))
    const gone = new Map<string, number>()
    for (const row of rows) {
      const id = row[column]
      if (id !== null && !there.has(String(id))) gone.set(String(id), (gone.get(String(id)) ?? 0) + 1)
    }
    const erased = to === 'room' ? await roomsBeingErased(reader, [...gone.keys()]) : new Set<string>()
    for (const [id, count] of gone)
      if (!erased.has(id)) left.note(`${count} in ${table} of the ${to === 'room' ? 'room' : 'person'} ${id}`)
  })
}

async function peopleThere(reader: Reader, ids: readonly string[], to: Target): Promise<Set<string>> {
  const rows = await reader.lookup(
    'users',
    ['id'],
    ids.map((id) => ({ id: id as never })), // as: whatever stands in a column of people
  )
  return new Set(rows.filter((row) => to === 'person' || row.deleted_at === null).map((row) => row.id))
}

/** Each page is judged in the piece that read it. */
async function inPages(
  piece: Piece,
  table: TableName,
  columns: readonly string[],
  judge: (reader: Reader, rows: readonly Row[]) => Promise<void>,
): Promise<void> {
  let after: Key | undefined
  do {
    const from = after
    after = await piece(async (reader): Promise<Key | undefined> => {
      const rows = await readPage(reader, { table, columns, after: from }, ROWS_PER_PIECE)
      await judge(reader, rows)
      const last = rows.at(-1)
      return rows.length < ROWS_PER_PIECE || !last ? undefined : keyOf(table, last)
    })
  } while (after !== undefined)
}
