import type { Tables } from '../../storage/tables.ts'

type EventRow = Pick<Tables['events'], 'seq' | 'type' | 'subject' | 'number' | 'data'>
/** `either`: the room went to somebody else meanwhile, which may have ended it. */
type Role = 'member' | 'moderator' | 'either'

/** What a stream's events, told in their order, come to. */
export class LogStory {
  readonly doubled: number[] = []
  readonly brokenNumbers: string[] = []
  readonly members = new Map<string, Role>()
  events = 0
  last = 0
  /** Of the newest message. */
  number = 0
  #first: number | undefined
  readonly #holes: string[] = []

  add(row: EventRow): void {
    this.events += 1
    if (this.#first === undefined) this.#first = row.seq
    else if (row.seq === this.last) this.doubled.push(row.seq)
    else if (row.seq > this.last + 1) this.#holes.push(rangeOf(this.last + 1, row.seq - 1))
    this.last = row.seq
    this.#tell(row)
  }

  holes(floor: number): string[] {
    const first = this.#first ?? floor + 1
    return first > floor + 1 ? [rangeOf(floor + 1, first - 1), ...this.#holes] : this.#holes
  }

  #tell({ type, subject, number, data }: EventRow): void {
    const who = subject ?? ''
    if (type === 'message-posted') this.#post(number ?? 0)
    else if (type === 'member-joined') this.members.set(who, 'member')
    else if (type === 'member-left' || type === 'member-removed') this.members.delete(who)
    else if (type === 'role-changed' && this.members.has(who))
      this.members.set(who, data === 'moderator' ? 'moderator' : 'member')
    else if (type === 'owner-changed')
      for (const [userId, role] of this.members) if (role === 'moderator') this.members.set(userId, 'either')
  }

  #post(number: number): void {
    if (number !== this.number + 1) this.brokenNumbers.push(`${number} after ${this.number}`)
    this.number = Math.max(this.number, number)
  }
}

const rangeOf = (from: number, to: number): string => (from === to ? `seq ${from}` : `seqs ${from} to ${to}`)
