import type { CommandId, UserId } from '@parley/protocol'
import type { Writer } from './database.ts'
import type { Tables } from './tables.ts'

export type ReceiptRow = Tables['events']

/** The log as receipt book: what a command id of an actor has led to, earlier or in this very batch. (SPEC A6) */
export class Receipts {
  readonly #writer: Writer
  readonly #rows = new Map<string, ReceiptRow[]>()

  constructor(writer: Writer) {
    this.#writer = writer
  }

  async load(calls: readonly { readonly actorId: UserId; readonly commandId: CommandId }[]): Promise<void> {
    const keys = calls.map((call) => ({ actor_id: call.actorId, command_id: call.commandId }))
    for (const row of await this.#writer.lookup('events', ['actor_id', 'command_id'], keys)) {
      const known = this.#of(row.actor_id, row.command_id)
      if (!known.some((other) => other.part === row.part)) known.push(row)
    }
    for (const rows of this.#rows.values()) rows.sort((a, b) => a.part - b.part)
  }

  note(row: ReceiptRow): void {
    this.#of(row.actor_id, row.command_id).push(row)
  }

  /** Events of that command by part; empty when it was never performed (or its room is erased). */
  find(actorId: UserId, commandId: CommandId): readonly ReceiptRow[] {
    return this.#rows.get(`${actorId} ${commandId}`) ?? []
  }

  #of(actorId: UserId, commandId: CommandId): ReceiptRow[] {
    const key = `${actorId} ${commandId}`
    const known = this.#rows.get(key)
    if (known) return known
    const fresh: ReceiptRow[] = []
    this.#rows.set(key, fresh)
    return fresh
  }
}
