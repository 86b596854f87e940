import type { RoomId, UserId } from '@parley/protocol'
import type { Reader, Writer } from './database.ts'
import type { PendingInserts } from './pending-inserts.ts'
import { statement } from './statement.ts'
import type { Tables } from './tables.ts'

export type MemberRow = Tables['members']

/** Memberships that a batch's commands ask about, read in one statement under the locks. */
export class Members {
  readonly #writer: Writer
  readonly #pending: PendingInserts
  readonly #members = new Map<string, MemberRow>()
  readonly #posted = new Set<string>()

  constructor(writer: Writer, pending: PendingInserts) {
    this.#writer = writer
    this.#pending = pending
  }

  async load(pairs: readonly { readonly roomId: RoomId; readonly userId: UserId }[]): Promise<void> {
    const keys = pairs.map((pair) => ({ room_id: pair.roomId, user_id: pair.userId }))
    for (const row of await this.#writer.lookup('members', ['room_id', 'user_id'], keys)) {
      this.#members.set(`${row.room_id} ${row.user_id}`, row)
    }
  }

  /** Of a person whom the batch's commands asked about. */
  find(roomId: RoomId, userId: UserId): MemberRow | undefined {
    return this.#members.get(`${roomId} ${userId}`)
  }

  /** Of anybody, read if need be. */
  async read(roomId: RoomId, userId: UserId): Promise<MemberRow | undefined> {
    if (!this.has(roomId, userId)) {
      await this.#pending.settle('members')
      await this.load([{ roomId, userId }])
    }
    return this.find(roomId, userId)
  }

  has(roomId: RoomId, userId: UserId): boolean {
    return this.#members.has(`${roomId} ${userId}`)
  }

  /**
   * `readUpTo`: a newcomer has nothing unread, however long the history. Who was muted or has to wait before the next message
   * finds that again: nobody gets rid of it by leaving. (SPEC O5)
   */
  async add(roomId: RoomId, userId: UserId, now: number, readUpTo: number): Promise<void> {
    const key = { room_id: roomId, user_id: userId }
    const [kept] = await this.#writer.lookup('absences', ['room_id', 'user_id'], [key])
    if (kept) await this.#writer.run(endAbsence, key)
    const { muted_until, posted_at } = kept ?? { muted_until: null, posted_at: null }
    const row = { ...key, joined_at: now, role: 'member', muted_until, posted_at } as const
    this.#members.set(`${roomId} ${userId}`, row)
    this.#pending.add('members', row)
    await moveMarker(this.#writer, { roomId, userId, number: readUpTo })
  }

  async change(row: MemberRow): Promise<void> {
    await this.#pending.settle('members')
    this.#members.set(`${row.room_id} ${row.user_id}`, row)
    await this.#writer.run(changeMember, row)
  }

  /** Notes when somebody posted in a slow room; written once per batch. */
  notePost(row: MemberRow, now: number): void {
    const key = `${row.room_id} ${row.user_id}`
    this.#members.set(key, { ...row, posted_at: now })
    this.#posted.add(key)
  }

  async flush(): Promise<void> {
    for (const key of this.#posted) {
      const row = this.#members.get(key)
      if (row) await this.change(row)
    }
  }

  async remove(roomId: RoomId, userId: UserId): Promise<void> {
    const row = await this.read(roomId, userId)
    await this.#pending.settle('members')
    if (row && (row.muted_until !== null || row.posted_at !== null)) await this.#writer.run(beginAbsence, row)
    this.#members.delete(`${roomId} ${userId}`)
    await this.#writer.run(removeMember, { roomId, userId })
    await this.#writer.run(removeMarker, { roomId, userId })
  }

  /** How many direct rooms a person has. */
  async countDirectOf(userId: UserId): Promise<number> {
    await this.#pending.settle('members')
    const row = await this.#writer.first(countDirectRooms, { userId })
    return Number(row?.count ?? 0)
  }

  /** How many rooms a person belongs to; those of two are counted apart, because nobody can leave them. */
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
const changeMember = statement<MemberRow>(({ db, params }) =>
  db
    .updateTable('members')
    .set({ role: params.role, muted_until: params.muted_until, posted_at: params.posted_at })
    .where('room_id', '=', params.room_id)
    .where('user_id', '=', params.user_id),
)
const beginAbsence = statement<Tables['absences']>(({ db, params }) =>
  db
    .insertInto('absences')
    .values({
      room_id: params.room_id,
      user_id: params.user_id,
      muted_until: params.muted_until,
      posted_at: params.posted_at,
    })
    .onConflict((conflict) =>
      conflict.columns(['room_id', 'user_id']).doUpdateSet((eb) => ({
        muted_until: eb.ref('excluded.muted_until'),
        posted_at: eb.ref('excluded.posted_at'),
      })),
    ),
)
const endAbsence = statement<{ room_id: RoomId; user_id: UserId }>(({ db, params }) =>
  db.deleteFrom('absences').where('room_id', '=', params.room_id).where('user_id', '=', params.user_id),
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
    .where('members.user_id', '=', params.userId)
    .where('rooms.kind', '!=', 'direct'),
)
const countDirectRooms = statement<{ userId: UserId }, { count: number }>(({ db, params }) =>
  db
    .selectFrom('members')
    .innerJoin('rooms', 'rooms.id', 'members.room_id')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('members.user_id', '=', params.userId)
    .where('rooms.kind', '=', 'direct'),
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
