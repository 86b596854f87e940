import { roomStream } from '@parley/protocol'
import type { Reader } from '../../storage/database.ts'
import type { Statement } from '../../storage/statement.ts'
import { allOr, type Finding, ok, Trouble } from '../finding.ts'
import { type Piece, RESTORE, ROWS_PER_PIECE } from '../piece.ts'
import { IdSet } from './id-set.ts'
import { roomsBeingErased, roomsThere } from './known-rooms.ts'
import { type MessageRow, messagesAfter, peopleAfter, roomsAfter, textsAfter, textsOf } from './text-rows.ts'

const ERASE =
  'Something was erased only in part: report it, and overwrite these texts by hand (docs/doctor.md says how).'

/**
 * Messages and the texts that they, rooms and people refer to. All texts are noted before what refers to them is read: what
 * refers to a text is committed with it, so a text that nobody refers to then, and that still stands afterwards, is a leftover.
 * (SPEC S6, D2)
 */
export async function examineTexts(piece: Piece, canLookUpReceipts: boolean): Promise<Finding[]> {
  const written = await writtenTexts(piece)
  const walk = new Walk(piece, canLookUpReceipts)
  await walk.messages()
  await walk.rooms()
  await walk.people()
  await walk.leftovers(written)
  return walk.findings()
}

async function writtenTexts(piece: Piece): Promise<IdSet> {
  const written = new IdSet()
  for (let after: number | undefined = -1; after !== undefined; ) {
    const from: number = after
    const rows = await piece((reader) => reader.all(textsAfter, { after: from, limit: ROWS_PER_PIECE }))
    for (const row of rows) if (row.is_written === 1) written.add(row.id)
    after = rows.length < ROWS_PER_PIECE ? undefined : rows.at(-1)?.id
  }
  return written
}

class Walk {
  readonly #piece: Piece
  readonly #canLookUpReceipts: boolean
  readonly #referred = new IdSet()
  readonly #missing = new Trouble({ about: 'texts', says: 'A text is missing', remedy: RESTORE })
  readonly #kept = new Trouble({ about: 'texts', says: 'A text should be erased and is not', remedy: ERASE })
  readonly #left = new Trouble({ about: 'texts', says: 'Texts are left that belong to nothing', remedy: ERASE })
  readonly #receipts = new Trouble({ about: 'messages', says: 'A message and its event disagree', remedy: RESTORE })
  readonly #numbers = new Trouble({ about: 'messages', says: 'Numbers of messages are broken', remedy: RESTORE })
  readonly #orphans = new Trouble({ about: 'messages', says: 'Messages are left of what is gone', remedy: ERASE })
  #last = { roomId: '', number: 0 }
  #count = { messages: 0, rooms: 0, people: 0 }

  constructor(piece: Piece, canLookUpReceipts: boolean) {
    this.#piece = piece
    this.#canLookUpReceipts = canLookUpReceipts
  }

  async messages(): Promise<void> {
    let after: { room: string; number: number } | undefined = { room: '', number: 0 }
    while (after) after = await this.#messagesFrom(after)
  }

  async rooms(): Promise<void> {
    await this.#pages(roomsAfter, (row) => {
      this.#count.rooms += 1
      if (row.kind !== 'direct') this.#expect(row.name_written, `the name of the room ${row.id}`)
      else this.#expectThere(row.name_written, `the name of the conversation ${row.id}`)
      this.#expectThere(row.topic_written, `the topic of the room ${row.id}`)
      for (const id of [row.name_text, row.topic_text]) this.#referred.add(id)
      if (row.number === null) this.#numbers.note(`${row.id} has no stream`)
      else if (row.number !== (row.last_number ?? 0))
        this.#numbers.note(`${row.id} says ${row.number}, its last message is ${row.last_number ?? 'none'}`)
    })
  }

  async people(): Promise<void> {
    await this.#pages(peopleAfter, (row) => {
      this.#count.people += 1
      const texts = [
        ['handle', row.handle_text, row.handle_written],
        ['name', row.name_text, row.name_written],
        ['address', row.email_text, row.email_written],
      ] as const
      for (const [what, id, isWritten] of texts) {
        if (id === null) continue
        this.#referred.add(id)
        if (row.deleted_at === null) this.#expect(isWritten, `the ${what} of ${row.id}`)
        else if (isWritten === 1) this.#kept.note(`the ${what} of ${row.id}, who is deleted`)
      }
    })
  }

  /** What still stands though nobody refers to it. */
  async leftovers(written: IdSet): Promise<void> {
    let batch: number[] = []
    const judge = async () => {
      const ids = batch
      batch = []
      const rows = await this.#piece((reader) => reader.all(textsOf, { ids }))
      for (const row of rows) if (row.is_written === 1) this.#left.note(`text ${row.id}`)
    }
    for (const id of written.without(this.#referred)) {
      batch.push(id)
      if (batch.length === ROWS_PER_PIECE) await judge()
    }
    if (batch.length > 0) await judge()
  }

  findings(): Finding[] {
    const { messages, rooms, people } = this.#count
    const counts = `${messages.toLocaleString('en')} messages, ${rooms.toLocaleString('en')} rooms, ${people.toLocaleString('en')} people`
    return [
      ...allOr(
        ok('messages', `${messages.toLocaleString('en')} messages, numbered without holes, each with its event`),
        [this.#receipts, this.#numbers, this.#orphans],
      ),
      ...allOr(ok('texts', `each of ${counts} has its text, and none is left over`), [
        this.#missing,
        this.#kept,
        this.#left,
      ]),
    ]
  }

  /** Where to go on; nothing at the end. */
  #messagesFrom(place: { room: string; number: number }): Promise<{ room: string; number: number } | undefined> {
    return this.#piece(async (reader) => {
      const rows = await reader.all(messagesAfter, { ...place, limit: ROWS_PER_PIECE })
      await this.#judgeMessages(reader, rows)
      const last = rows.at(-1)
      return rows.length < ROWS_PER_PIECE || !last ? undefined : { room: last.room_id, number: last.number }
    })
  }

  async #judgeMessages(reader: Reader, rows: readonly MessageRow[]): Promise<void> {
    const named = [...new Set(rows.map((row) => row.room_id))]
    const there = await roomsThere(reader, named)
    const gone = named.filter((id) => !there.has(id))
    const erased = await roomsBeingErased(reader, gone)
    for (const id of gone) if (!erased.has(id)) this.#orphans.note(`of the room ${id}`)
    for (const row of rows) {
      if (this.#last.roomId !== row.room_id) this.#last = { roomId: row.room_id, number: 0 }
      const isNext = row.number === this.#last.number + 1
      if (!isNext && there.has(row.room_id))
        this.#numbers.note(`${row.number} after ${this.#last.number} in ${row.room_id}`)
      this.#last.number = row.number
      this.#referred.add(row.text_id)
    }
    const alive = rows.filter((row) => there.has(row.room_id))
    this.#count.messages += alive.length
    for (const row of alive) this.#judgeText(row)
    if (this.#canLookUpReceipts) await this.#judgeReceipts(reader, alive)
  }

  #judgeText({ room_id, number, deleted_at, is_written }: MessageRow): void {
    const what = `that of message ${number} in ${room_id}`
    if (deleted_at === null) this.#expect(is_written, what)
    else if (is_written === 1) this.#kept.note(`${what}, which is deleted`)
  }

  async #judgeReceipts(reader: Reader, rows: readonly MessageRow[]): Promise<void> {
    const keys = rows.map((row) => ({ command_id: row.command_id, actor_id: row.author_id }))
    const events = await reader.lookup('events', ['command_id', 'actor_id'], keys)
    const places = new Map<string, string[]>()
    for (const event of events) {
      if (event.type !== 'message-posted' || event.subject === null) continue
      places.set(event.subject, [...(places.get(event.subject) ?? []), `${event.stream} ${event.number}`])
    }
    for (const row of rows) {
      const found = [...new Set(places.get(row.id) ?? [])]
      const what = `message ${row.number} in ${row.room_id}`
      if (found.length === 0) this.#receipts.note(`${what} has no event`)
      else if (found.length > 1 || found[0] !== `${roomStream(row.room_id)} ${row.number}`)
        this.#receipts.note(`${what} is told of at ${found.join(' and ')}`)
    }
  }

  #expect(isWritten: number | null, what: string): void {
    if (isWritten !== 1) this.#missing.note(what)
  }

  #expectThere(isWritten: number | null, what: string): void {
    if (isWritten === null) this.#missing.note(what)
  }

  async #pages<Row extends { readonly id: string }>(
    page: Statement<{ after: string; limit: number }, Row>,
    judge: (row: Row) => void,
  ): Promise<void> {
    let after: string | undefined = ''
    while (after !== undefined) {
      const from: string = after
      const rows: Row[] = await this.#piece((reader) => reader.all(page, { after: from, limit: ROWS_PER_PIECE }))
      rows.forEach(judge)
      after = rows.length < ROWS_PER_PIECE ? undefined : rows.at(-1)?.id
    }
  }
}
