import { newId } from '@parley/protocol'
import { sql } from 'kysely'
import type { Database } from './database.ts'
import { statement } from './statement.ts'
import type { Tables } from './tables.ts'

/** What only one instance does at a time. */
export type LeaseName = Tables['leases']['name']

/** A holder that was killed is waited for this long, by the database's clock. */
const HELD_FOR_MS = 20_000

/**
 * The right to do what only one instance is to do, as a row in the database; renewed by asking for it before each piece of
 * work. Only the database's clock counts, and here only how much time has passed: instances' clocks may be hours apart. It
 * saves work and keeps logs in order; what must not happen twice is kept apart by row locks all the same. With SQLite, which
 * belongs to one process, it is always had.
 */
export class Lease {
  readonly #db: Database
  readonly #name: LeaseName
  readonly #holder = newId<string>()
  /** By the clock that nobody sets; undefined while another one holds it. */
  #takenAt: number | undefined
  readonly #heldForMs: number
  #waitMs = 0

  constructor(db: Database, name: LeaseName, heldForMs = HELD_FOR_MS) {
    this.#db = db
    this.#name = name
    this.#heldForMs = heldForMs
  }

  /** When `hold` said no: until another one's lease ends, if that one does not renew it. */
  get waitMs(): number {
    return this.#waitMs
  }

  /** Takes it, or keeps it. False while another instance has it. */
  async hold(): Promise<boolean> {
    if (this.#db.dialect === 'sqlite') return true
    // Renewed long before it ends, so that a piece of work fits into what is left.
    if (this.#takenAt !== undefined && performance.now() - this.#takenAt < this.#heldForMs / 4) return true
    return this.#take(this.#heldForMs)
  }

  /** The work is done, and nobody is to do it again for this long. */
  async keepFor(ms: number): Promise<void> {
    if (this.#db.dialect === 'postgres' && this.#takenAt !== undefined) await this.#take(ms)
    this.#takenAt = undefined
  }

  /** The work is done: whoever has more of it may begin. */
  async release(): Promise<void> {
    if (this.#takenAt === undefined) return
    this.#takenAt = undefined
    await this.#db.write((writer) => writer.run(leave, this.#row))
  }

  async #take(ms: number): Promise<boolean> {
    const askedAt = performance.now()
    const others = await this.#db.write(async (writer) => {
      if ((await writer.run(take, { ...this.#row, ms })) > 0) return undefined
      return (await writer.first(rest, this.#row)) ?? { ms: 0 }
    })
    this.#waitMs = Math.max(0, others?.ms ?? 0)
    this.#takenAt = others ? undefined : askedAt
    return others === undefined
  }

  get #row() {
    return { name: this.#name, holder: this.#holder }
  }
}

interface Row {
  readonly name: LeaseName
  readonly holder: string
}

// Not `now()`, which is the beginning of the transaction: it may have waited for another one's.
const PRESENT = sql<number>`(extract(epoch from clock_timestamp()) * 1000)::bigint`

const take = statement<Row & { ms: number }>(({ db, params }) =>
  db
    .insertInto('leases')
    .values({ name: params.name, holder: params.holder, until: sql<number>`${PRESENT} + ${params.ms}::bigint` })
    .onConflict((conflict) =>
      conflict
        .column('name')
        .doUpdateSet((eb) => ({ holder: eb.ref('excluded.holder'), until: eb.ref('excluded.until') }))
        .where((eb) => eb.or([eb('leases.holder', '=', eb.ref('excluded.holder')), eb('leases.until', '<=', PRESENT)])),
    ),
)
const rest = statement<Row, { ms: number }>(({ db, params }) =>
  db
    .selectFrom('leases')
    .select((eb) => eb('until', '-', PRESENT).as('ms'))
    .where('name', '=', params.name)
    .$castTo<{ ms: number }>(),
)
const leave = statement<Row>(({ db, params }) =>
  db.deleteFrom('leases').where('name', '=', params.name).where('holder', '=', params.holder),
)
