import type { Settings } from '@parley/protocol'
import { entities } from '@parley/protocol/schemas'
import type { Reader, Writer } from './database.ts'
import { statement } from './statement.ts'

/** Until somebody decides otherwise: the first minute works. */
export const DEFAULT_SETTINGS: Settings = { signUp: 'open', guests: true, emailDomains: [] }

/** Who may come in, as it stands in this very transaction. */
export async function readSettings(reader: Reader): Promise<Settings> {
  const row = await reader.first(readRow, {})
  return row ? entities.settings.parse({ ...DEFAULT_SETTINGS, ...JSON.parse(row.value) }) : DEFAULT_SETTINGS
}

export async function writeSettings(writer: Writer, changed: Settings): Promise<void> {
  await writer.run(writeRow, { value: JSON.stringify(changed) })
}

const readRow = statement<object, { value: string }>(({ db }) =>
  db.selectFrom('meta').select('value').where('key', '=', 'settings'),
)
const writeRow = statement<{ value: string }>(({ db, params }) =>
  db
    .insertInto('meta')
    .values({ key: 'settings', value: params.value })
    .onConflict((conflict) => conflict.column('key').doUpdateSet((eb) => ({ value: eb.ref('excluded.value') }))),
)
