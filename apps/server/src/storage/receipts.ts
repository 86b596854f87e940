import type { CommandId, UserId } from '@parley/protocol'
import type { Writer } from './database.ts'
import type { Tables } from './tables.ts'

export type ReceiptRow = Tables['events']

/** The log as receipt book: what a command id of an actor has led to, earlier or in this very batch. (SPEC A6) */
export class Receipts {
  readonly #writer: Writer
  /** By command id; two people's may be alike, so each row's actor is asked too. */
  readonly #rows = new Map<CommandId, ReceiptRow[]>()

  constructor(writer: Writer) {
    this.#writer = writer
  }

  async load(calls: readonly { readonly actorId: UserId; readonly commandId: CommandId }[]): Promise<void> {
    const keys = calls.map((call) => ({ actor_id: call.actorId, command_id: call.commandId }))
    for (const row of await this.#writer.lookup('events', ['actor_id', 'command_id'], keys)) {
      const isKnown = this.find(row.actor_id, row.command_id).some((other) => other.part === row.part)
      if (!isKnown) this.note(row)
    }
    for (const rows of this.#rows.values()) rows.sort((a, b) => a.part - b.part)
  }

  note(row: ReceiptRow): void {
    const known = this.#rows.get(row.command_id)
    if (known) known.push(row)
    else this.#rows.set(row.command_id, [row])
  }

  /** Events of that command by part; empty when it was never performed (or its room is erased). */
  find(actorId: UserId, commandId: CommandId): readonly ReceiptRow[] {
    return this.#rows.get(commandId)?.filter((row) => row.actor_id === actorId) ?? NONE
  }
}

const NONE: readonly ReceiptRow[] = []
