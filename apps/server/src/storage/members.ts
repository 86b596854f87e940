import type { RoomId, UserId } from '@parley/protocol'
import type { Reader, Writer } from './database.ts'
import type { PendingInserts } from './pending-inserts.ts'
import { statement } from './statement.ts'

/** Memberships that a batch's commands ask about, read in one statement under the locks. */
export class Members {
  readonly #writer: Writer
  readonly #pending: PendingInserts
  readonly #members = new Set<string>()

  constructor(writer: Writer, pending: PendingInserts) {
    this.#writer = writer
    this.#pending = pending
  }

  async load(pairs: readonly { readonly roomId: RoomId; readonly userId: UserId }[]): Promise<void> {
    const keys = pairs.map((pair) => ({ room_id: pair.roomId, user_id: pair.userId }))
    for (const row of await this.#writer.lookup('members', ['room_id', 'user_id'], keys)) {
      this.#members.add(`${row.room_id} ${row.user_id}`)
    }
  }

  has(roomId: RoomId, userId: UserId): boolean {
    return this.#members.has(`${roomId} ${userId}`)
  }

  /** `readUpTo`: a newcomer has nothing unread, however long the history. */
  async add(roomId: RoomId, userId: UserId, now: number, readUpTo: number): Promise<void> {
    this.#members.add(`${roomId} ${userId}`)
    this.#pending.add('members', { room_id: roomId, user_id: userId, joined_at: now })
    await moveMarker(this.#writer, { roomId, userId, number: readUpTo })
  }

  async remove(roomId: RoomId, userId: UserId): Promise<void> {
    await this.#pending.settle('members')
    this.#members.delete(`${roomId} ${userId}`)
    await this.#writer.run(removeMember, { roomId, userId })
    await this.#writer.run(removeMarker, { roomId, userId })
  }

  /** How many rooms a person belongs to. */
  async countOf(userId: UserId): Promise<number> {
    await this.#pending.settle('members')
    const row = await this.#writer.first(countRooms, { userId })
    return Number(row?.count ?? 0)
  }

  async firstIds(roomId: RoomId, limit: number): Promise<UserId[]> {
    await this.#pending.settle('members')
    return readMemberIds(this.#writer, roomId, limit)
  }
}

/** Moves a read marker forward, never back. */
export async function moveMarker(
  writer: Writer,
  marker: { readonly roomId: RoomId; readonly userId: UserId; readonly number: number },
): Promise<void> {
  await writer.run(raiseMarker, marker)
}

export async function readMemberIds(reader: Reader, roomId: RoomId, limit: number): Promise<UserId[]> {
  const rows = await reader.all(memberIds, { roomId, limit })
  return rows.map((row) => row.user_id)
}

export async function countMembers(reader: Reader, roomId: RoomId): Promise<number> {
  const row = await reader.first(countPeople, { roomId })
  return Number(row?.count ?? 0)
}

const raiseMarker = statement<{ roomId: RoomId; userId: UserId; number: number }>(({ db, params }) =>
  db
    .insertInto('read_markers')
    .values({ user_id: params.userId, room_id: params.roomId, number: params.number })
    .onConflict((conflict) =>
      conflict
        .columns(['user_id', 'room_id'])
        .doUpdateSet((eb) => ({ number: eb.ref('excluded.number') }))
        .whereRef('read_markers.number', '<', 'excluded.number'),
    ),
)
const removeMember = statement<{ roomId: RoomId; userId: UserId }>(({ db, params }) =>
  db.deleteFrom('members').where('room_id', '=', params.roomId).where('user_id', '=', params.userId),
)
const removeMarker = statement<{ roomId: RoomId; userId: UserId }>(({ db, params }) =>
  db.deleteFrom('read_markers').where('room_id', '=', params.roomId).where('user_id', '=', params.userId),
)
const countRooms = statement<{ userId: UserId }, { count: number }>(({ db, params }) =>
  db
    .selectFrom('members')
    .innerJoin('rooms', 'rooms.id', 'members.room_id')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('members.user_id', '=', params.userId),
)
const countPeople = statement<{ roomId: RoomId }, { count: number }>(({ db, params }) =>
  db
    .selectFrom('members')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('room_id', '=', params.roomId),
)
const memberIds = statement<{ roomId: RoomId; limit: number }, { user_id: UserId }>(({ db, params }) =>
  db.selectFrom('members').select('user_id').where('room_id', '=', params.roomId).limit(params.limit),
)
