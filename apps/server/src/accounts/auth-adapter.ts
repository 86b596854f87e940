import { newId, type UserId } from '@parley/protocol'
import { type CleanedWhere, type CustomAdapter, createAdapterFactory } from 'better-auth/adapters'
import { type ExpressionBuilder, type ExpressionWrapper, Kysely, type SqlBool, sql } from 'kysely'
import { readPersonName } from '../rules/handles.ts'
import type { Database } from '../storage/database.ts'
import { addPerson, firstFree, freeName } from './people.ts'
import type { Secret } from './secret.ts'

/**
 * better-auth over our tables. Its own Kysely adapter cannot be used: it writes times as text or timestamps where ours are
 * epoch ms, and it knows nothing of names that lie in `texts` and keys that keep them unique. Each of its statements goes
 * through the write queue on its own; none waits for another inside a transaction. (SPEC B1)
 */
export function authAdapter({ db, secret, now }: { db: Database; secret: Secret; now: () => number }) {
  const kysely = new Kysely<AnyTables>({ dialect: db.queuedDialect })
  const people = peopleOf(kysely, db.dialect)
  const source = (model: string) => (model === 'users' ? people : kysely.selectFrom(model).selectAll().as(model))

  const rows = async (ask: { model: string; where?: CleanedWhere[] | undefined } & Partial<Page>): Promise<Row[]> => {
    let query = kysely.selectFrom([source(ask.model)]).selectAll()
    if (ask.where?.length) query = query.where(matching(ask.model, ask.where))
    if (ask.sortBy) query = query.orderBy(ask.sortBy.field, ask.sortBy.direction)
    if (ask.limit !== undefined) query = query.limit(ask.limit)
    // SQLite knows OFFSET only behind LIMIT.
    if (ask.offset) query = ask.limit === undefined ? query.limit(MOST).offset(ask.offset) : query.offset(ask.offset)
    return query.execute()
  }

  const change = async (model: string, where: CleanedWhere[], values: Row): Promise<Row[]> => {
    if (model === 'users' && 'name' in values) throw new Error('Names are changed by commands, not by better-auth.')
    return kysely.updateTable(model).set(values).where(matching(model, where)).returningAll().execute()
  }

  const addUser = async (data: Row): Promise<Row | undefined> => {
    const id = (data.id ?? newId()) as UserId // as: better-auth's ids are ours, see `generateId`
    const name = asPersonName(String(data.name ?? ''))
    const firstTextId = await db.takeTextIds(2)
    await db.write(async (writer) => {
      const free = (await firstFree(writer, secret, [name])) ?? (await freeName(writer, secret, name.displayName))
      await addPerson(writer, secret, { id, kind: 'account', name: free, firstTextId, now: now() })
    })
    const [row] = await rows({ model: 'users', where: [equal('id', id)] })
    return row
  }

  const adapter: CustomAdapter = {
    async create<T>({ model, data }: { model: string; data: T }) {
      const row = data as Row // as: better-auth's rows are records of plain values
      if (model === 'users') return (await addUser(row)) as T // as: what was asked for, read back
      return (await kysely.insertInto(model).values(row).returningAll().executeTakeFirstOrThrow()) as T // as: see above
    },
    async findOne<T>({ model, where }: { model: string; where: CleanedWhere[] }) {
      const [row] = await rows({ model, where, limit: 1 })
      return (row ?? null) as T | null // as: a row of the model's table
    },
    async findMany<T>(ask: { model: string; where?: CleanedWhere[] | undefined } & Page) {
      return (await rows(ask)) as T[] // as: rows of the model's table
    },
    async update<T>({ model, where, update }: { model: string; where: CleanedWhere[]; update: T }) {
      const [changed] = await change(model, where, update as Row) // as: see `create`
      if (!changed) return null
      const [row] = await rows({ model, where: [equal('id', changed.id)] })
      return (row ?? null) as T | null // as: a row of the model's table
    },
    async updateMany({ model, where, update }) {
      return (await change(model, where, update)).length
    },
    async delete({ model, where }) {
      refuseUsers(model)
      await kysely.deleteFrom(model).where(matching(model, where)).execute()
    },
    async deleteMany({ model, where }) {
      refuseUsers(model)
      return (await kysely.deleteFrom(model).where(matching(model, where)).returning('id').execute()).length
    },
    // One statement, so that of two who consume a verification at once only one gets it.
    async consumeOne<T>({ model, where }: { model: string; where: CleanedWhere[] }) {
      refuseUsers(model)
      const first = kysely.selectFrom(model).select('id').where(matching(model, where)).limit(1)
      const row = await kysely.deleteFrom(model).where('id', 'in', first).returningAll().executeTakeFirst()
      return (row ?? null) as T | null // as: a row of the model's table
    },
    async count({ model, where }) {
      const query = kysely.selectFrom([source(model)]).select((on) => on.fn.countAll<number>().as('count'))
      const row = await (where?.length ? query.where(matching(model, where)) : query).executeTakeFirstOrThrow()
      return Number(row.count)
    },
  }

  return createAdapterFactory({
    config: {
      adapterId: 'parley',
      supportsNumericIds: false,
      transaction: false,
      customTransformInput: ({ data }) => toColumn(data),
      customTransformOutput: ({ data, fieldAttributes }) => fromColumn(data, fieldAttributes.type),
    },
    adapter: ({ getFieldName }) => ({
      ...adapter,
      findMany: (ask) => {
        const { model, sortBy } = ask
        return adapter.findMany(
          sortBy ? { ...ask, sortBy: { ...sortBy, field: getFieldName({ model, field: sortBy.field }) } } : ask,
        )
      },
    }),
  })
}

type Row = Record<string, unknown>
type AnyTables = Record<string, Row>

interface Page {
  readonly limit: number
  readonly offset?: number | undefined
  readonly sortBy?: { field: string; direction: 'asc' | 'desc' } | undefined
}

const MOST = 1_000_000

// A user as better-auth knows one has a name; ours lies in `texts`.
function peopleOf(kysely: Kysely<AnyTables>, dialect: Database['dialect']) {
  const body = sql.ref<string>('t.body')
  return kysely
    .selectFrom('users as u')
    .innerJoin('texts as t', 't.id', 'u.name_text')
    .selectAll('u')
    .select(dialect === 'sqlite' ? sql<string>`cast(${body} as text)`.as('name') : body.as('name'))
    .as('users')
}

// What a provider calls a person need not be a name here.
function asPersonName(typed: string) {
  for (const candidate of [typed, [...typed].slice(0, 16).join(''), 'Guest']) {
    try {
      return readPersonName(candidate)
    } catch {
      // Shows nothing or is too long: the next one is tried, and the last one always is a name.
    }
  }
  throw new Error('"Guest" is no name any more.')
}

// Deleting a person is a job that erases texts and tells rooms.
function refuseUsers(model: string): void {
  if (model === 'users') throw new Error('People are deleted by commands, not by better-auth.')
}

const equal = (field: string, value: unknown): CleanedWhere => ({
  field,
  value: value as string, // as: ids are text
  operator: 'eq',
  connector: 'AND',
  mode: 'sensitive',
})

type Condition = ExpressionWrapper<AnyTables, string, SqlBool>
type On = ExpressionBuilder<AnyTables, string>

/** All that are joined by AND, and of those joined by OR at least one. */
function matching(model: string, where: readonly CleanedWhere[]) {
  return (on: On): Condition => {
    const conditions = (connector: 'AND' | 'OR') =>
      where.filter((clause) => (clause.connector ?? 'AND') === connector).map((clause) => condition(on, model, clause))
    const [all, any] = [conditions('AND'), conditions('OR')]
    return on.and(any.length > 0 ? [...all, on.or(any)] : all)
  }
}

const COMPARISONS = { eq: '=', ne: '<>', lt: '<', lte: '<=', gt: '>', gte: '>=', in: 'in', not_in: 'not in' } as const

function condition(on: On, model: string, clause: CleanedWhere): Condition {
  const { operator = 'eq', value, mode } = clause
  const column = sql.ref(`${model}.${clause.field}`)
  if (value === null && operator === 'eq') return on(column, 'is', null)
  if (value === null && operator === 'ne') return on(column, 'is not', null)
  if (mode === 'insensitive' || !isComparison(operator)) {
    throw new Error(`better-auth asks for "${operator}" (${mode}), which nothing enabled here needs.`)
  }
  return on(column, COMPARISONS[operator], value)
}

function isComparison(operator: string): operator is keyof typeof COMPARISONS {
  return Object.hasOwn(COMPARISONS, operator)
}

function toColumn(value: unknown): unknown {
  if (value instanceof Date) return value.getTime()
  if (Array.isArray(value)) return value.map(toColumn)
  return typeof value === 'boolean' ? Number(value) : value
}

function fromColumn(value: unknown, type: unknown): unknown {
  if (type === 'date' && typeof value === 'number') return new Date(value)
  return type === 'boolean' && typeof value === 'number' ? value === 1 : value
}
