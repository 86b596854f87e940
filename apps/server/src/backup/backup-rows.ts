import { StartError } from '../start-error.ts'
import type { Row } from '../storage/table-pages.ts'
import { COLUMNS, type TableName } from '../storage/tables.ts'
import type { FrameEntry, Header } from './backup-format.ts'
import { copyKey, fingerprint } from './instance-secret.ts'

/** The key for a header, from the secret that it holds or that was given. Errors: `StartError`. */
export function keyFor(given: string | undefined): (header: Header) => ReturnType<typeof copyKey> {
  return (header) => {
    const secret = header.secret ?? given
    if (secret === undefined) {
      throw new StartError(
        'The backup was made with PARLEY_SECRET_FILE and does not hold the secret: set PARLEY_SECRET_FILE to the same.',
      )
    }
    if (header.secret === undefined && fingerprint(secret) !== header.secretFingerprint) {
      throw new StartError('The backup was made with another secret than the one in PARLEY_SECRET_FILE.')
    }
    return copyKey(secret)
  }
}

export function rowsIn(text: string, header: Header, table: TableName): Row[] {
  const columns = header.columns[table] ?? []
  return text.split('\n').map((line) => {
    const cells: readonly (string | number | null)[] = JSON.parse(line)
    return Object.fromEntries(columns.map((column, index) => [column, cells[index] ?? null]))
  })
}

export function tableOf(entry: FrameEntry): TableName {
  if (entry.table === undefined || !(entry.table in COLUMNS)) {
    throw new StartError(
      `The backup holds a table "${entry.table}" that this Parley does not know: it was made by a newer one.`,
    )
  }
  return entry.table as TableName // as: just looked up
}
