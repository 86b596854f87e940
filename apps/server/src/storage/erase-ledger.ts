import { type FileHandle, open } from 'node:fs/promises'
import { hostname } from 'node:os'
import { dirname, join } from 'node:path'
import { newId } from '@parley/protocol'
import type { Writer } from './database.ts'
import { statement } from './statement.ts'
import { syncFolder } from './sync-folder.ts'
import type { LedgerLine } from './transaction.ts'

/**
 * `erased.jsonl` beside the data: what was erased, kept outside the database, so that restoring an old backup can erase it
 * again. Each line is on disk before the commit that erases. It begins with its own id; the database knows the ids of all
 * ledgers whose lines were committed, one per instance, so that a restore can say which are missing. (SPEC D4)
 */
export class EraseLedger {
  readonly #file: string
  #opening: Promise<{ readonly handle: FileHandle; readonly id: string }> | undefined

  constructor(dataFolder: string) {
    this.#file = join(dataFolder, 'erased.jsonl')
  }

  /** `writer`: the transaction that erases; the ledger makes itself known in it. */
  async write(lines: readonly LedgerLine[], writer?: Writer): Promise<void> {
    this.#opening ??= this.#open()
    const { handle, id } = await this.#opening
    await handle.appendFile(lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
    await handle.sync()
    const value = JSON.stringify({ host: hostname(), file: this.#file })
    await writer?.run(introduce, { key: `ledger:${id}`, value })
  }

  async #open(): Promise<{ handle: FileHandle; id: string }> {
    const handle = await open(this.#file, 'a+', 0o600)
    const text = await handle.readFile('utf8')
    const known = /^\{"ledger":"([^"]+)"/m.exec(text)?.[1]
    const id = known ?? newId<string>()
    // A crash may have torn the last line: what comes next must not become a part of it.
    const end = text === '' || text.endsWith('\n') ? '' : '\n'
    const introduction = known === undefined ? `${JSON.stringify({ ledger: id, at: Date.now() })}\n` : ''
    if (end + introduction !== '') await handle.appendFile(end + introduction)
    await handle.sync()
    await syncFolder(dirname(this.#file))
    return { handle, id }
  }

  async close(): Promise<void> {
    const opened = await this.#opening
    await opened?.handle.close()
  }
}

const introduce = statement<{ key: string; value: string }>(({ db, params }) =>
  db
    .insertInto('meta')
    .values({ key: params.key, value: params.value })
    .onConflict((conflict) => conflict.column('key').doNothing()),
)
