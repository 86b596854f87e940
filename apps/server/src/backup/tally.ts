import { createHmac, type Hmac, type KeyObject } from 'node:crypto'
import { type RoomId, roomOfStream, type StreamId } from '@parley/protocol'
import type { Row } from '../storage/table-pages.ts'
import type { TableName } from '../storage/tables.ts'

export interface TableTally {
  readonly rows: number
  /** Keyed, over all rows in key order. */
  readonly digest: string
}

export interface RoomTally {
  readonly head: number
  readonly messages: number
  /** Keyed, over every row that belongs to the room, the texts of its messages with them. */
  readonly digest: string
}

/** What two copies of a database must agree in. */
export interface Totals {
  readonly tables: Readonly<Record<string, TableTally>>
  readonly rooms: Readonly<Record<string, RoomTally>>
}

/**
 * Counts and digests rows as they pass by: whole tables in key order, `texts` before `messages`. Keyed with the instance's
 * secret, so that a digest tells nobody what was written. Keeps some 16 bytes per text and 100 per room.
 */
export class Tally {
  readonly #key: KeyObject
  readonly #tables = new Map<TableName, { rows: number; hash: Hmac }>()
  readonly #rooms = new Map<string, { head: number; messages: number; digest: Uint8Array }>()
  readonly #texts = new TextDigests()
  #run: { readonly id: string; readonly hash: Hmac } | undefined
  #table: TableName | undefined

  constructor(key: KeyObject) {
    this.#key = key
  }

  add(table: TableName, rows: readonly Row[]): void {
    if (this.#table !== table) this.#endRun()
    this.#table = table
    const entry = this.#tables.get(table) ?? { rows: 0, hash: this.#hash(table) }
    this.#tables.set(table, entry)
    entry.rows += rows.length
    for (const row of rows) {
      const line = `${JSON.stringify(Object.values(row))}\n`
      entry.hash.update(line)
      if (table === 'texts') this.#texts.add(Number(row.id), this.#hash('text').update(String(row.body)).digest())
      const roomId = roomOfRow(table, row)
      if (roomId !== undefined) this.#note(roomId, table, row, line)
    }
  }

  totals(): Totals {
    this.#endRun()
    const tables = [...this.#tables].map(([table, { rows, hash }]) => [
      table,
      { rows, digest: hash.digest('base64url') },
    ])
    const rooms = [...this.#rooms].map(([id, { head, messages, digest }]) => [
      id,
      { head, messages, digest: Buffer.from(digest).toString('base64url') },
    ])
    return { tables: Object.fromEntries(tables), rooms: Object.fromEntries(rooms) }
  }

  #note(roomId: string, table: TableName, row: Row, line: string): void {
    if (this.#run?.id !== roomId) {
      this.#endRun()
      this.#run = { id: roomId, hash: this.#hash(`${table} of a room`) }
    }
    this.#run?.hash.update(line)
    const room = this.#room(roomId)
    if (table === 'streams') room.head = Number(row.head)
    if (table === 'rooms')
      for (const text of [row.name_text, row.topic_text]) this.#run?.hash.update(this.#texts.of(text))
    if (table !== 'messages') return
    room.messages += 1
    this.#run?.hash.update(this.#texts.of(row.text_id))
  }

  // Rows of a room that lie together are digested together; the digests of such runs are combined in any order.
  #endRun(): void {
    if (!this.#run) return
    const room = this.#room(this.#run.id)
    this.#run.hash.digest().forEach((byte, index) => {
      room.digest[index] = (room.digest[index] ?? 0) ^ byte
    })
    this.#run = undefined
  }

  #room(id: string): { head: number; messages: number; digest: Uint8Array } {
    const known = this.#rooms.get(id)
    if (known) return known
    const fresh = { head: 0, messages: 0, digest: new Uint8Array(32) }
    this.#rooms.set(id, fresh)
    return fresh
  }

  #hash(purpose: string): Hmac {
    return createHmac('sha256', this.#key).update(`${purpose}\n`)
  }
}

/** To which room a row belongs, as far as it says so itself. */
export function roomOfRow(table: TableName, row: Row): RoomId | undefined {
  if (table === 'rooms') return row.id as RoomId // as: the key of a room is its id
  if (table === 'streams') return roomOfStream(row.id as StreamId) // as: the key of a stream is its id
  if (table === 'events') return roomOfStream(row.stream as StreamId) // as: events lie in streams
  if (table === 'tombstones') return undefined // What is left of a room when it is gone.
  return typeof row.room_id === 'string' ? (row.room_id as RoomId) : undefined // as: the column's name says so
}

/** Eight bytes of each text's digest, by its id; texts arrive in ascending order. */
class TextDigests {
  #ids = new Float64Array(1024)
  #digests = new BigUint64Array(1024)
  #count = 0

  add(id: number, digest: Buffer): void {
    if (this.#count === this.#ids.length) {
      this.#ids = grown(this.#ids, new Float64Array(this.#count * 2))
      this.#digests = grown(this.#digests, new BigUint64Array(this.#count * 2))
    }
    this.#ids[this.#count] = id
    this.#digests[this.#count] = digest.readBigUInt64BE()
    this.#count += 1
  }

  of(id: unknown): string {
    let low = 0
    let high = this.#count - 1
    while (low <= high) {
      const middle = (low + high) >> 1
      const found = this.#ids[middle] ?? 0
      if (found === id) return `${this.#digests[middle]}\n`
      if (found < Number(id)) low = middle + 1
      else high = middle - 1
    }
    return 'none\n'
  }
}

function grown<A extends Float64Array | BigUint64Array>(from: A, to: A): A {
  // as: both are of one kind, which `set` cannot know.
  to.set(from as never)
  return to
}

/** In what two copies differ, the rooms first; empty when they are equal. */
export function differences(wanted: Totals, found: Totals): string[] {
  const said: string[] = []
  for (const id of new Set([...Object.keys(wanted.rooms), ...Object.keys(found.rooms)])) {
    const [a, b] = [wanted.rooms[id], found.rooms[id]]
    if (!a) said.push(`room ${id}: should not be there`)
    else if (!b) said.push(`room ${id}: is missing (head ${a.head}, ${a.messages} messages)`)
    else if (a.head !== b.head) said.push(`room ${id}: its head is ${b.head} and should be ${a.head}`)
    else if (a.messages !== b.messages)
      said.push(`room ${id}: has ${b.messages} messages and should have ${a.messages}`)
    else if (a.digest !== b.digest) said.push(`room ${id}: what is in it differs`)
  }
  for (const name of new Set([...Object.keys(wanted.tables), ...Object.keys(found.tables)])) {
    const [a, b] = [wanted.tables[name], found.tables[name]]
    if (a?.rows !== b?.rows) said.push(`table ${name}: has ${b?.rows ?? 0} rows and should have ${a?.rows ?? 0}`)
    else if (a?.digest !== b?.digest) said.push(`table ${name}: what is in it differs`)
  }
  return said
}
