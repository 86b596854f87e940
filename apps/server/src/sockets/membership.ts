import { LIMITS, type MyRoom, type UserId } from '@parley/protocol'
import type { CountingReader, MessageTail } from './message-tail.ts'

const MANY = LIMITS.unreadShown + 1

/** What the server keeps in memory of one connected person's belonging to one room, so that unread costs no read. */
export class Membership {
  /** Of a direct room: the other person. */
  peerId: UserId | undefined
  /** How they stand there, as the truth last said; undefined: not known. */
  role: MyRoom['role'] | undefined
  mutedUntil: number | undefined
  /** Read up to here; undefined: ask the truth. */
  #marker: number | undefined
  /** Unread among the messages up to `#countedTo`; undefined: ask the truth. */
  #unread: number | undefined
  #countedTo: number

  constructor(from: MyRoom | 'unknown') {
    const known = from === 'unknown' ? undefined : from
    this.peerId = known?.peer?.id
    this.role = known?.role
    this.mutedUntil = known?.mutedUntil
    this.#marker = known?.marker
    this.#unread = known?.unread
    this.#countedTo = known?.lastNumber ?? 0
  }

  get marker(): number | undefined {
    return this.#marker
  }

  /** The newest message that is known of. */
  newest(tail: MessageTail): number {
    return Math.max(tail.last, this.#countedTo)
  }

  /** The marker moved, and the truth has counted anew when `lastNumber` was the newest message. */
  mark(number: number, unread: number, lastNumber: number): void {
    this.#marker = Math.max(this.#marker ?? 0, number)
    this.#unread = unread
    this.#countedTo = Math.max(this.#countedTo, lastNumber, number)
  }

  /** A message up to which was counted is gone. */
  forgetOne({ number, authorId }: { number: number; authorId: UserId }, reader: CountingReader): void {
    if (this.#marker === undefined || number <= this.#marker || number > this.#countedTo) return
    if (authorId === reader.user.id || reader.blocked.has(authorId)) return
    // A capped count cannot be counted down.
    this.#unread = this.#unread === undefined || this.#unread >= MANY ? undefined : Math.max(0, this.#unread - 1)
  }

  /** As `forgetOne`, where the truth that was read may have known of it before it was heard of here: it is to be asked again. */
  doubtOne({ number }: { number: number }): void {
    if (this.#marker !== undefined && number > this.#marker && number <= this.#countedTo) this.#unread = undefined
  }

  /** What was read may be older than a deletion that was heard of. */
  doubt(): void {
    this.#unread = undefined
  }

  /** Unread messages, or undefined when only the truth can tell. */
  unread(tail: MessageTail, reader: CountingReader): number | undefined {
    if (this.#marker === undefined) return undefined
    if (tail.first <= this.#marker + 1) return Math.min(MANY, tail.countAbove(this.#marker, reader))
    if (this.#unread === undefined) return undefined
    if (this.#unread >= MANY || tail.last <= this.#countedTo) return this.#unread
    if (tail.first > this.#countedTo + 1) return undefined
    return Math.min(MANY, this.#unread + tail.countAbove(this.#countedTo, reader))
  }
}
