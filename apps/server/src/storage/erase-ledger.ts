import { type FileHandle, open } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { LedgerLine } from './transaction.ts'

/**
 * `erased.jsonl` beside the data: what was erased, kept outside the database, so that restoring an old backup can erase it
 * again. Each line is on disk before the commit that erases. (SPEC D4)
 */
export class EraseLedger {
  readonly #file: string
  #handle: FileHandle | undefined

  constructor(dataFolder: string) {
    this.#file = join(dataFolder, 'erased.jsonl')
  }

  async write(lines: readonly LedgerLine[]): Promise<void> {
    this.#handle ??= await this.#open()
    await this.#handle.appendFile(lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
    await this.#handle.sync()
  }

  async #open(): Promise<FileHandle> {
    const handle = await open(this.#file, 'a', 0o600)
    // A new file is on disk only once its folder is.
    const folder = await open(dirname(this.#file), 'r')
    await folder.sync()
    await folder.close()
    return handle
  }

  async close(): Promise<void> {
    await this.#handle?.close()
  }
}
