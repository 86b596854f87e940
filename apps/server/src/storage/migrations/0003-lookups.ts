import { type Kysely, sql } from 'kysely'
import type { Migration } from 'kysely/migration'

/** Finds at once what was looked for row by row. */
export function lookups(): Migration {
  return {
    // biome-ignore lint/suspicious/noExplicitAny: a migration works on a schema that exists only while it runs.
    async up(db: Kysely<any>): Promise<void> {
      // Only of the events that are asked for so: posting is not to pay for it.
      await db.schema
        .createIndex('events_entered')
        .on('events')
        .columns(['stream', 'subject'])
        .where(sql.ref('type'), '=', sql.lit('room-entered'))
        .execute()
      await db.schema.createIndex('entries_user').on('entries').columns(['user_id']).execute()
    },
  }
}
