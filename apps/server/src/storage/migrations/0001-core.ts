import { type CreateTableBuilder, type Kysely, sql } from 'kysely'
import type { Migration } from 'kysely/migration'

/** Streams, texts, rooms, people and their accounts. `id`-like text sorts by bytes on both databases. */
export function core(dialect: 'sqlite' | 'postgres'): Migration {
  const isSqlite = dialect === 'sqlite'
  const text = isSqlite ? sql`text` : sql`text collate "C"`
  const body = isSqlite ? sql`blob` : sql`text`
  const int = isSqlite ? sql`integer` : sql`bigint`
  // A table that is its own primary key index: half the writes, and rows of a room lie together.
  const clustered = <T extends string, C extends string>(table: CreateTableBuilder<T, C>) =>
    isSqlite ? table.modifyEnd(sql`without rowid`) : table

  return {
    // biome-ignore lint/suspicious/noExplicitAny: a migration works on a schema that exists only while it runs.
    async up(db: Kysely<any>): Promise<void> {
      await clustered(
        db.schema
          .createTable('meta')
          .addColumn('key', text, (c) => c.primaryKey().notNull())
          .addColumn('value', text, (c) => c.notNull()),
      ).execute()
      await clustered(
        db.schema
          .createTable('streams')
          .addColumn('id', text, (c) => c.primaryKey().notNull())
          .addColumn('head', int, (c) => c.notNull())
          .addColumn('floor', int, (c) => c.notNull())
          .addColumn('number', int, (c) => c.notNull()),
      ).execute()
      await clustered(
        db.schema
          .createTable('events')
          .addColumn('stream', text, (c) => c.notNull())
          .addColumn('seq', int, (c) => c.notNull())
          .addColumn('type', text, (c) => c.notNull())
          .addColumn('at', int, (c) => c.notNull())
          .addColumn('actor_id', text, (c) => c.notNull())
          .addColumn('command_id', text, (c) => c.notNull())
          .addColumn('part', int, (c) => c.notNull())
          .addColumn('subject', text)
          .addColumn('number', int)
          .addColumn('data', text)
          .addPrimaryKeyConstraint('events_pk', ['stream', 'seq']),
      ).execute()
      // The command's id first: ids begin with the time, so a batch of many people's posts writes a few pages at the index's
      // end, and not one for each person. (Measured, 64 people: a quarter of all that storing a post costs.)
      await db.schema
        .createIndex('events_receipt')
        .unique()
        .on('events')
        .columns(['command_id', 'actor_id', 'part'])
        .execute()

      // On SQLite the integer primary key is the row's place, so rows are only ever appended and overwritten, never moved.
      await db.schema
        .createTable('texts')
        .addColumn('id', int, (c) => c.primaryKey().notNull())
        .addColumn('body', body, (c) => c.notNull())
        .execute()
      if (!isSqlite) await sql`create sequence text_blocks`.execute(db)

      await clustered(
        db.schema
          .createTable('rooms')
          .addColumn('id', text, (c) => c.primaryKey().notNull())
          .addColumn('kind', text, (c) => c.notNull())
          .addColumn('name_text', int, (c) => c.notNull())
          .addColumn('topic_text', int, (c) => c.notNull())
          .addColumn('owner_id', text, (c) => c.notNull())
          .addColumn('created_at', int, (c) => c.notNull())
          .addColumn('active_at', int, (c) => c.notNull())
          .addColumn('version', int, (c) => c.notNull()),
      ).execute()
      await db.schema.createIndex('rooms_lobby').on('rooms').columns(['kind', 'active_at', 'id']).execute()
      await db.schema.createIndex('rooms_owner').on('rooms').columns(['owner_id']).execute()
      for (const [table, subject] of [
        ['room_names', 'room_id'],
        ['direct_pairs', 'room_id'],
        ['handles', 'user_id'],
      ] as const) {
        await clustered(
          db.schema
            .createTable(table)
            .addColumn('key', text, (c) => c.primaryKey().notNull())
            .addColumn(subject, text, (c) => c.notNull()),
        ).execute()
        await db.schema.createIndex(`${table}_subject`).on(table).columns([subject]).execute()
      }
      await clustered(
        db.schema
          .createTable('members')
          .addColumn('room_id', text, (c) => c.notNull())
          .addColumn('user_id', text, (c) => c.notNull())
          .addColumn('joined_at', int, (c) => c.notNull())
          .addPrimaryKeyConstraint('members_pk', ['room_id', 'user_id']),
      ).execute()
      await db.schema.createIndex('members_user').on('members').columns(['user_id', 'room_id']).execute()

      await clustered(
        db.schema
          .createTable('messages')
          .addColumn('room_id', text, (c) => c.notNull())
          .addColumn('number', int, (c) => c.notNull())
          .addColumn('id', text, (c) => c.notNull())
          .addColumn('author_id', text, (c) => c.notNull())
          .addColumn('command_id', text, (c) => c.notNull())
          .addColumn('posted_at', int, (c) => c.notNull())
          .addColumn('text_id', int, (c) => c.notNull())
          .addColumn('version', int, (c) => c.notNull())
          .addColumn('edited_at', int)
          .addColumn('deleted_at', int)
          .addPrimaryKeyConstraint('messages_pk', ['room_id', 'number']),
      ).execute()
      await db.schema.createIndex('messages_id').unique().on('messages').columns(['id']).execute()
      await clustered(
        db.schema
          .createTable('reactions')
          .addColumn('message_id', text, (c) => c.notNull())
          .addColumn('emoji', text, (c) => c.notNull())
          .addColumn('user_id', text, (c) => c.notNull())
          .addColumn('room_id', text, (c) => c.notNull())
          .addColumn('at', int, (c) => c.notNull())
          .addPrimaryKeyConstraint('reactions_pk', ['message_id', 'emoji', 'user_id']),
      ).execute()
      await db.schema.createIndex('reactions_room').on('reactions').columns(['room_id']).execute()
      await clustered(
        db.schema
          .createTable('read_markers')
          .addColumn('user_id', text, (c) => c.notNull())
          .addColumn('room_id', text, (c) => c.notNull())
          .addColumn('number', int, (c) => c.notNull())
          .addPrimaryKeyConstraint('read_markers_pk', ['user_id', 'room_id']),
      ).execute()
      await db.schema.createIndex('read_markers_room').on('read_markers').columns(['room_id']).execute()
      await clustered(
        db.schema
          .createTable('tombstones')
          .addColumn('room_id', text, (c) => c.primaryKey().notNull())
          .addColumn('was_listed', int, (c) => c.notNull())
          .addColumn('closed_at', int, (c) => c.notNull())
          .addColumn('closed_by', text, (c) => c.notNull()),
      ).execute()
      await clustered(
        db.schema
          .createTable('erasures')
          .addColumn('subject', text, (c) => c.primaryKey().notNull())
          .addColumn('kind', text, (c) => c.notNull())
          .addColumn('requested_at', int, (c) => c.notNull())
          .addColumn('finished_at', int)
          .addColumn('messages', int, (c) => c.notNull())
          .addColumn('texts', int, (c) => c.notNull())
          .addColumn('events', int, (c) => c.notNull())
          .addColumn('reactions', int, (c) => c.notNull())
          .addColumn('members', int, (c) => c.notNull()),
      ).execute()

      await db.schema
        .createTable('users')
        .addColumn('id', text, (c) => c.primaryKey().notNull())
        .addColumn('kind', text, (c) => c.notNull())
        .addColumn('handle_text', int, (c) => c.notNull())
        .addColumn('name_text', int, (c) => c.notNull())
        .addColumn('version', int, (c) => c.notNull())
        .addColumn('last_room_id', text)
        .addColumn('created_at', int, (c) => c.notNull())
        .addColumn('deleted_at', int)
        .addColumn('email', text, (c) => c.notNull())
        .addColumn('email_verified', int, (c) => c.notNull())
        .addColumn('image', text)
        .addColumn('updated_at', int, (c) => c.notNull())
        .execute()
      await db.schema
        .createTable('sessions')
        .addColumn('id', text, (c) => c.primaryKey().notNull())
        .addColumn('token', text, (c) => c.notNull().unique())
        .addColumn('user_id', text, (c) => c.notNull())
        .addColumn('expires_at', int, (c) => c.notNull())
        .addColumn('created_at', int, (c) => c.notNull())
        .addColumn('updated_at', int, (c) => c.notNull())
        .addColumn('ip_address', text)
        .addColumn('user_agent', text)
        .execute()
      await db.schema.createIndex('sessions_user').on('sessions').columns(['user_id']).execute()
      await db.schema
        .createTable('accounts')
        .addColumn('id', text, (c) => c.primaryKey().notNull())
        .addColumn('user_id', text, (c) => c.notNull())
        .addColumn('provider_id', text, (c) => c.notNull())
        .addColumn('account_id', text, (c) => c.notNull())
        .addColumn('password', text)
        .addColumn('access_token', text)
        .addColumn('refresh_token', text)
        .addColumn('id_token', text)
        .addColumn('access_token_expires_at', int)
        .addColumn('refresh_token_expires_at', int)
        .addColumn('scope', text)
        .addColumn('created_at', int, (c) => c.notNull())
        .addColumn('updated_at', int, (c) => c.notNull())
        .execute()
      await db.schema
        .createIndex('accounts_key')
        .unique()
        .on('accounts')
        .columns(['provider_id', 'account_id'])
        .execute()
      await db.schema.createIndex('accounts_user').on('accounts').columns(['user_id']).execute()
      await db.schema
        .createTable('verifications')
        .addColumn('id', text, (c) => c.primaryKey().notNull())
        .addColumn('identifier', text, (c) => c.notNull())
        .addColumn('value', text, (c) => c.notNull())
        .addColumn('expires_at', int, (c) => c.notNull())
        .addColumn('created_at', int, (c) => c.notNull())
        .addColumn('updated_at', int, (c) => c.notNull())
        .execute()
      await db.schema.createIndex('verifications_identifier').on('verifications').columns(['identifier']).execute()
      await db.schema
        .createTable('entries')
        .addColumn('command_id', text, (c) => c.primaryKey().notNull())
        .addColumn('secret_hash', text, (c) => c.notNull())
        .addColumn('user_id', text, (c) => c.notNull())
        .addColumn('expires_at', int, (c) => c.notNull())
        .execute()
    },
  }
}
