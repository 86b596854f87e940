import { newId } from '@parley/protocol'
import type { Database } from './database.ts'
import { statement } from './statement.ts'

/** Which incarnation of the database this is: made once, changed by a restore. Cursors of another epoch mean nothing. */
export async function readEpoch(db: Database): Promise<string> {
  const row = await db.write(async (writer) => {
    await writer.run(keepFirstEpoch, { value: newId<string>() })
    return writer.first(epoch, {})
  })
  if (!row) throw new Error('The database has no epoch.')
  return row.value
}

const keepFirstEpoch = statement<{ value: string }>(({ db, params }) =>
  db
    .insertInto('meta')
    .values({ key: 'epoch', value: params.value })
    .onConflict((conflict) => conflict.column('key').doNothing()),
)
const epoch = statement<object, { value: string }>(({ db }) =>
  db.selectFrom('meta').select('value').where('key', '=', 'epoch'),
)
