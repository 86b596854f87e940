import type { CommandId, Message, MessageId, User, UserId } from '@parley/protocol'
import type { ChangeOutput } from './outbox.ts'
import type { OutboxEntry } from './outbox-entry.ts'
import type { RoomState } from './room-state.ts'
import type { ReactionView, RowView } from './views.ts'

/** Answered by the server; its event is still on the way. */
export interface Acknowledged {
  readonly entry: OutboxEntry
  readonly output: ChangeOutput
}

export interface RowsInput {
  readonly state: RoomState
  /** Waiting entries of this room. */
  readonly entries: readonly OutboxEntry[]
  readonly acknowledged: readonly Acknowledged[]
  readonly people: ReadonlyMap<UserId, User>
  readonly me: UserId
  readonly blocked: ReadonlySet<UserId>
}

/** What a row was made of, and the row. */
interface Cached {
  readonly source: Message | OutboxEntry
  readonly more: readonly string[] | ChangeOutput | undefined
  readonly author: User | undefined
  readonly changes: readonly OutboxEntry[]
  readonly isBlocked: boolean
  readonly row: RowView
}

type Change = Exclude<OutboxEntry['command'], { name: 'post-message' }>

/** Confirmed messages and the outbox as one list. A row whose sources did not change keeps its identity. */
export class RoomRows {
  #cache = new Map<string, Cached>()
  #last: readonly RowView[] = []
  #lastInput: RowsInput | undefined

  build(input: RowsInput): readonly RowView[] {
    if (this.#lastInput && hasSameSources(this.#lastInput, input)) return this.#last
    this.#lastInput = input
    const rows = this.#build(input)
    if (!isSame(rows, this.#last)) this.#last = rows
    return this.#last
  }

  #build({ state, entries, acknowledged, people, me, blocked }: RowsInput): readonly RowView[] {
    const next = new Map<string, Cached>()
    const changes = changesByTarget(entries, acknowledged)
    const row = (sources: Omit<Cached, 'row'>, id: string, make: () => RowView): RowView => {
      const known = this.#cache.get(id)
      const cached =
        known && isUnchanged(known, sources) ? known : { ...sources, row: changed(make(), sources.changes, me) }
      next.set(id, cached)
      return cached.row
    }
    const rows = state.messages.map((message) => {
      const mine = state.mine.get(message.id)
      const author = people.get(message.authorId)
      const isBlocked = blocked.has(message.authorId)
      const sources = { source: message, more: mine, author, changes: changes.get(message.id) ?? NONE, isBlocked }
      const id = message.authorId === me ? message.commandId : message.id
      return row(sources, id, () => ({ ...postedRow(message, mine ?? [], author, me), isBlocked }))
    })
    const pending = (entry: OutboxEntry, output: ChangeOutput | undefined) => {
      if (!isPost(entry) || next.has(entry.id)) return
      const author = people.get(me)
      const sources = { source: entry, more: output, author, changes: changes.get(entry.id) ?? NONE, isBlocked: false }
      rows.push(row(sources, entry.id, () => pendingRow(entry, output, author)))
    }
    if (state.end === state.lastNumber) {
      for (const { entry, output } of acknowledged) pending(entry, output)
      for (const entry of entries) pending(entry, undefined)
    }
    this.#cache = next
    return rows
  }
}

const NONE: readonly OutboxEntry[] = []
const isPost = (entry: OutboxEntry): boolean => entry.command.name === 'post-message'

function isSame(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((part, index) => part === b[index])
}

function isUnchanged(known: Cached, { source, more, author, changes, isBlocked }: Omit<Cached, 'row'>): boolean {
  const isSameAuthor = known.author === author && known.isBlocked === isBlocked
  const isSameSource = known.source === source && known.more === more && isSameAuthor
  return isSameSource && (known.changes === changes || isSame(known.changes, changes))
}

function hasSameSources(a: RowsInput, b: RowsInput): boolean {
  const { messages, mine, end, lastNumber } = a.state
  const isSameState =
    messages === b.state.messages && mine === b.state.mine && end === b.state.end && lastNumber === b.state.lastNumber
  const isSameOverlay = a.acknowledged === b.acknowledged && isSame(a.entries, b.entries)
  return isSameState && isSameOverlay && a.people === b.people && a.me === b.me && a.blocked === b.blocked
}

function changesByTarget(
  waiting: readonly OutboxEntry[],
  acknowledged: readonly Acknowledged[],
): ReadonlyMap<MessageId | CommandId, readonly OutboxEntry[]> {
  const changes = new Map<MessageId | CommandId, OutboxEntry[]>()
  for (const entry of [...acknowledged.map((known) => known.entry), ...waiting]) {
    if (entry.command.name === 'post-message') continue
    const { target } = entry.command
    const id = 'messageId' in target ? target.messageId : target.commandId
    const known = changes.get(id)
    if (known) known.push(entry)
    else changes.set(id, [entry])
  }
  return changes
}

function postedRow(message: Message, mine: readonly string[], author: User | undefined, me: UserId): RowView {
  const { id, number, commandId, authorId, postedAt, body, editedAt, deletedAt } = message
  return {
    key: `${authorId} ${commandId}`,
    number,
    messageId: id,
    commandId,
    authorId,
    author,
    isMine: authorId === me,
    isBlocked: false,
    postedAt,
    body,
    editedAt,
    isDeleted: deletedAt !== undefined,
    reactions: message.reactions.map((reaction) => ({ ...reaction, isMine: mine.includes(reaction.emoji) })),
    status: 'posted',
    pendingChange: undefined,
  }
}

function pendingRow(entry: OutboxEntry, output: ChangeOutput | undefined, author: User | undefined): RowView {
  const { command } = entry
  return {
    key: `${entry.userId} ${entry.id}`,
    number: output?.number,
    messageId: output?.messageId,
    commandId: entry.id,
    authorId: entry.userId,
    author,
    isMine: true,
    isBlocked: false,
    postedAt: entry.createdAt,
    body: 'body' in command ? command.body : '',
    editedAt: undefined,
    isDeleted: false,
    reactions: [],
    status: output ? 'posted' : entry.isSending ? 'sending' : 'waiting',
    pendingChange: undefined,
  }
}

/** The row as it will be when the server has these changes. */
function changed(row: RowView, entries: readonly OutboxEntry[], me: UserId): RowView {
  return entries.reduce((next, { command, createdAt }) => {
    if (command.name === 'post-message') return next
    return withChange(next, command, { me, at: createdAt })
  }, row)
}

function withChange(row: RowView, change: Change, { me, at }: { me: UserId; at: number }): RowView {
  switch (change.name) {
    case 'edit-message':
      return { ...row, body: change.body, editedAt: row.editedAt ?? at, pendingChange: 'edit' }
    case 'delete-message':
      return { ...row, body: '', isDeleted: true, reactions: [], pendingChange: 'delete' }
    case 'add-reaction':
      return { ...row, reactions: withReaction(row.reactions, change.emoji, me) }
    case 'remove-reaction':
      return { ...row, reactions: withoutReaction(row.reactions, change.emoji, me) }
  }
}

function withReaction(reactions: readonly ReactionView[], emoji: string, me: UserId): readonly ReactionView[] {
  const known = reactions.find((reaction) => reaction.emoji === emoji)
  if (!known) return [...reactions, { emoji, count: 1, people: [me], isMine: true }]
  if (known.isMine) return reactions
  const more = { ...known, count: known.count + 1, people: [...known.people, me].slice(0, 3), isMine: true }
  return reactions.map((reaction) => (reaction === known ? more : reaction))
}

function withoutReaction(reactions: readonly ReactionView[], emoji: string, me: UserId): readonly ReactionView[] {
  return reactions.flatMap((reaction) => {
    if (reaction.emoji !== emoji || !reaction.isMine) return [reaction]
    if (reaction.count <= 1) return []
    return [
      { ...reaction, count: reaction.count - 1, people: reaction.people.filter((id) => id !== me), isMine: false },
    ]
  })
}
