import { StartError } from '../start-error.ts'
import type { Database } from '../storage/database.ts'
import { countInstances, openPostgres } from '../storage/postgres-database.ts'
import type { Snapshot } from '../storage/snapshot.ts'
import { openSqliteSnapshot } from '../storage/sqlite-database.ts'
import { countRows, type Key, keyOf, type Row, raw, readRows, removeRows, upsertRows } from '../storage/table-pages.ts'
import type { TableName } from '../storage/tables.ts'
import { readUnfinished, type Unfinished, writeUnfinished } from '../storage/unfinished.ts'
import { schemaOf } from './back-up.ts'
import { COPIED, countCopied, isOwnToThePlace, pagesOf } from './copied-tables.ts'
import { keepInstanceSecret, readInstanceSecret } from './instance-secret.ts'
import { compareAll, compareRows } from './move-comparison.ts'
import { lastNote, readNotes } from './move-notes.ts'
import type { MoveSource } from './move-source.ts'
import type { Progress } from './progress.ts'
import type { Totals } from './tally.ts'

export interface MoveOptions {
  readonly dataFolder: string
  /** A `postgres:` address. */
  readonly to: string
  /** From PARLEY_SECRET_FILE. */
  readonly secret?: string | undefined
  readonly source: MoveSource
  readonly progress?: Progress
}

export interface Moved extends Totals {
  /** How long commands were refused, in milliseconds. */
  readonly shutMs: number
  readonly wasResumed: boolean
}

type Mark = Extract<Unfinished, { kind: 'move' }>

const NOTES_AT_ONCE = 1_000
/** With so few changes to follow, the last cut is short. */
const FEW_NOTES = 300
const MOST_ROUNDS = 30

/**
 * Copies a SQLite database to PostgreSQL while it is written to: first every page, then what changed meanwhile, by its notes;
 * then every room is compared at one moment; then nothing is written for as long as the last changes take. How far it came
 * lies in the target, in the same transaction as the rows, so that it can be killed anywhere and begun again.
 * Errors: `StartError`; the source goes on as before.
 */
export async function move(options: MoveOptions): Promise<Moved> {
  const { dataFolder, to, source } = options
  const instances = await countInstances(to)
  if (instances > 0) throw new StartError('A Parley is running on that PostgreSQL database. Move into an empty one.')
  const target = await openPostgres({ url: to, source: '--to' })
  try {
    await requireEmpty(target)
    const id = await source.begin()
    const snapshot = await openSqliteSnapshot(dataFolder)
    try {
      const mover = await Mover.begin({ options, target, snapshot, id })
      return await mover.move()
    } finally {
      await snapshot.close()
    }
  } finally {
    await target.close()
  }
}

/** Or holding the beginning of a move, perhaps this one. */
async function requireEmpty(target: Database): Promise<void> {
  await target.read(async (reader) => {
    if (await readUnfinished(reader)) return
    for (const table of COPIED) {
      if (table === 'meta' || (await countRows(reader, table)) === 0) continue
      throw new StartError('That PostgreSQL database is not empty. Give an empty one; nothing was changed.')
    }
  })
}

interface Parts {
  readonly options: MoveOptions
  readonly target: Database
  readonly snapshot: Snapshot
  readonly id: string
}

class Mover {
  readonly #parts: Parts
  readonly #wasResumed: boolean
  #mark: Mark
  /** Keys of rows that changed since everything was compared. */
  #changed: Map<TableName, Map<string, Key>> | undefined

  static async begin(parts: Parts): Promise<Mover> {
    const { target, snapshot, id } = parts
    const [here, there] = [await schemaOf(snapshot.reader), await target.read(schemaOf)]
    if (here.join() !== there.join())
      throw new StartError('The server is of another version than this program. Restart it first.')
    const known = await target.read(readUnfinished)
    if (known?.kind === 'move' && known.id === id) return new Mover(parts, { ...known, isVerified: false }, true)
    if (known)
      throw new StartError('That PostgreSQL database holds the beginning of something else. Give an empty one.')
    const mark: Mark = {
      kind: 'move',
      id,
      note: await lastNote(snapshot.reader),
      pass: { table: 'texts' },
      isVerified: false,
    }
    await target.write(async (writer) => {
      await writer.run(raw('empty meta', 'delete from meta', []), {})
      await writeUnfinished(writer, mark)
    })
    return new Mover(parts, mark, false)
  }

  private constructor(parts: Parts, mark: Mark, wasResumed: boolean) {
    this.#parts = parts
    this.#mark = mark
    this.#wasResumed = wasResumed
  }

  async move(): Promise<Moved> {
    const { source, to } = this.#parts.options
    await this.#copyAll()
    await this.#catchUp()
    const totals = await this.#compareAll()
    await this.#catchUp()
    await source.shut()
    const shutAt = performance.now()
    try {
      await this.#parts.snapshot.renew()
      await this.#follow()
      await compareRows(this.#parts.snapshot.reader, this.#parts.target, this.#changed ?? new Map())
      await this.#seal()
    } catch (error) {
      await source.open().catch(() => undefined) // Whoever is gone is not shut either.
      throw error
    }
    this.#tell('Going over', 1, 1)
    await source.finish({ url: to, moveId: this.#parts.id, at: Date.now() })
    return { ...totals, shutMs: Math.round(performance.now() - shutAt), wasResumed: this.#wasResumed }
  }

  async #copyAll(): Promise<void> {
    const { snapshot } = this.#parts
    const total = await countCopied(snapshot.reader)
    let done = 0
    for (const table of COPIED.slice(this.#mark.pass === undefined ? COPIED.length : indexOf(this.#mark.pass.table))) {
      const after = this.#mark.pass?.table === table ? this.#mark.pass.after : undefined
      for await (const { rows } of pagesOf(snapshot.reader, table, after === undefined ? {} : { after })) {
        const last = rows.at(-1)
        await this.#copyPage(table, rows, last && keyOf(table, last))
        done += rows.length
        this.#tell(`Copying ${table.replaceAll('_', ' ')}`, done, total)
        // A moment that is held for long would keep the server from tidying its log.
        await snapshot.renew()
      }
    }
    const { pass: _, ...over } = this.#mark
    await this.#write(over, async () => undefined)
  }

  async #copyPage(table: TableName, rows: readonly Row[], after: Key | undefined): Promise<void> {
    const pass = { table, ...(after && { after }) }
    try {
      await this.#write({ ...this.#mark, pass }, (writer) => upsertRows(writer, table, rows))
    } catch (error) {
      if (!isTaken(error)) throw error
      // A name or key that another row has given up since it was copied: the notes say so.
      await this.#parts.snapshot.renew()
      await this.#follow()
      const present = await readRows(
        this.#parts.snapshot.reader,
        table,
        rows.map((row) => keyOf(table, row)),
      )
      await this.#write({ ...this.#mark, pass }, (writer) => upsertRows(writer, table, present))
    }
  }

  /** Follows what changes, until little is left. */
  async #catchUp(): Promise<void> {
    for (let round = 0; round < MOST_ROUNDS; round++) {
      await this.#parts.snapshot.renew()
      const followed = await this.#follow()
      this.#tell('Following what changes', Math.max(0, MOST_ROUNDS - followed / FEW_NOTES), MOST_ROUNDS)
      if (followed < FEW_NOTES) return
    }
  }

  /** Until the end of the notes in this moment. How many there were. */
  async #follow(): Promise<number> {
    const { reader } = this.#parts.snapshot
    for (let count = 0; ; ) {
      const notes = await readNotes(reader, this.#mark.note, NOTES_AT_ONCE)
      const last = notes.at(-1)
      if (!last) return count
      const keys = new Map<TableName, Map<string, Key>>()
      for (const { table, key } of notes) {
        for (const known of [keys, this.#changed]) {
          if (known) known.set(table, (known.get(table) ?? new Map<string, Key>()).set(JSON.stringify(key), key))
        }
      }
      const pages: { table: TableName; gone: Key[]; rows: Row[] }[] = []
      for (const [table, wanted] of keys) {
        const found = await readRows(reader, table, [...wanted.values()])
        const rows = found.filter((row) => !isOwnToThePlace(table, row))
        const present = new Set(rows.map((row) => JSON.stringify(keyOf(table, row))))
        pages.push({ table, rows, gone: [...wanted].flatMap(([text, key]) => (present.has(text) ? [] : [key])) })
      }
      await this.#write({ ...this.#mark, note: last.n }, async (writer) => {
        // What is gone makes room for what took its name.
        for (const { table, gone } of pages) await removeRows(writer, table, gone)
        for (const { table, rows } of pages) await upsertRows(writer, table, rows)
      })
      count += notes.length
    }
  }

  /** Every room and table at one moment, on both sides. */
  async #compareAll(): Promise<Totals> {
    const { options, snapshot, target } = this.#parts
    await snapshot.renew()
    await this.#follow()
    this.#changed = new Map()
    const place = { dataFolder: options.dataFolder, given: options.secret }
    const secret = await readInstanceSecret({ dialect: 'sqlite', ...place }, snapshot.reader)
    const totals = await compareAll({
      here: snapshot.reader,
      there: options.to,
      secret: secret.text,
      progress: options.progress,
    })
    await target.write((writer) => keepInstanceSecret({ dialect: 'postgres', ...place }, writer, secret.text))
    return totals
  }

  /** The target is whole: the folder that was moved, and nobody else, may open it. */
  #seal(): Promise<void> {
    return this.#write({ ...this.#mark, isVerified: true }, async (writer) => {
      await writer.run(
        raw('beyond texts', `select setval('text_blocks', (select coalesce(max(id), 0) / 2048 + 1 from texts))`, []),
        {},
      )
    })
  }

  async #write(mark: Mark, work: Parameters<Database['write']>[0]): Promise<void> {
    await this.#parts.target.write(async (writer) => {
      await work(writer)
      await writeUnfinished(writer, mark)
    })
    this.#mark = mark
  }

  #tell(what: string, done: number, total: number): void {
    this.#parts.options.progress?.({ what, done, total })
  }
}

function indexOf(table: string): number {
  return Math.max(
    0,
    COPIED.findIndex((name) => String(name) === table),
  )
}

function isTaken(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '23505'
}
