import { type CommandId, type MessageId, newId, type RoomId, type Seq, type UserId } from '@parley/protocol'
import { backoffMs } from './backoff.ts'
import { isUnknown } from './calls.ts'
import type { Clock } from './clock.ts'
import { dependsOn, LANE_WIDTH, sendable } from './lanes.ts'
import { type ChangeCommand, mergeChange } from './merge-change.ts'
import type { Notice } from './notice.ts'
import { type Observable, Variable } from './observable.ts'
import {
  EMPTY_OUTBOX,
  type NotSentEntry,
  type OutboxCommand,
  type OutboxEntry,
  type OutboxView,
} from './outbox-entry.ts'
import type { StorageChange } from './outbox-storage.ts'
import type { Refusal } from './refusal-error.ts'
import type { Answer, Requests } from './requests.ts'
import type { Posted } from './room-handle.ts'
import type { SafeStorage } from './safe-storage.ts'

export interface OutboxOptions {
  readonly tabId: string
  readonly clock: Clock
  readonly random: () => number
  readonly storage: SafeStorage
  readonly requests: Requests
  isLive(): boolean
  tell(notice: Notice): void
  /** The server's reply; what it changed comes with the event `seq`, perhaps later. */
  acknowledged(entry: OutboxEntry, output: ChangeOutput): void
}

/** What the replies to the outbox's commands have in common; a post's also names the message. */
export interface ChangeOutput {
  readonly seq: Seq
  readonly messageId?: MessageId
  readonly number?: number
}

/** A room's way out. */
interface Lane {
  /** Nothing is sent before; the server said `busy`, or failed. */
  blockedUntil: number
  failures: number
  timer: unknown
}

const FAULT_BACKOFF_MOST_MS = 30_000
const IDS_KEPT = 1_000

/** What was done and not acknowledged, per room in order, kept on disk, repeated with the same id until answered. (SPEC F) */
export class Outbox {
  readonly #options: OutboxOptions
  readonly #view = new Variable<OutboxView>(EMPTY_OUTBOX)
  readonly #lanes = new Map<RoomId, Lane>()
  /** Ids of messages by the commands that posted them, for changes made before the id was known. */
  readonly #messageIds = new Map<CommandId, MessageId>()
  #entries: readonly OutboxEntry[] = []
  #userId: UserId | undefined
  #order = 0
  /** Nothing goes out before what an earlier life of this tab left behind was found. */
  #isReady = false

  constructor(options: OutboxOptions) {
    this.#options = options
  }

  get view(): Observable<OutboxView> {
    return this.#view
  }

  belongTo(userId: UserId | undefined): void {
    if (userId === this.#userId) return
    this.#userId = userId
    this.#isReady = false
    for (const entry of this.#entries) this.#options.requests.forget(entry.id)
    this.#set([])
  }

  /** Entries of earlier lives or dead tabs. They may have been written to a socket then, so nothing merges into them. */
  adopt(entries: readonly OutboxEntry[]): void {
    const known = new Set(this.#entries.map((entry) => entry.id))
    const news = entries.filter((entry) => entry.userId === this.#userId && !known.has(entry.id))
    const adopted = news.map((entry) => ({ ...entry, isWritten: true, isSending: false }))
    for (const entry of adopted) this.#order = Math.max(this.#order, entry.order)
    this.#set([...adopted, ...this.#entries].sort((a, b) => a.order - b.order))
    this.pump()
  }

  ready(): void {
    this.#isReady = true
    this.pump()
  }

  mayBeWritten(ids: ReadonlySet<string>): void {
    this.#update((entry) => (ids.has(entry.id) ? { ...entry, isWritten: true } : entry))
  }

  post(roomId: RoomId, body: string): Posted {
    const entry = this.#compose(roomId, { name: 'post-message', body })
    return { commandId: entry.id, kept: this.#add(entry, { clearDraft: { userId: entry.userId, roomId } }) }
  }

  /** `id` names a message, or the command of one that is pending. */
  change(roomId: RoomId, change: ChangeCommand): Posted {
    const queue = this.#queue(roomId)
    const { replaced, removed, isQueued } = mergeChange(queue, change)
    if (isQueued) {
      const entry = this.#compose(roomId, change)
      return { commandId: entry.id, kept: this.#add(entry, { remove: removed }) }
    }
    const byId = new Map(replaced.map((entry) => [entry.id, entry]))
    const gone = new Set(removed)
    this.#set(this.#entries.filter((entry) => !gone.has(entry.id)).map((entry) => byId.get(entry.id) ?? entry))
    const commandId = replaced[0]?.id ?? newId<CommandId>(this.#options.clock.now())
    return { commandId, kept: this.#keep({ put: replaced, remove: removed }) }
  }

  /** What a person points at: a pending message by its command, any other by its id. */
  target(id: MessageId | CommandId): ChangeCommand['target'] {
    const asCommand = id as CommandId // as: ids are unique over all kinds, so looking one up is how to know
    const messageId = this.#messageIds.get(asCommand)
    if (messageId) return { messageId }
    const isPending = this.#entries.some((entry) => entry.id === id && entry.command.name === 'post-message')
    return isPending ? { commandId: asCommand } : { messageId: id as MessageId } // as: not a command of ours
  }

  /** My own message came in the room's log, which acknowledges its command as well as a reply does. */
  seen(commandId: CommandId, messageId: MessageId): void {
    const entry = this.#entries.find(({ id }) => id === commandId)
    if (entry?.command.name !== 'post-message') return
    const { requests } = this.#options
    // It was answered `busy` and is not repeated now: the server must not wait for that. (SPEC F3)
    if (entry.isWritten && !entry.isSending) requests.withdraw(commandId)
    else requests.forget(commandId)
    this.#acknowledge(entry, messageId)
  }

  /** The second answer to a command that was sent twice. True when it is still in the queue. */
  late(id: CommandId, answer: Answer): boolean {
    const isQueued = this.#entries.some((entry) => entry.id === id && !entry.refusal)
    // `busy` once more says nothing new: it will be repeated as it is.
    if (isQueued && !(answer.kind === 'refusal' && isUnknown(answer.refusal))) this.#answered(id, answer)
    return isQueued
  }

  deleteNotSent(id: CommandId): void {
    if (!this.#entries.some((entry) => entry.id === id && entry.refusal)) return
    this.#set(this.#entries.filter((entry) => entry.id !== id))
    void this.#keep({ remove: [id] })
  }

  /** A refusal was final for its id, so this is a new command with the same text. */
  retryNotSent(id: CommandId): void {
    const entry = this.#entries.find((other) => other.id === id && other.refusal)
    if (!entry) return
    this.#set(this.#entries.filter((other) => other.id !== id))
    void this.#add(this.#compose(entry.roomId, entry.command), { remove: [id] })
  }

  cut(): void {
    this.#update((entry) => (entry.isSending ? { ...entry, isSending: false } : entry))
    for (const lane of this.#lanes.values()) this.#options.clock.clearTimeout(lane.timer)
    this.#lanes.clear()
  }

  /** Sends whatever may go out. */
  pump(): void {
    if (!this.#isReady || !this.#options.isLive()) return
    for (const roomId of new Set(this.#entries.map((entry) => entry.roomId))) this.#pumpRoom(roomId)
  }

  #pumpRoom(roomId: RoomId): void {
    if (!this.#isReady || !this.#options.isLive()) return
    const lane = this.#lanes.get(roomId)
    if (lane && lane.blockedUntil > this.#options.clock.now()) return
    // After a failure one at a time, so that order holds whatever the server does next.
    const batch = sendable(this.#queue(roomId), lane ? 1 : LANE_WIDTH)
    if (batch.length === 0) return
    const ids = new Set(batch.map((entry) => entry.id))
    this.#update((entry) => (ids.has(entry.id) ? { ...entry, isWritten: true, isSending: true } : entry))
    for (const entry of batch) this.#send(entry)
  }

  #send({ id, roomId, command }: OutboxEntry): void {
    const frame = { type: 'command', id, name: command.name, input: toInput(roomId, command) } as const
    this.#options.requests.call(frame, (answer) => this.#answered(id, answer), { survivesCuts: false })
  }

  #answered(id: CommandId, answer: Answer): void {
    const entry = this.#entries.find((other) => other.id === id)
    if (!entry || answer.kind === 'cut') return
    if (answer.kind === 'reply') {
      const output = answer.output as ChangeOutput // as: the server keeps the protocol; these are its commands' outputs
      this.#options.acknowledged(entry, output)
      this.#acknowledge(entry, output.messageId)
    } else if (isUnknown(answer.refusal)) this.#postpone(entry, answer.refusal)
    else {
      void this.#refuse(entry, answer.refusal).then(() => this.#withdraw(entry))
      return
    }
    this.#pumpRoom(entry.roomId)
  }

  // Only when it is kept that it was refused, or another life of this tab would send it after what comes now. (SPEC F3)
  #withdraw({ id, roomId }: OutboxEntry): void {
    this.#options.requests.withdraw(id)
    this.#pumpRoom(roomId)
  }

  #acknowledge(entry: OutboxEntry, messageId: MessageId | undefined): void {
    const resolved: OutboxEntry[] = []
    const rest = this.#entries.flatMap((other): OutboxEntry[] => {
      if (other.id === entry.id) return []
      const { command } = other
      if (!messageId || command.name === 'post-message' || !dependsOn(other, entry.id)) return [other]
      const next = { ...other, command: { ...command, target: { messageId } } }
      resolved.push(next)
      return [next]
    })
    if (messageId) this.#learnId(entry.id, messageId)
    // The way is free again, whether the reply says so or the log.
    const lane = this.#lanes.get(entry.roomId)
    if (lane && lane.blockedUntil <= this.#options.clock.now()) this.#lanes.delete(entry.roomId)
    this.#set(rest)
    void this.#keep({ put: resolved, remove: [entry.id] })
    this.#pumpRoom(entry.roomId)
  }

  #learnId(id: CommandId, messageId: MessageId): void {
    this.#messageIds.set(id, messageId)
    const [oldest] = this.#messageIds.keys()
    if (oldest && this.#messageIds.size > IDS_KEPT) this.#messageIds.delete(oldest)
  }

  /** Nobody knows whether it was stored: the same id goes out again, and later ones of the room wait behind it. */
  #postpone(entry: OutboxEntry, refusal: Refusal): void {
    const { clock, random, tell } = this.#options
    const lane = this.#lanes.get(entry.roomId) ?? { blockedUntil: 0, failures: 0, timer: undefined }
    this.#lanes.set(entry.roomId, lane)
    if (refusal.code !== 'busy' && lane.failures === 0) tell({ kind: 'server-fault', refusal })
    const backoff = 500 + backoffMs(lane.failures, random, FAULT_BACKOFF_MOST_MS)
    if (refusal.code !== 'busy') lane.failures += 1
    lane.blockedUntil = Math.max(lane.blockedUntil, clock.now() + (refusal.retryAfterMs ?? backoff))
    clock.clearTimeout(lane.timer)
    lane.timer = clock.setTimeout(() => this.#pumpRoom(entry.roomId), lane.blockedUntil - clock.now())
    this.#update((other) => (other.id === entry.id ? { ...other, isSending: false } : other))
  }

  /** Resolves when that is kept. */
  #refuse(entry: OutboxEntry, refusal: Refusal): Promise<boolean> {
    const { command, roomId } = entry
    const dependents = this.#entries.filter((other) => dependsOn(other, entry.id))
    const gone = new Set(dependents.map((other) => other.id))
    if (!('body' in command)) {
      this.#set(this.#entries.filter((other) => other.id !== entry.id))
      this.#options.tell({ kind: 'change-refused', roomId, command, refusal })
      return this.#keep({ remove: [entry.id] })
    }
    // The text that lies under "Not sent" is the one the person last saw.
    const lastEdit = dependents.findLast((other) => other.command.name === 'edit-message')
    const body = lastEdit && 'body' in lastEdit.command ? lastEdit.command.body : command.body
    const isDeleted = dependents.some((other) => other.command.name === 'delete-message')
    const refused = { ...entry, command: { ...command, body }, isSending: false, refusal }
    if (isDeleted) gone.add(entry.id)
    this.#set(
      this.#entries.filter((other) => !gone.has(other.id)).map((other) => (other.id === entry.id ? refused : other)),
    )
    return this.#keep({ put: isDeleted ? [] : [refused], remove: [...gone] })
  }

  #compose(roomId: RoomId, command: OutboxCommand): OutboxEntry {
    if (!this.#userId) throw new Error('Nobody is signed in: call enter() or whoAmI() first.')
    const now = this.#options.clock.now()
    this.#order = Math.max(this.#order + 1, now * 1_000)
    return {
      id: newId<CommandId>(now),
      userId: this.#userId,
      roomId,
      tabId: this.#options.tabId,
      order: this.#order,
      createdAt: now,
      command,
      isWritten: false,
      isSending: false,
      refusal: undefined,
    }
  }

  #add(entry: OutboxEntry, change: StorageChange): Promise<boolean> {
    const removed = new Set(change.remove)
    this.#set([...this.#entries.filter((other) => !removed.has(other.id)), entry])
    // On its way to the disk before, but not waited for by, the frame.
    const kept = this.#keep({ ...change, put: [entry] })
    this.#pumpRoom(entry.roomId)
    return kept
  }

  #keep(change: StorageChange): Promise<boolean> {
    return this.#options.storage.did((storage) => storage.write(change))
  }

  #queue(roomId: RoomId): readonly OutboxEntry[] {
    return this.#entries.filter((entry) => entry.roomId === roomId && !entry.refusal)
  }

  #update(change: (entry: OutboxEntry) => OutboxEntry): void {
    this.#set(this.#entries.map(change))
  }

  #set(all: readonly OutboxEntry[]): void {
    this.#entries = all
    const entries = all.filter((entry) => !entry.refusal)
    const notSent = all.filter((entry): entry is NotSentEntry => entry.refusal !== undefined)
    this.#view.set(all.length === 0 ? EMPTY_OUTBOX : { queued: entries.length, entries, notSent })
  }
}

function toInput(roomId: RoomId, command: OutboxCommand): Record<string, unknown> {
  if (command.name === 'post-message') return { roomId, body: command.body }
  const { target, name: _, ...rest } = command
  if (!('messageId' in target)) throw new Error('A change was sent before its message had an id')
  return { roomId, messageId: target.messageId, ...rest }
}
