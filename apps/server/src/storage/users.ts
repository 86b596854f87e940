import type { User, UserId } from '@parley/protocol'
import type { Reader } from './database.ts'
import { statement } from './statement.ts'

/** People as they are called now; unknown ids are left out. */
export async function readUsers(reader: Reader, ids: Iterable<UserId>): Promise<User[]> {
  const unique = [...new Set(ids)]
  if (unique.length === 0) return []
  const rows = await reader.all(usersById, { ids: unique })
  return rows.map(toUser)
}

/** A person with their names, as `toUser` takes it. */
export interface UserRow {
  readonly id: UserId
  readonly kind: User['kind']
  readonly handle: string
  readonly name: string
  readonly version: number
  readonly role: User['role'] | null
  readonly deleted_at: number | null
}

export function toUser(row: UserRow): User {
  return {
    id: row.id,
    handle: row.deleted_at === null ? row.handle : '',
    displayName: row.deleted_at === null ? row.name : '',
    kind: row.kind,
    ...(row.role && { role: row.role }),
    version: row.version,
    ...(row.deleted_at !== null && { isDeleted: true }),
  }
}

const usersById = statement<{ ids: readonly UserId[] }, UserRow>(({ db, params, isOneOf, bodyText }) =>
  db
    .selectFrom('users as u')
    .innerJoin('texts as h', 'h.id', 'u.handle_text')
    .innerJoin('texts as n', 'n.id', 'u.name_text')
    .select(['u.id', 'u.kind', 'u.version', 'u.role', 'u.deleted_at'])
    .select([bodyText('h.body').as('handle'), bodyText('n.body').as('name')])
    .where(isOneOf('u.id', params.ids)),
)

export const setLastRoom = statement<{ userId: UserId; roomId: string | null }>(({ db, params }) =>
  db
    .updateTable('users')
    // as: the column is a room id; the statement also clears it.
    .set({ last_room_id: params.roomId as never })
    .where('id', '=', params.userId),
)

export const setName = statement<{ userId: UserId; nameText: number }>(({ db, params }) =>
  db
    .updateTable('users')
    .set((eb) => ({ name_text: params.nameText, version: eb('version', '+', 1) }))
    .where('id', '=', params.userId),
)

export const clearLastRoom = statement<{ userId: UserId; roomId: string }>(
  ({ db, params }) =>
    db
      .updateTable('users')
      .set({ last_room_id: null })
      .where('id', '=', params.userId)
      .where('last_room_id', '=', params.roomId as never), // as: see `setLastRoom`
)

export const setInstanceRole = statement<{ userId: UserId; role: 'owner' | 'administrator' | null }>(({ db, params }) =>
  db
    .updateTable('users')
    .set((eb) => ({ role: params.role, version: eb('version', '+', 1) }))
    .where('id', '=', params.userId),
)

/** `at` null enables again. */
export const disable = statement<{ userId: UserId; at: number | null }>(({ db, params }) =>
  db.updateTable('users').set({ disabled_at: params.at }).where('id', '=', params.userId),
)
