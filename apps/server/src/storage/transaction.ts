import { type CommandId, type RoomId, roomOfStream, type StreamId, type User, type UserId } from '@parley/protocol'
import type { EventsPublication, Publication } from '../rules/publication.ts'
import type { Writer } from './database.ts'
import { Members } from './members.ts'
import { Messages } from './messages.ts'
import { PendingInserts } from './pending-inserts.ts'
import { People } from './people.ts'
import { Receipts } from './receipts.ts'
import { Rooms } from './rooms.ts'
import type { Statement } from './statement.ts'
import { Streams } from './streams.ts'
import type { TableName, Tables } from './tables.ts'
import { type ReservedTexts, Texts } from './texts.ts'
import { Writing } from './writing.ts'

/** What a batch needs to know before its first handler: each kind is then read in one statement. */
export interface Needs {
  readonly locks: readonly StreamId[]
  readonly texts: ReservedTexts
  readonly rooms: readonly RoomId[]
  readonly members: readonly { readonly roomId: RoomId; readonly userId: UserId }[]
  /** Whose profile the rules need as it is now. */
  readonly people: readonly UserId[]
  readonly receipts: readonly { readonly actorId: UserId; readonly commandId: CommandId }[]
}

/** A line of the erase ledger, synced before the commit that erases. (SPEC D4) */
export interface LedgerLine {
  readonly kind: Tables['erasures']['kind'] | 'message'
  readonly id: string
  readonly at: number
}

/** The unit of work of one batch: reads under the locks, collects writes, and remembers what to tell after the commit. */
export class Transaction {
  readonly writer: Writer
  readonly streams: Streams
  readonly rooms: Rooms
  readonly members: Members
  readonly people: People
  readonly messages: Messages
  readonly texts: Texts
  readonly receipts: Receipts
  readonly ledger: LedgerLine[] = []
  readonly #pending: PendingInserts
  readonly #writing = new Writing()
  readonly #publications: Publication[] = []

  constructor(writer: Writer) {
    this.writer = writer
    this.#pending = new PendingInserts(writer)
    this.receipts = new Receipts(writer)
    this.streams = new Streams(writer, this.#pending, this.receipts, this.#writing)
    this.rooms = new Rooms(writer, this.#pending)
    this.members = new Members(writer, this.#pending)
    this.people = new People(writer)
    this.messages = new Messages(writer, this.#pending)
    this.texts = new Texts(writer, this.#pending)
  }

  /** Locks first, reads afterwards: what is read stays true until the commit. (SPEC A1) */
  async begin(needs: Needs): Promise<void> {
    this.texts.reserve(needs.texts)
    await this.streams.lock(needs.locks)
    await this.receipts.load(needs.receipts)
    await this.rooms.load(needs.rooms)
    await this.members.load(needs.members)
    await this.people.load(needs.people)
  }

  beginCommand(actor: User, commandId: CommandId, now: number): void {
    this.#writing.begin(actor, commandId, now)
  }

  get hasWritten(): boolean {
    return this.#writing.hasWritten
  }

  insert<T extends TableName>(table: T, row: Tables[T]): void {
    this.#writing.noteWrite()
    this.#pending.add(table, row)
  }

  /** For the few statements that belong to one command only. */
  async run<Params>(statement: Statement<Params, unknown>, params: Params): Promise<number> {
    this.#writing.noteWrite()
    return this.writer.run(statement, params)
  }

  /** Something besides events to tell after the commit. */
  tell(publication: Publication): void {
    this.#publications.push(publication)
  }

  async flush(): Promise<void> {
    await this.rooms.flush()
    await this.members.flush()
    await this.streams.flush()
    await this.#pending.settleAll()
  }

  publications(): Publication[] {
    return [...this.streams.publications().map((publication) => this.#withListing(publication)), ...this.#publications]
  }

  #withListing(publication: EventsPublication): EventsPublication {
    const roomId = roomOfStream(publication.stream)
    const room = roomId && this.rooms.find(roomId)
    return room && room.kind !== 'public' ? { ...publication, isUnlisted: true } : publication
  }
}
