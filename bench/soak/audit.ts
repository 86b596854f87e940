import { Database } from 'bun:sqlite'
import type { CommandId, RoomId } from '@parley/protocol'

export interface Acknowledged {
  readonly id: CommandId
  readonly roomId: RoomId
  readonly body: string
  readonly seq: number
  readonly number: number
}

/** Holds every delivery against every other and every acknowledgement against the database. */
export class Audit {
  posted = 0
  acked = 0
  deliveries = 0
  resets = 0
  resetsWithCursor = 0
  closings: Record<string, number> = {}
  /** What must never happen; the first hundred in words. */
  faults = 0
  readonly faultNotes: string[] = []
  /** Milliseconds from post to delivery since the last sample; only of those delivered live. */
  latencies: number[] = []
  readonly #bodies = new Map<string, string>()
  #unchecked: Acknowledged[] = []

  acknowledged(entry: Acknowledged): void {
    this.acked += 1
    this.#unchecked.push(entry)
    this.#same(entry.roomId, entry.seq, entry.body)
  }

  /** Everybody must see the same text at the same place: together with gapless cursors that is exactly once and in order. */
  delivered(roomId: RoomId, seq: number, body: string, isLive: boolean): void {
    this.deliveries += 1
    this.#same(roomId, seq, body)
    if (!isLive) return
    const postedAt = Number(/ at (\d+)$/.exec(body)?.[1])
    if (postedAt > 0) this.latencies.push(Date.now() - postedAt)
  }

  outOfPlace(seq: number, cursor: number | undefined): void {
    this.#fault(`seq ${seq} came after ${cursor}`)
  }

  refused(code: string): void {
    this.#fault(`refused: ${code}`)
  }

  reset(cursor: number | undefined): void {
    this.resets += 1
    if (cursor !== undefined) this.resetsWithCursor += 1
  }

  closed(code: number): void {
    this.closings[code] = (this.closings[code] ?? 0) + 1
  }

  /** Looks every acknowledged post of the time since the last call up by id, room, seq, number and body. */
  checkStored(dataFolder: string): number {
    const entries = this.#unchecked
    this.#unchecked = []
    const db = new Database(`${dataFolder}/parley.db`, { readonly: true })
    const find = db.prepare<{ body: string; id: string }, [string, number, string]>(
      `select cast(t.body as text) as body, m.id from messages m join texts t on t.id = m.text_id
       where m.room_id = ? and m.number = ? and m.command_id = ?`,
    )
    const findEvent = db.prepare<{ subject: string }, [string, number, string]>(
      'select subject from events where stream = ? and seq = ? and command_id = ?',
    )
    for (const { id, roomId, body, seq, number } of entries) {
      const row = find.get(roomId, number, id)
      const event = findEvent.get(`room:${roomId}`, seq, id)
      if (row?.body !== body || event?.subject !== row.id) this.#fault(`post ${id} is not stored as acknowledged`)
    }
    find.finalize()
    findEvent.finalize()
    db.close()
    return entries.length
  }

  /** Clients that are not at their room's head although nothing is under way. */
  checkHeads(dataFolder: string, clients: Iterable<{ roomId: RoomId; cursor: number | undefined }>): void {
    const db = new Database(`${dataFolder}/parley.db`, { readonly: true })
    const heads = new Map(
      db
        .query<{ id: string; head: number }, []>('select id, head from streams')
        .all()
        .map(({ id, head }) => [id, head]),
    )
    db.close()
    for (const { roomId, cursor } of clients) {
      const head = heads.get(`room:${roomId}`)
      if (cursor !== head) this.#fault(`a client is at ${cursor}, its room at ${head}`)
    }
  }

  #same(roomId: RoomId, seq: number, body: string): void {
    const key = `${roomId} ${seq}`
    const known = this.#bodies.get(key)
    if (known === undefined) this.#remember(key, body)
    else if (known !== body) this.#fault(`two texts at ${key}`)
  }

  // An hour holds 72,000 posts; older ones were seen by everybody or will be compared by the final look into the database.
  #remember(key: string, body: string): void {
    this.#bodies.set(key, body)
    if (this.#bodies.size <= 200_000) return
    for (const oldest of this.#bodies.keys()) {
      this.#bodies.delete(oldest)
      break
    }
  }

  #fault(note: string): void {
    this.faults += 1
    if (this.faultNotes.length < 100) this.faultNotes.push(note)
  }
}
