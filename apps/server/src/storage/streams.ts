import type { Event, Seq, StreamId, User } from '@parley/protocol'
import type { EventsPublication } from '../rules/publication.ts'
import type { Writer } from './database.ts'
import { type NewEvent, storedColumns } from './event-rows.ts'
import type { PendingInserts } from './pending-inserts.ts'
import type { Receipts } from './receipts.ts'
import { statement } from './statement.ts'
import type { Tables } from './tables.ts'
import type { Writing } from './writing.ts'

interface OpenStream {
  row: Tables['streams']
  isNew: boolean
  isChanged: boolean
  readonly events: Event[]
  readonly users: Map<string, User>
  room: EventsPublication['room']
}

/**
 * The log. `seq` and `number` are counted in memory under the stream's row lock and written back once per batch, so they
 * have no holes and agree with the order of commits. (SPEC S1)
 */
export class Streams {
  readonly #writer: Writer
  readonly #pending: PendingInserts
  readonly #receipts: Receipts
  readonly #writing: Writing
  readonly #open = new Map<StreamId, OpenStream>()

  constructor(writer: Writer, pending: PendingInserts, receipts: Receipts, writing: Writing) {
    this.#writer = writer
    this.#pending = pending
    this.#receipts = receipts
    this.#writing = writing
  }

  async lock(ids: readonly StreamId[]): Promise<void> {
    for (const row of await this.#writer.lockStreams(ids)) this.#open.set(row.id, opened({ ...row }, false))
  }

  create(id: StreamId): void {
    this.#open.set(id, opened({ id, head: 0, floor: 0, number: 0 }, true))
  }

  /** Whether this batch holds it: locked, or made by an earlier command. */
  isOpen(id: StreamId): boolean {
    return this.#open.has(id)
  }

  head(id: StreamId): Seq {
    return this.#locked(id).row.head
  }

  /** Number of the newest message. */
  lastNumber(id: StreamId): number {
    return this.#locked(id).row.number
  }

  /** The seq that the next event of this stream will get; a message's first version is written before its event. */
  nextSeq(id: StreamId): Seq {
    return this.#locked(id).row.head + 1
  }

  takeNumber(id: StreamId): number {
    const stream = this.#locked(id)
    stream.row.number += 1
    stream.isChanged = true
    return stream.row.number
  }

  /** Adds an event and gives its place. `users` are those it speaks of besides the actor. */
  append(id: StreamId, event: NewEvent, users: readonly User[] = []): Seq {
    const stream = this.#locked(id)
    const { actor, commandId, now } = this.#writing.current
    const seq = ++stream.row.head
    stream.isChanged = true
    const row: Tables['events'] = {
      stream: id,
      seq,
      type: event.type,
      at: now,
      actor_id: actor.id,
      command_id: commandId,
      part: this.#writing.takePart(),
      ...storedColumns(event),
    }
    this.#pending.add('events', row)
    this.#receipts.note(row)
    // as: a NewEvent with its place, time and actor is an Event.
    stream.events.push({ seq, at: now, actorId: actor.id, ...event } as Event)
    stream.users.set(actor.id, actor)
    for (const user of users) stream.users.set(user.id, user)
    if ('room' in event && event.room) stream.room = event.room
    return seq
  }

  async remove(id: StreamId): Promise<void> {
    this.#writing.noteWrite()
    await this.#writer.run(removeStream, { id })
    this.#open.delete(id)
  }

  async flush(): Promise<void> {
    const moved: Tables['streams'][] = []
    for (const { row, isNew, isChanged } of this.#open.values()) {
      if (isNew) this.#pending.add('streams', row)
      else if (isChanged) moved.push(row)
    }
    await this.#writer.moveStreams(moved)
  }

  publications(): EventsPublication[] {
    const publications: EventsPublication[] = []
    for (const { row, events, users, room } of this.#open.values()) {
      if (events.length === 0) continue
      const publication = {
        kind: 'events',
        stream: row.id,
        events,
        users: [...users.values()],
        lastNumber: row.number,
      } as const
      publications.push(room ? { ...publication, room } : publication)
    }
    return publications
  }

  #locked(id: StreamId): OpenStream {
    const stream = this.#open.get(id)
    if (!stream) throw new Error(`The stream ${id} is not locked: the command's locks() must name it.`)
    return stream
  }
}

function opened(row: Tables['streams'], isNew: boolean): OpenStream {
  return { row, isNew, isChanged: false, events: [], users: new Map(), room: undefined }
}

const removeStream = statement<{ id: StreamId }>(({ db, params }) =>
  db.deleteFrom('streams').where('id', '=', params.id),
)
