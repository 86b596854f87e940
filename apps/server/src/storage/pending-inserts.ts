import type { Writer } from './database.ts'
import type { TableName, Tables } from './tables.ts'

/**
 * Rows of one batch, written as one multi-row statement per table: before a later read of that table, and at the end.
 * (SPEC A2)
 */
export class PendingInserts {
  readonly #writer: Writer
  readonly #rows = new Map<TableName, unknown[]>()

  constructor(writer: Writer) {
    this.#writer = writer
  }

  add<T extends TableName>(table: T, row: Tables[T]): void {
    const rows = this.#rows.get(table)
    if (rows) rows.push(row)
    else this.#rows.set(table, [row])
  }

  /** To be awaited before reading or changing rows of the table. */
  async settle(table: TableName): Promise<void> {
    const rows = this.#rows.get(table)
    if (!rows) return
    this.#rows.delete(table)
    await this.#writer.insert(table, rows as Tables[typeof table][]) // as: `add` put rows of this table here
  }

  async settleAll(): Promise<void> {
    for (const table of [...this.#rows.keys()]) await this.settle(table)
  }
}
