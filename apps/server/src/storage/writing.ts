import type { CommandId, User } from '@parley/protocol'

/** Whose command is being performed in a batch, and how far it has written. */
export class Writing {
  #current: { actor: User; commandId: CommandId; now: number } | undefined
  #part = 0
  #hasWritten = false

  begin(actor: User, commandId: CommandId, now: number): void {
    this.#current = { actor, commandId, now }
    this.#part = 0
    this.#hasWritten = false
  }

  get current(): { readonly actor: User; readonly commandId: CommandId; readonly now: number } {
    if (!this.#current) throw new Error('No command is being performed.')
    return this.#current
  }

  /** A refusal after the first write would leave half a command in the batch; `perform` treats it as a fault. (SPEC A4) */
  get hasWritten(): boolean {
    return this.#hasWritten
  }

  noteWrite(): void {
    this.#hasWritten = true
  }

  takePart(): number {
    this.#hasWritten = true
    return this.#part++
  }
}
