import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely'
import type { DialectName } from './statement.ts'

/** Runs one statement and gives its rows and the number of changed ones. */
export type Execute = (sql: string, values: readonly unknown[]) => Promise<{ rows: unknown[]; changed: number }>

/**
 * A Kysely dialect over a function that runs single statements on one connection: for migrations, before anything else is
 * written. Whatever comes later goes through `Database.write`. (SPEC B1)
 */
export function migrationDialect(name: DialectName, execute: Execute): Dialect {
  return {
    createAdapter: () => (name === 'sqlite' ? new WholeMigrations() : new PostgresAdapter()),
    createDriver: () => new SingleStatementDriver(execute),
    createIntrospector: (db) => (name === 'sqlite' ? new SqliteIntrospector(db) : new PostgresIntrospector(db)),
    createQueryCompiler: () => (name === 'sqlite' ? new SqliteQueryCompiler() : new PostgresQueryCompiler()),
  }
}

/** SQLite can take back what changes the schema: a migration that a crash or a power cut ends has never begun. (SPEC C5) */
class WholeMigrations extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true
  }
}

class SingleStatementDriver implements Driver {
  readonly #connection: DatabaseConnection

  constructor(execute: Execute) {
    this.#connection = {
      async executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
        const { rows, changed } = await execute(query.sql, query.parameters)
        return { rows: rows as Row[], numAffectedRows: BigInt(changed) } // as: Kysely's row types are compile-time only
      },
      // biome-ignore lint/correctness/useYield: streaming is not offered.
      async *streamQuery() {
        throw new Error('This dialect does not stream.')
      },
    }
  }

  async init(): Promise<void> {}
  async acquireConnection(): Promise<DatabaseConnection> {
    return this.#connection
  }
  async beginTransaction(): Promise<void> {
    await this.#control('begin')
  }
  async commitTransaction(): Promise<void> {
    await this.#control('commit')
  }
  async rollbackTransaction(): Promise<void> {
    await this.#control('rollback')
  }
  async releaseConnection(): Promise<void> {}
  async destroy(): Promise<void> {}

  async #control(word: string): Promise<void> {
    await this.#connection.executeQuery(CompiledQuery.raw(word))
  }
}
