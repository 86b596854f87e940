import { type Kysely, sql } from 'kysely'
import type { Migration } from 'kysely/migration'

/** Which instance does what only one is to do. */
export function leases(dialect: 'sqlite' | 'postgres'): Migration {
  const isSqlite = dialect === 'sqlite'
  const text = isSqlite ? sql`text` : sql`text collate "C"`
  const int = isSqlite ? sql`integer` : sql`bigint`
  return {
    // biome-ignore lint/suspicious/noExplicitAny: a migration works on a schema that exists only while it runs.
    async up(db: Kysely<any>): Promise<void> {
      await db.schema
        .createTable('leases')
        .addColumn('name', text, (c) => c.primaryKey().notNull())
        .addColumn('holder', text, (c) => c.notNull())
        .addColumn('until', int, (c) => c.notNull())
        .execute()
    },
  }
}
