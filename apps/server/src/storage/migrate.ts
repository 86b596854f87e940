import { type Kysely, sql } from 'kysely'
import { type Migration, Migrator } from 'kysely/migration'
import { core } from './migrations/0001-core.ts'
import { people } from './migrations/0002-people.ts'
import { lookups } from './migrations/0003-lookups.ts'
import { leases } from './migrations/0004-leases.ts'
import { StartError } from './start-error.ts'
import type { DialectName } from './statement.ts'

export function migrations(dialect: DialectName): Record<string, Migration> {
  return {
    '0001-core': core(dialect),
    '0002-people': people(dialect),
    '0003-lookups': lookups(),
    '0004-leases': leases(dialect),
  }
}

/**
 * What a migration is called that only adds: tables, indexes, columns with a default. The program before it runs on with it, and
 * starts again with it, so that instances can be upgraded one after the other, and back.
 */
const ADDS = /-adds$/

/**
 * Brings the database to this program's schema (or to that of `upTo`, the name of a migration), forward only, under the
 * migrator's lock. Refuses a newer database, unless it only has more.
 */
export async function migrate(db: Kysely<unknown>, dialect: DialectName, upTo?: string): Promise<void> {
  const known = migrations(dialect)
  const migrator = new Migrator({ db, provider: { getMigrations: async () => known } })
  const applied = await appliedMigrations(db)
  const foreign = applied.filter((name) => !(name in known))
  const isMissing = Object.keys(known).some((name) => !applied.includes(name))
  if (foreign.length > 0 && foreign.every((name) => ADDS.test(name)) && !isMissing) return
  if (foreign.length > 0) {
    throw new StartError(
      `The database was made by a newer Parley (it has "${foreign.join('", "')}"). Start that version, or restore a backup. Nothing was changed.`,
    )
  }
  if (!isMissing) return
  if (upTo !== undefined && applied.includes(upTo)) return
  const { error } = await (upTo === undefined ? migrator.migrateToLatest() : migrator.migrateTo(upTo))
  if (error) throw error
}

async function appliedMigrations(db: Kysely<unknown>): Promise<string[]> {
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true })
  if (!tables.some((table) => table.name === 'kysely_migration')) return []
  const { rows } = await sql<{ name: string }>`select name from kysely_migration`.execute(db)
  return rows.map((row) => row.name)
}
