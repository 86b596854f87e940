import { type CreateTableBuilder, type Kysely, sql } from 'kysely'
import type { Migration } from 'kysely/migration'

/** Roles, mutes, bans, blocks, invitations and the instance's own roles. */
export function people(dialect: 'sqlite' | 'postgres'): Migration {
  const isSqlite = dialect === 'sqlite'
  const text = isSqlite ? sql`text` : sql`text collate "C"`
  const int = isSqlite ? sql`integer` : sql`bigint`
  const clustered = <T extends string, C extends string>(table: CreateTableBuilder<T, C>) =>
    isSqlite ? table.modifyEnd(sql`without rowid`) : table

  return {
    // biome-ignore lint/suspicious/noExplicitAny: a migration works on a schema that exists only while it runs.
    async up(db: Kysely<any>): Promise<void> {
      const add = (table: string, column: string, type: typeof int, fallback?: number | string) =>
        db.schema
          .alterTable(table)
          .addColumn(column, type, (c) => (fallback === undefined ? c : c.notNull().defaultTo(fallback)))
          .execute()
      await add('rooms', 'is_read_only', int, 0)
      await add('rooms', 'slow_seconds', int, 0)
      await add('members', 'role', text, 'member')
      await add('members', 'muted_until', int)
      await add('members', 'posted_at', int)
      await add('users', 'role', text)
      await add('users', 'disabled_at', int)
      await add('users', 'email_text', int)

      await clustered(
        db.schema
          .createTable('bans')
          .addColumn('room_id', text, (c) => c.notNull())
          .addColumn('user_id', text, (c) => c.notNull())
          .addColumn('banned_at', int, (c) => c.notNull())
          .addColumn('banned_until', int)
          .addPrimaryKeyConstraint('bans_pk', ['room_id', 'user_id']),
      ).execute()
      await db.schema.createIndex('bans_user').on('bans').columns(['user_id']).execute()
      await clustered(
        db.schema
          .createTable('absences')
          .addColumn('room_id', text, (c) => c.notNull())
          .addColumn('user_id', text, (c) => c.notNull())
          .addColumn('muted_until', int)
          .addColumn('posted_at', int)
          .addPrimaryKeyConstraint('absences_pk', ['room_id', 'user_id']),
      ).execute()
      // The pair stays known when one of them deletes the account, and with it the membership.
      await db.schema.dropTable('direct_pairs').execute()
      await clustered(
        db.schema
          .createTable('direct_pairs')
          .addColumn('key', text, (c) => c.primaryKey().notNull())
          .addColumn('room_id', text, (c) => c.notNull())
          .addColumn('low_id', text, (c) => c.notNull())
          .addColumn('high_id', text, (c) => c.notNull()),
      ).execute()
      await db.schema.createIndex('direct_pairs_room').unique().on('direct_pairs').columns(['room_id']).execute()
      await clustered(
        db.schema
          .createTable('blocks')
          .addColumn('user_id', text, (c) => c.notNull())
          .addColumn('blocked_id', text, (c) => c.notNull())
          .addColumn('blocked_at', int, (c) => c.notNull())
          .addPrimaryKeyConstraint('blocks_pk', ['user_id', 'blocked_id']),
      ).execute()
      await db.schema.createIndex('blocks_blocked').on('blocks').columns(['blocked_id']).execute()
      await clustered(
        db.schema
          .createTable('invitations')
          .addColumn('id', text, (c) => c.primaryKey().notNull())
          .addColumn('token_hash', text, (c) => c.notNull())
          .addColumn('room_id', text)
          .addColumn('created_by', text, (c) => c.notNull())
          .addColumn('created_at', int, (c) => c.notNull())
          .addColumn('expires_at', int)
          .addColumn('max_uses', int)
          .addColumn('uses', int, (c) => c.notNull())
          .addColumn('revoked_at', int),
      ).execute()
      await db.schema.createIndex('invitations_token').unique().on('invitations').columns(['token_hash']).execute()
      await db.schema.createIndex('invitations_room').on('invitations').columns(['room_id']).execute()
      await db.schema.createIndex('invitations_creator').on('invitations').columns(['created_by']).execute()
    },
  }
}
