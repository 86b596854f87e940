import type { Reader, Writer } from './database.ts'
import type { PendingInserts } from './pending-inserts.ts'
import { statement } from './statement.ts'

export interface ReservedTexts {
  readonly first: number
  readonly count: number
}

/** What people type lies here once and nowhere else. Rows are appended and overwritten, never updated in place. (SPEC D2) */
export class Texts {
  readonly #writer: Writer
  readonly #pending: PendingInserts
  #next = 0
  #end = 0

  constructor(writer: Writer, pending: PendingInserts) {
    this.#writer = writer
    this.#pending = pending
  }

  /** Numbers that `Database.takeTextIds` has given. */
  reserve({ first, count }: ReservedTexts): void {
    this.#next = first
    this.#end = first + count
  }

  /** Each command names in `texts` how many it may add. */
  add(body: string): number {
    if (this.#next >= this.#end) throw new Error('A command added more texts than it named.')
    const id = this.#next++
    this.#pending.add('texts', { id, body })
    return id
  }

  /** Overwrites texts that nobody may see any more with zeros of the same length. */
  async erase(ids: readonly number[]): Promise<void> {
    await this.#pending.settle('texts')
    await eraseTexts(this.#writer, ids)
  }

  async read(id: number): Promise<string> {
    await this.#pending.settle('texts')
    const texts = await readTexts(this.#writer, [id])
    return texts.get(id) ?? ''
  }
}

export async function readTexts(reader: Reader, ids: readonly number[]): Promise<Map<number, string>> {
  const rows = await reader.lookup(
    'texts',
    ['id'],
    ids.map((id) => ({ id })),
  )
  return new Map(rows.map((row) => [row.id, row.body]))
}

/** Returns how many texts were overwritten. */
export function eraseTexts(writer: Writer, ids: readonly number[]): Promise<number> {
  return ids.length === 0 ? Promise.resolve(0) : writer.run(overwrite, { ids })
}

const overwrite = statement<{ ids: readonly number[] }>(({ db, params, isOneOf, dialect }) =>
  db
    .updateTable('texts')
    .set((eb) => ({
      body:
        dialect === 'sqlite' ? eb.fn<string>('zeroblob', [eb.fn('length', ['body'])]) : eb.val('').$castTo<string>(),
    }))
    .where(isOneOf('texts.id', params.ids)),
)
