import type { LobbyRoom, Room, RoomId } from '@parley/protocol'
import type { Reader, Writer } from './database.ts'
import type { PendingInserts } from './pending-inserts.ts'
import { statement } from './statement.ts'
import type { Tables } from './tables.ts'
import { readTexts } from './texts.ts'

export type RoomRow = Tables['rooms']

const MINUTE_MS = 60_000

/** Activity is kept to the minute, which is also how the lobby orders it. */
export const activityAt = (now: number): number => now - (now % MINUTE_MS)

/** Rooms of one batch. Rows are read once, under the lock, and changed in memory along with the table. */
export class Rooms {
  readonly #writer: Writer
  readonly #pending: PendingInserts
  readonly #rows = new Map<RoomId, RoomRow>()
  readonly #touched = new Set<RoomId>()

  constructor(writer: Writer, pending: PendingInserts) {
    this.#writer = writer
    this.#pending = pending
  }

  async load(ids: readonly RoomId[]): Promise<void> {
    const rows = await this.#writer.lookup(
      'rooms',
      ['id'],
      ids.map((id) => ({ id })),
    )
    for (const row of rows) this.#rows.set(row.id, row)
  }

  /** A room that the batch's commands named, if it exists. */
  find(id: RoomId): RoomRow | undefined {
    return this.#rows.get(id)
  }

  insert(row: RoomRow): void {
    this.#pending.add('rooms', row)
    this.#rows.set(row.id, row)
  }

  async change(row: RoomRow): Promise<void> {
    await this.#pending.settle('rooms')
    this.#rows.set(row.id, row)
    this.#touched.delete(row.id)
    await this.#writer.run(changeRoom, row)
  }

  /** Notes activity, to the minute, so that a lively room does not rewrite the lobby's index with every message. */
  touch(id: RoomId, now: number): void {
    const row = this.#rows.get(id)
    const activeAt = activityAt(now)
    if (!row || activeAt <= row.active_at) return
    this.#rows.set(id, { ...row, active_at: activeAt })
    this.#touched.add(id)
  }

  async flush(): Promise<void> {
    for (const row of this.#rows.values()) if (this.#touched.has(row.id)) await this.change(row)
  }

  async remove(id: RoomId): Promise<void> {
    await this.#pending.settle('rooms')
    await this.#pending.settle('room_names')
    this.#rows.delete(id)
    this.#touched.delete(id)
    await this.#writer.run(removeNames, { id })
    await this.#writer.run(removeRoom, { id })
  }

  /** False when the name is taken. The first write of a command. (SPEC A7) */
  async takeName(key: string, id: RoomId): Promise<boolean> {
    return (await this.#writer.run(takeName, { key, id })) === 1
  }

  /** Frees the names of a room except one. */
  async freeNames(id: RoomId, except: string): Promise<void> {
    await this.#writer.run(freeNames, { id, except })
  }
}

const changeRoom = statement<RoomRow>(({ db, params }) =>
  db
    .updateTable('rooms')
    .set({
      name_text: params.name_text,
      topic_text: params.topic_text,
      owner_id: params.owner_id,
      active_at: params.active_at,
      version: params.version,
      is_read_only: params.is_read_only,
      slow_seconds: params.slow_seconds,
    })
    .where('id', '=', params.id),
)
const removeRoom = statement<{ id: RoomId }>(({ db, params }) => db.deleteFrom('rooms').where('id', '=', params.id))
const removeNames = statement<{ id: RoomId }>(({ db, params }) =>
  db.deleteFrom('room_names').where('room_id', '=', params.id),
)
const takeName = statement<{ key: string; id: RoomId }>(({ db, params }) =>
  db
    .insertInto('room_names')
    .values({ key: params.key, room_id: params.id })
    .onConflict((conflict) => conflict.doNothing()),
)
const freeNames = statement<{ id: RoomId; except: string }>(({ db, params }) =>
  db.deleteFrom('room_names').where('room_id', '=', params.id).where('key', '!=', params.except),
)

/** Rooms with name and topic; unknown ids are left out. */
export async function readRooms(reader: Reader, ids: readonly RoomId[]): Promise<Map<RoomId, Room>> {
  const rows = await reader.lookup(
    'rooms',
    ['id'],
    ids.map((id) => ({ id })),
  )
  return withTexts(reader, rows)
}

export async function withTexts(reader: Reader, rows: readonly RoomRow[]): Promise<Map<RoomId, Room>> {
  const texts = await readTexts(
    reader,
    rows.flatMap((row) => [row.name_text, row.topic_text]),
  )
  return new Map(
    rows.map((row) => [row.id, toRoom(row, texts.get(row.name_text) ?? '', texts.get(row.topic_text) ?? '')]),
  )
}

export function toRoom(row: RoomRow, name: string, topic: string): Room {
  return {
    id: row.id,
    kind: row.kind,
    name,
    topic,
    ownerId: row.owner_id,
    createdAt: row.created_at,
    ...(row.is_read_only === 1 && { isReadOnly: true }),
    ...(row.slow_seconds > 0 && { slowSeconds: row.slow_seconds }),
    version: row.version,
  }
}

/** The lobby's entry of a room, as far as the database knows: nobody in it. */
export function toLobbyRoom(row: RoomRow, room: Room): LobbyRoom {
  return {
    id: row.id,
    name: room.name,
    topic: room.topic,
    createdAt: row.created_at,
    lastActivityAt: row.active_at,
    occupants: 0,
    faces: [],
  }
}
