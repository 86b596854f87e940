import type { Seq, StreamId } from '@parley/protocol'
import type { Clock } from '../clock.ts'
import type { Fanout } from '../fanout/fanout.ts'
import type { EventsPublication } from '../rules/publication.ts'
import type { State } from '../state.ts'

export interface StreamSequencerParts {
  readonly clock: Clock
  readonly fanout: Pick<Fanout, 'follow' | 'unfollow'>
  readonly state: { heads: State['heads']; truth: Pick<State['truth'], 'missed'> }
  /** Takes what is next in its stream. */
  forward(publication: EventsPublication): void
  /** Hears of streams that are no more. */
  vanished(stream: StreamId): void
  /** A hole was seen, for the metrics. */
  gap(): void
  fault(error: unknown): void
}

interface Sequence {
  /** How many want it. */
  count: number
  /** The last seq that was forwarded, or that was in the log before anybody here read it; undefined until that is known. */
  last: Seq | undefined
  /** Who waits for that. */
  based: PromiseWithResolvers<void> | undefined
  /** What came too early, in ascending order, and how many events that is. */
  held: EventsPublication[]
  heldEvents: number
  /** Up to here the log is said to go, as far as no read has begun since. */
  wanted: Seq
  /** Who waits until it was forwarded so far. */
  reached: { readonly head: Seq; resolve(): void }[]
  callOffPatience: (() => void) | undefined
  isRepairing: boolean
}

/** What was published on the way here by another road is waited for that long before the log is asked. */
const PATIENCE_MS = 50
const MOST_HELD_EVENTS = 500
const REPAIRS_AT_ONCE = 4
const AFTER_FAILURE_MS = 500
const HEADS_PER_READ = 2_000

/**
 * Puts what instances publish into the order of the log, once for everybody here: commits of another instance come by Redis,
 * our own at once, so what is later may be heard earlier. What does not come at all is read from the log, once per stream. What
 * it forwards of a stream begins right after what it forwarded before. (SPEC T2)
 */
export class StreamSequencer {
  readonly #parts: StreamSequencerParts
  readonly #sequences = new Map<StreamId, Sequence>()
  #withoutBase: StreamId[] = []
  #isReadingHeads = false
  readonly #toRepair: StreamId[] = []
  #repairs = 0
  /** Reads that failed since one succeeded. */
  #failures = 0
  #isStopped = false

  constructor(parts: StreamSequencerParts) {
    this.#parts = parts
  }

  /** Every stream that is followed. */
  get streams(): readonly StreamId[] {
    return [...this.#sequences.keys()]
  }

  /**
   * News of these streams is wanted; each call wants its `unfollow`. Resolves when whoever reads a log now and then hears what
   * is forwarded misses nothing in between; undefined: that is so already.
   */
  follow(streams: readonly StreamId[]): Promise<void> | undefined {
    const fresh: StreamId[] = []
    const waits: Promise<void>[] = []
    for (const stream of streams) {
      let sequence = this.#sequences.get(stream)
      if (!sequence) {
        sequence = newSequence()
        this.#sequences.set(stream, sequence)
        fresh.push(stream)
      }
      sequence.count += 1
      if (sequence.based) waits.push(sequence.based.promise)
    }
    if (fresh.length > 0) {
      const confirmed = this.#parts.fanout.follow(fresh)
      // The head is read when nothing can be missed any more: what was committed before is in the log, the rest is heard.
      if (confirmed) void confirmed.then(() => this.#base(fresh))
      else this.#base(fresh)
    }
    return waits.length === 0 ? undefined : Promise.all(waits).then(() => undefined)
  }

  unfollow(streams: readonly StreamId[]): void {
    const gone = streams.filter((stream) => {
      const sequence = this.#sequences.get(stream)
      if (!sequence) return false
      sequence.count -= 1
      if (sequence.count > 0) return false
      this.#drop(stream, sequence)
      return true
    })
    if (gone.length > 0) this.#parts.fanout.unfollow(gone)
  }

  /** Something was published, here or elsewhere. */
  take(publication: EventsPublication): void {
    const sequence = this.#sequences.get(publication.stream)
    if (!sequence) {
      this.#parts.forward(publication)
      return
    }
    const { last } = sequence
    const first = firstOf(publication)
    if (last === undefined || sequence.isRepairing || first > last + 1) {
      this.#hold(publication, sequence)
      return
    }
    if (!this.#pass(publication, sequence)) return
    // It may have been what others waited for.
    if (sequence.held.length > 0 || sequence.callOffPatience) this.#passHeld(publication.stream, sequence)
  }

  /** How far the logs go, as the truth says: what does not arrive in a moment is read. */
  heard(heads: ReadonlyMap<StreamId, Seq>): void {
    for (const [stream, head] of heads) {
      const sequence = this.#sequences.get(stream)
      if (!sequence || head <= (sequence.last ?? 0)) continue
      // While it is being read, this is remembered for when that is done.
      sequence.wanted = Math.max(sequence.wanted, head)
      if (sequence.last !== undefined) this.#wait(stream, sequence)
    }
  }

  /** Whether what was forwarded goes as far; what is missing is looked for. */
  reaches(stream: StreamId, head: Seq): boolean {
    const last = this.#sequences.get(stream)?.last
    if (last === undefined || head <= last) return true
    this.heard(new Map([[stream, head]]))
    return false
  }

  /** Reads how far the log goes, and resolves when what was forwarded goes as far, or nobody wants it any more. */
  async catchUp(stream: StreamId): Promise<void> {
    const head = (await this.#parts.state.heads([stream])).get(stream) ?? 0
    if (this.reaches(stream, head)) return
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#sequences.get(stream)?.reached.push({ head, resolve })
    await promise
  }

  stop(): void {
    this.#isStopped = true
    for (const [stream, sequence] of this.#sequences) this.#drop(stream, sequence)
  }

  #drop(stream: StreamId, sequence: Sequence): void {
    this.#sequences.delete(stream)
    sequence.callOffPatience?.()
    sequence.based?.resolve()
    for (const { resolve } of sequence.reached) resolve()
  }

  // --- where it begins ---

  #base(streams: readonly StreamId[]): void {
    this.#withoutBase.push(...streams.filter((stream) => this.#sequences.get(stream)?.based))
    if (this.#isReadingHeads || this.#withoutBase.length === 0) return
    this.#isReadingHeads = true
    void this.#readHeads()
  }

  // One read for all that were followed while the last one was under way.
  async #readHeads(): Promise<void> {
    while (this.#withoutBase.length > 0 && !this.#isStopped) {
      const streams = this.#withoutBase.splice(0, HEADS_PER_READ)
      try {
        const heads = await this.#parts.state.heads(streams)
        this.#failures = 0
        for (const stream of streams) this.#begin(stream, heads.get(stream) ?? 0)
      } catch (error) {
        this.#withoutBase.unshift(...streams.filter((stream) => this.#sequences.has(stream)))
        await this.#afterFailure(error)
      }
    }
    this.#isReadingHeads = false
  }

  #begin(stream: StreamId, head: Seq): void {
    const sequence = this.#sequences.get(stream)
    if (!sequence || sequence.last !== undefined) return
    sequence.last = head
    sequence.based?.resolve()
    sequence.based = undefined
    this.#passHeld(stream, sequence)
  }

  // --- what is next ---

  /** False when it was known already. */
  #pass(publication: EventsPublication, sequence: Sequence): boolean {
    const last = sequence.last ?? 0
    const final = finalOf(publication)
    if (final <= last) return false
    sequence.last = final
    const isNew = firstOf(publication) > last
    this.#parts.forward(
      isNew ? publication : { ...publication, events: publication.events.filter(({ seq }) => seq > last) },
    )
    if (sequence.reached.length > 0) this.#tellReached(sequence)
    return true
  }

  #tellReached(sequence: Sequence): void {
    for (const { head, resolve } of sequence.reached) if (head <= (sequence.last ?? 0)) resolve()
    sequence.reached = sequence.reached.filter(({ head }) => head > (sequence.last ?? 0))
  }

  #passHeld(stream: StreamId, sequence: Sequence): void {
    for (;;) {
      const [next] = sequence.held
      if (!next || firstOf(next) > (sequence.last ?? 0) + 1) break
      sequence.held.shift()
      sequence.heldEvents -= next.events.length
      this.#pass(next, sequence)
    }
    const isWhole = sequence.held.length === 0 && sequence.wanted <= (sequence.last ?? 0)
    if (!isWhole) this.#wait(stream, sequence)
    else {
      sequence.callOffPatience?.()
      sequence.callOffPatience = undefined
    }
  }

  #hold(publication: EventsPublication, sequence: Sequence): void {
    const { held } = sequence
    const first = firstOf(publication)
    const place = held.findIndex((other) => firstOf(other) > first)
    held.splice(place === -1 ? held.length : place, 0, publication)
    sequence.heldEvents += publication.events.length
    sequence.wanted = Math.max(sequence.wanted, finalOf(publication))
    // What is furthest ahead is left to the log, which has it all.
    while (sequence.heldEvents > MOST_HELD_EVENTS) sequence.heldEvents -= held.pop()?.events.length ?? 0
    if (sequence.last !== undefined) this.#wait(publication.stream, sequence)
  }

  #wait(stream: StreamId, sequence: Sequence): void {
    if (sequence.isRepairing || sequence.callOffPatience) return
    sequence.callOffPatience = this.#parts.clock.after(PATIENCE_MS, () => {
      sequence.callOffPatience = undefined
      this.#parts.gap()
      sequence.isRepairing = true
      this.#toRepair.push(stream)
      this.#repairNext()
    })
  }

  // --- what did not come ---

  #repairNext(): void {
    while (this.#repairs < REPAIRS_AT_ONCE) {
      const stream = this.#toRepair.shift()
      if (stream === undefined) return
      const sequence = this.#sequences.get(stream)
      if (!sequence?.isRepairing) continue
      this.#repairs += 1
      void this.#repair(stream, sequence).finally(() => {
        this.#repairs -= 1
        this.#repairNext()
      })
    }
  }

  async #repair(stream: StreamId, sequence: Sequence): Promise<void> {
    const isWanted = () => this.#sequences.get(stream) === sequence
    while (isWanted()) {
      let part: Awaited<ReturnType<State['truth']['missed']>>
      const before = new Set(sequence.held)
      // Whatever is heard of from here on may not be in what is read.
      sequence.wanted = 0
      try {
        part = await this.#parts.state.truth.missed(stream, sequence.last ?? 0)
        this.#failures = 0
      } catch (error) {
        await this.#afterFailure(error)
        continue
      }
      if (!isWanted()) return
      if (!part) {
        sequence.isRepairing = false
        sequence.held = []
        sequence.heldEvents = 0
        sequence.wanted = 0
        for (const { resolve } of sequence.reached.splice(0)) resolve()
        this.#parts.vanished(stream)
        return
      }
      if (part.publication) this.#pass(part.publication, sequence)
      if (part.publication && (sequence.last ?? 0) < part.head) continue
      this.#dropUntrue(sequence, before, part.head)
      sequence.isRepairing = false
      this.#passHeld(stream, sequence)
      return
    }
  }

  /** What was published before a read is in what it finds. If it is not, it never happened: the log is the truth. */
  #dropUntrue(sequence: Sequence, before: ReadonlySet<EventsPublication>, head: Seq): void {
    sequence.held = sequence.held.filter((held) => finalOf(held) <= head || !before.has(held))
    sequence.heldEvents = sequence.held.reduce((sum, { events }) => sum + events.length, 0)
  }

  async #afterFailure(error: unknown): Promise<void> {
    // Each attempt of each stream fails for the same reason: once is enough to know it.
    if (this.#failures++ === 0 && !this.#isStopped) this.#parts.fault(error)
    await new Promise<void>((resolve) => this.#parts.clock.after(AFTER_FAILURE_MS, resolve))
  }
}

function newSequence(): Sequence {
  return {
    count: 0,
    last: undefined,
    based: Promise.withResolvers(),
    held: [],
    heldEvents: 0,
    wanted: 0,
    reached: [],
    callOffPatience: undefined,
    isRepairing: false,
  }
}

// A publication holds at least one event.
const firstOf = ({ events }: EventsPublication): Seq => events[0]?.seq ?? 0
const finalOf = ({ events }: EventsPublication): Seq => events.at(-1)?.seq ?? 0
