import {
  type Compilable,
  DummyDriver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type RawBuilder,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  sql,
} from 'kysely'
import type { Tables } from './tables.ts'

export type DialectName = 'sqlite' | 'postgres'

/**
 * A query built with Kysely once per dialect and prepared once per connection: building one per call costs four times what
 * running it does. Declared at the top level of a file; `params` name the values given at each run.
 */
export interface Statement<Params, Row> {
  readonly compile: (dialect: DialectName) => CompiledStatement
  /** Types only. */
  readonly shape?: { params: Params; row: Row }
}

export interface CompiledStatement {
  readonly sql: string
  /** Names the prepared statement on PostgreSQL. */
  readonly name: string
  /** Values in the order of placeholders; a `Param` is looked up by name at each run. */
  readonly values: readonly unknown[]
}

export class Param {
  readonly name: string
  constructor(name: string) {
    this.name = name
  }
}

/** What a statement's builder works with. */
export interface Building<Params> {
  readonly db: Kysely<Tables>
  readonly params: Params
  readonly dialect: DialectName
  /** A column of kind `body` as text. */
  readonly bodyText: (reference: string) => RawBuilder<string>
  /** `column` is one of the values of an array parameter. */
  readonly isOneOf: (reference: string, values: readonly unknown[]) => RawBuilder<boolean>
}

export function statement<Params, Row = unknown>(
  build: (on: Building<Params>) => Compilable<Row>,
): Statement<Params, Row> {
  const compiled = new Map<DialectName, CompiledStatement>()
  return {
    compile(dialect) {
      const known = compiled.get(dialect)
      if (known) return known
      const query = build(building(dialect)).compile()
      const fresh = { sql: query.sql, name: `s${++count}`, values: query.parameters }
      compiled.set(dialect, fresh)
      return fresh
    },
  }
}

let count = 0

/** Puts the values of one run in the order of placeholders. */
export function bind(compiled: CompiledStatement, params: unknown): unknown[] {
  const named = params as Record<string, unknown> // as: statements are typed where they are run
  return compiled.values.map((value) => (value instanceof Param ? named[value.name] : value))
}

function building<Params>(dialect: DialectName): Building<Params> {
  return {
    db: BUILDERS[dialect],
    dialect,
    // as: while building, every parameter is a named placeholder of whatever type the statement declares.
    params: new Proxy({}, { get: (_, name) => new Param(String(name)) }) as Params,
    bodyText: (reference) =>
      dialect === 'sqlite' ? sql<string>`cast(${sql.ref(reference)} as text)` : sql<string>`${sql.ref(reference)}`,
    isOneOf: (reference, values) =>
      dialect === 'sqlite'
        ? sql<boolean>`${sql.ref(reference)} in (select value from json_each(${values}))`
        : sql<boolean>`${sql.ref(reference)} = any(${values})`,
  }
}

const BUILDERS: Record<DialectName, Kysely<Tables>> = {
  sqlite: new Kysely<Tables>({
    dialect: {
      createAdapter: () => new SqliteAdapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: (db) => new SqliteIntrospector(db),
      createQueryCompiler: () => new SqliteQueryCompiler(),
    },
  }),
  postgres: new Kysely<Tables>({
    dialect: {
      createAdapter: () => new PostgresAdapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: (db) => new PostgresIntrospector(db),
      createQueryCompiler: () => new PostgresQueryCompiler(),
    },
  }),
}
