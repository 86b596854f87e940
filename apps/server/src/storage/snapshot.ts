import type { Reader } from './database.ts'
import type { DialectName } from './statement.ts'

/**
 * One moment of a database, read by a connection of its own beside whoever serves it. It changes nothing, takes no lock and
 * migrates nothing.
 */
export interface Snapshot {
  readonly dialect: DialectName
  readonly reader: Reader
  /** Lets the moment go and takes the present one. */
  renew(): Promise<void>
  close(): Promise<void>
}
