import type { RoomId } from '@parley/protocol'
import type { Reader } from '../../storage/database.ts'

/** Why rows of a room may be there though the room is not: it was closed, and the eraser has not finished with it. */
export async function roomsBeingErased(reader: Reader, ids: readonly string[]): Promise<Set<string>> {
  const jobs = await reader.lookup(
    'erasures',
    ['subject'],
    ids.map((subject) => ({ subject })),
  )
  return new Set(jobs.filter((job) => job.finished_at === null).map((job) => job.subject))
}

/** Of these rooms, those that exist. */
export async function roomsThere(reader: Reader, ids: readonly string[]): Promise<Set<string>> {
  const rows = await reader.lookup(
    'rooms',
    ['id'],
    ids.map((id) => ({ id: id as RoomId })), // as: whatever stands in a column of rooms
  )
  return new Set(rows.map((row) => row.id))
}
