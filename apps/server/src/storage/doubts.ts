import { sql } from 'kysely'
import type { InstanceId } from '../rules/instance-id.ts'
import type { Reader, Writer } from './database.ts'
import { statement } from './statement.ts'

// What instances tell each other where all can read it, in case they do not hear each other over Redis: that they are there.
// What one commits that is there and not heard has to be looked for.

/** For so long this instance counts as running. */
export async function noteHere(writer: Writer, { instance, ms }: { instance: string; ms: number }): Promise<void> {
  // Instances are named anew at each start: what those said that are gone would pile up.
  await writer.run(forget, { age: FORGOTTEN_AFTER_MS })
  await writer.run(note, { name: `${HERE}${instance}`, holder: instance, ms })
}

/** It stops: nobody is to look for what it commits. */
export async function noteGone(writer: Writer, instance: string): Promise<void> {
  await writer.run(leave, { holder: instance })
}

/** The other instances that run, as far as they have said so. */
export async function readOthersHere(reader: Reader, instance: string): Promise<InstanceId[]> {
  return (await reader.all(hereOfOthers, { holder: instance })).map(({ holder }) => holder)
}

const HERE = 'here:'
/** Instances of earlier versions left notes of another kind. */
const PREFIXES = [HERE, 'unheard:']
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
    .where((eb) => eb.or(PREFIXES.map((prefix) => eb('name', 'like', sql.lit(`${prefix}%`) as never)))) // as: see above
    .where('until', '<', sql<number>`${PRESENT} - ${params.age}::bigint`),
)
const leave = statement<{ holder: string }>(({ db, params }) =>
  db
    .deleteFrom('leases')
    .where((eb) => eb.or(PREFIXES.map((prefix) => eb('name', 'like', sql.lit(`${prefix}%`) as never)))) // as: see above
    .where('holder', '=', params.holder),
)
const hereOfOthers = statement<{ holder: string }, { holder: InstanceId }>(({ db, params }) =>
  db
    .selectFrom('leases')
    .select('holder')
    .where('name', 'like', sql.lit(`${HERE}%`) as never) // as: see above
    .where('holder', '!=', params.holder)
    .where('until', '>', PRESENT),
)
