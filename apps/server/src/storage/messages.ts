import type { Message, MessageId, MessagePage, RoomId, Seq, UserId } from '@parley/protocol'
import type { Reader, Writer } from './database.ts'
import type { PendingInserts } from './pending-inserts.ts'
import { readMine, readReactions } from './reactions.ts'
import { statement } from './statement.ts'
import type { Tables } from './tables.ts'
import { readTexts } from './texts.ts'
import { readUsers } from './users.ts'

export type MessageRow = Tables['messages']

export class Messages {
  readonly #writer: Writer
  readonly #pending: PendingInserts

  constructor(writer: Writer, pending: PendingInserts) {
    this.#writer = writer
    this.#pending = pending
  }

  insert(row: MessageRow): void {
    this.#pending.add('messages', row)
  }

  /** A message of this room, deleted ones included. */
  async find(roomId: RoomId, id: MessageId): Promise<MessageRow | undefined> {
    await this.#pending.settle('messages')
    const [row] = await this.#writer.lookup('messages', ['id'], [{ id }])
    return row?.room_id === roomId ? row : undefined
  }

  /** To be awaited before messages are looked for by other means: some of this very batch may not be written yet. */
  async settle(): Promise<void> {
    await this.#pending.settle('messages')
  }

  async change(row: MessageRow): Promise<void> {
    await this.#writer.run(changeMessage, row)
  }

  async countUnread(ask: UnreadAsk): Promise<number> {
    await this.#pending.settle('messages')
    return countUnread(this.#writer, ask)
  }

  /** A changed message as everybody sees it now. */
  async present(row: MessageRow): Promise<Message> {
    await this.#pending.settle('messages')
    await this.#pending.settle('texts')
    const [message] = await presentMessages(this.#writer, [row])
    if (!message) throw new Error(`The message ${row.id} has no state.`)
    return message
  }
}

/** Rows with their texts and reactions; the text of a deleted one is empty. */
export async function presentMessages(reader: Reader, rows: readonly MessageRow[]): Promise<Message[]> {
  const alive = rows.filter((row) => row.deleted_at === null)
  const texts = await readTexts(
    reader,
    alive.map((row) => row.text_id),
  )
  const reactions = await readReactions(
    reader,
    alive.map((row) => row.id),
  )
  return rows.map((row) => ({
    id: row.id,
    roomId: row.room_id,
    number: row.number,
    version: row.version,
    authorId: row.author_id,
    commandId: row.command_id,
    postedAt: row.posted_at,
    body: row.deleted_at === null ? (texts.get(row.text_id) ?? '') : '',
    ...(row.edited_at === null ? {} : { editedAt: row.edited_at }),
    ...(row.deleted_at === null ? {} : { deletedAt: row.deleted_at }),
    reactions: row.deleted_at === null ? (reactions.get(row.id) ?? []) : [],
  }))
}

export interface PageAsk {
  readonly before?: number | undefined
  readonly after?: number | undefined
  readonly around?: number | undefined
  readonly limit: number
}

/** One page, ascending by number. `viewerId` decides `mine`. */
export async function readMessagePage(
  reader: Reader,
  ask: PageAsk & { readonly roomId: RoomId; readonly viewerId: UserId; readonly lastNumber: number; readonly seq: Seq },
): Promise<MessagePage> {
  const { from, to } = rangeOf(ask, ask.lastNumber)
  const rows = await reader.all(messagesBetween, { roomId: ask.roomId, from, to })
  const messages = await presentMessages(reader, rows)
  const mine = await readMine(
    reader,
    ask.viewerId,
    messages.filter((message) => message.reactions.length > 0).map(({ id }) => id),
  )
  const users = await readUsers(reader, peopleIn(messages))
  return { messages, lastNumber: ask.lastNumber, mine, users, seq: ask.seq }
}

export function peopleIn(messages: readonly Message[]): UserId[] {
  return messages.flatMap((message) => [message.authorId, ...message.reactions.flatMap((reaction) => reaction.people)])
}

/** Numbers have no holes, so a page is a range of numbers. */
export function rangeOf(ask: PageAsk, lastNumber: number): { from: number; to: number } {
  if (ask.after !== undefined) return { from: ask.after + 1, to: ask.after + ask.limit }
  if (ask.before !== undefined) return { from: ask.before - ask.limit, to: ask.before - 1 }
  if (ask.around !== undefined) {
    const from = Math.max(1, Math.min(ask.around - Math.floor(ask.limit / 2), lastNumber - ask.limit + 1))
    return { from, to: from + ask.limit - 1 }
  }
  return { from: lastNumber - ask.limit + 1, to: lastNumber }
}

export interface UnreadAsk {
  readonly roomId: RoomId
  readonly userId: UserId
  readonly marker: number
  readonly lastNumber: number
  readonly most: number
}

/**
 * Of so many newest messages unread ones are counted: whoever wrote a million messages and never marked one as read, or was
 * written to by somebody whom they block, would have all of them looked at each time.
 */
export const UNREAD_WITHIN = 2_000

/** Messages of others above the marker, neither deleted nor by people whom the reader blocks, counted to `most`. */
export async function countUnread(reader: Reader, ask: UnreadAsk): Promise<number> {
  const marker = Math.max(ask.marker, ask.lastNumber - UNREAD_WITHIN)
  const row = await reader.first(unreadCount, { ...ask, marker })
  return Number(row?.count ?? 0)
}

const changeMessage = statement<MessageRow>(({ db, params }) =>
  db
    .updateTable('messages')
    .set({
      text_id: params.text_id,
      version: params.version,
      edited_at: params.edited_at,
      deleted_at: params.deleted_at,
    })
    .where('room_id', '=', params.room_id)
    .where('number', '=', params.number),
)
const messagesBetween = statement<{ roomId: RoomId; from: number; to: number }, MessageRow>(({ db, params }) =>
  db
    .selectFrom('messages')
    .selectAll()
    .where('room_id', '=', params.roomId)
    .where('number', '>=', params.from)
    .where('number', '<=', params.to)
    .orderBy('number'),
)
const unreadCount = statement<{ roomId: RoomId; userId: UserId; marker: number; most: number }, { count: number }>(
  ({ db, params }) =>
    db
      .selectFrom((eb) =>
        eb
          .selectFrom('messages as x')
          .leftJoin('blocks as b', (join) =>
            join.onRef('b.blocked_id', '=', 'x.author_id').on('b.user_id', '=', params.userId),
          )
          .select('x.number')
          .where('x.room_id', '=', params.roomId)
          .where('x.number', '>', params.marker)
          .where('x.author_id', '!=', params.userId)
          .where('x.deleted_at', 'is', null)
          .where('b.blocked_id', 'is', null)
          .limit(params.most)
          .as('unread'),
      )
      .select((eb) => eb.fn.countAll<number>().as('count')),
)
