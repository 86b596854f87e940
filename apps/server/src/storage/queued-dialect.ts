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
 * A Kysely dialect over a function that runs single statements: for migrations (on the raw handle, inside a transaction) and
 * for better-auth (each statement through the write queue, no transactions of its own). (SPEC B1)
 */
export function dialectOver(name: DialectName, execute: Execute, transactions: boolean): Dialect {
  return {
    createAdapter: () => (name === 'sqlite' ? new SqliteAdapter() : new PostgresAdapter()),
    createDriver: () => new SingleStatementDriver(execute, transactions),
    createIntrospector: (db) => (name === 'sqlite' ? new SqliteIntrospector(db) : new PostgresIntrospector(db)),
    createQueryCompiler: () => (name === 'sqlite' ? new SqliteQueryCompiler() : new PostgresQueryCompiler()),
  }
}

class SingleStatementDriver implements Driver {
  readonly #connection: DatabaseConnection
  readonly #transactions: boolean

  constructor(execute: Execute, transactions: boolean) {
    this.#transactions = transactions
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
    if (!this.#transactions) throw new Error(`This dialect has no transactions: "${word}" would break into a batch.`)
    await this.#connection.executeQuery(CompiledQuery.raw(word))
  }
}
