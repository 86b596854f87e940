import type { DialectName, Statement } from './statement.ts'
import type { TableName, Tables } from './tables.ts'

/** The seam between Parley and its two databases. Both drivers pass `storage.contract.ts`. */
export interface Database {
  readonly dialect: DialectName
  /** How many write transactions may be open at once; each holds the locks of its own streams. */
  readonly writers: number
  /**
   * One write transaction. The promise resolves after the commit is on disk. `work` may run more than once (a deadlock, a
   * lost connection), so it changes nothing but through `writer`. Errors: `Refusal('storage-full')` when the disk is full,
   * `Refusal('busy')` when a lock is not had in time; otherwise what `work` threw, after a rollback.
   * `committed` may be called earlier: when it is committed but not yet on disk. The next may be written then, and if it is
   * lost to a power cut, so is everything after it.
   */
  write<T>(work: (writer: Writer) => Promise<T>, committed?: () => void): Promise<T>
  /** One read transaction: everything read in it is of the same moment, committed, and on disk when the promise resolves. */
  read<T>(work: (reader: Reader) => Promise<T>): Promise<T>
  /** The first of `count` numbers in a row for new rows of `texts`, never given twice. */
  takeTextIds(count: number): number | Promise<number>
  /** After erasing: moves everything out of the write-ahead log, so that the old bytes are gone. False while a reader holds it. */
  scrub(): Promise<boolean>
  close(): Promise<void>
}

export interface Reader {
  all<Params, Row>(statement: Statement<Params, Row>, params: Params): Promise<Row[]>
  first<Params, Row>(statement: Statement<Params, Row>, params: Params): Promise<Row | undefined>
  /** Whole rows whose key columns equal one of `keys`, set-based: one round trip however many. Order is not kept. */
  lookup<T extends TableName, K extends keyof Tables[T] & string>(
    table: T,
    columns: readonly K[],
    keys: readonly Pick<Tables[T], K>[],
  ): Promise<Tables[T][]>
}

export interface Writer extends Reader {
  /** Number of changed rows. */
  run<Params>(statement: Statement<Params, unknown>, params: Params): Promise<number>
  insert<T extends TableName>(table: T, rows: readonly Tables[T][]): Promise<void>
  /** Locks these streams in ascending order and reads them. Missing ones are left out. */
  lockStreams(ids: readonly Tables['streams']['id'][]): Promise<Tables['streams'][]>
  /** Writes `head` and `number` of locked streams. */
  moveStreams(rows: readonly Tables['streams'][]): Promise<void>
}
