import { sql } from 'kysely'
import type { Reader, Writer } from './database.ts'
import { statement } from './statement.ts'

// An instance that cannot speak over Redis says so here, where all can read it: what it commits has to be looked for.

export interface Doubt {
  readonly instance: string
  readonly ms: number
}

/** For so long others are to look for what this instance commits. */
export async function noteDoubt(writer: Writer, { instance, ms }: Doubt): Promise<void> {
  // Instances are named anew at each start: what those said that are gone would pile up.
  await writer.run(forget, { age: FORGOTTEN_AFTER_MS })
  await writer.run(note, { name: `${PREFIX}${instance}`, holder: instance, ms })
}

/** Whether another instance said so lately. */
export async function readOthersDoubt(reader: Reader, instance: string): Promise<boolean> {
  return (await reader.first(ofOthers, { holder: instance })) !== undefined
}

const PREFIX = 'unheard:'
const FORGOTTEN_AFTER_MS = 3_600_000

// By the database's clock, because instances' clocks may be hours apart.
const PRESENT = sql<number>`(extract(epoch from clock_timestamp()) * 1000)::bigint`

const note = statement<{ name: string; holder: string; ms: number }>(({ db, params }) =>
  db
    .insertInto('leases')
    .values({
      name: params.name as never, // as: leases of jobs have names of their own; this one is the instance's
      holder: params.holder,
      until: sql<number>`${PRESENT} + ${params.ms}::bigint`,
    })
    .onConflict((conflict) => conflict.column('name').doUpdateSet((eb) => ({ until: eb.ref('excluded.until') }))),
)
const forget = statement<{ age: number }>(({ db, params }) =>
  db
    .deleteFrom('leases')
    .where('name', 'like', sql.lit(`${PREFIX}%`) as never) // as: see above
    .where('until', '<', sql<number>`${PRESENT} - ${params.age}::bigint`),
)
const ofOthers = statement<{ holder: string }, { name: string }>(({ db, params }) =>
  db
    .selectFrom('leases')
    .select('name')
    .where('name', 'like', sql.lit(`${PREFIX}%`) as never) // as: see above
    .where('holder', '!=', params.holder)
    .where('until', '>', PRESENT)
    .limit(1),
)
