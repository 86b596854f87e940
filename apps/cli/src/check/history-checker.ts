import { appliedEqualsLog, nothingTwice, viewsEqualLog } from './history-deliveries.ts'
import type { EntryOf, HistoryEntry, LogRow } from './history-entry.ts'
import { type Facts, gather, keyOf } from './history-facts.ts'

export type Invariant = 'I1' | 'I2' | 'I3' | 'I4' | 'I5' | 'I6' | 'I7' | 'I8' | 'I9' | 'I10' | 'I11' | 'I12'

export interface Violation {
  readonly invariant: Invariant
  readonly what: string
}

export const INVARIANTS: Readonly<Record<Invariant, string>> = {
  I1: 'what was acknowledged is in the log',
  I2: 'a command of a person is in the log once',
  I3: 'seq and number run from 1 to the head without holes',
  I4: 'the acknowledged seq is the logged one',
  I5: 'what a client applied is contiguous and equal to the log',
  I6: 'what was acknowledged before another command began comes before it',
  I7: "a sender's messages keep their order",
  I8: 'what was refused does not appear, and nothing appears that nobody sent',
  I9: 'what has an unknown outcome appears at most once',
  I10: 'nothing is delivered while not a member',
  I11: 'every cursor reaches the head soon after silence',
  I12: 'a read that began after an acknowledgement contains it',
}

/** Judges a whole history. An empty answer means that every invariant held. */
export function checkHistory(entries: readonly HistoryEntry[]): Violation[] {
  const facts = gather(entries)
  return [
    ...acknowledgedIsLogged(facts),
    ...commandIsUnique(facts),
    ...logHasNoHoles(facts),
    ...acknowledgedSeqIsLogged(facts),
    ...appliedEqualsLog(facts),
    ...nothingTwice(facts),
    ...viewsEqualLog(facts),
    ...realTimeOrder(facts),
    ...senderOrder(facts),
    ...nothingRefusedOrUninvented(facts),
    ...unknownAtMostOnce(facts),
    ...nothingForStrangers(facts),
    ...cursorsReachHead(facts),
    ...readsContainAcknowledged(facts),
  ]
}

// Commands that append an event whenever they succeed. The others succeed without one when there was nothing to change.
const ALWAYS_APPENDS = ['create-room', 'post-message', 'edit-message', 'delete-message', 'rename-room', 'change-topic']

function* acknowledgedIsLogged({ invokes, oks, rowsOf, closed }: Facts): Iterable<Violation> {
  for (const [key, invoke] of invokes) {
    const ok = oks.get(key)
    if (!ok || !ALWAYS_APPENDS.includes(invoke.name) || rowsOf.has(key)) continue
    if (closed.has(streamOfOk(invoke, ok) ?? '')) continue
    yield {
      invariant: 'I1',
      what: `${invoke.name} ${invoke.id} of ${invoke.client} was acknowledged and is not in the log`,
    }
  }
}

function* commandIsUnique({ rowsOf }: Facts): Iterable<Violation> {
  for (const rows of rowsOf.values()) {
    const parts = new Set(rows.map((row) => row.part))
    const [first] = rows
    if (first && parts.size < rows.length) {
      yield { invariant: 'I2', what: `${first.commandId} of ${first.actorId} has ${rows.length} rows: ${places(rows)}` }
    }
  }
}

function* logHasNoHoles({ log, heads, closed }: Facts): Iterable<Violation> {
  for (const [stream, rows] of log) {
    if (closed.has(stream)) continue
    const head = heads.get(stream)
    const wrong = rows.find((row, index) => row.seq !== index + 1)
    if (wrong) yield { invariant: 'I3', what: `${stream}: seq ${wrong.seq} is not where it belongs` }
    if (head && head.seq !== rows.length)
      yield { invariant: 'I3', what: `${stream}: head ${head.seq}, ${rows.length} events` }
    const numbers = rows.filter((row) => row.type === 'message-posted').map((row) => row.number)
    const misnumbered = numbers.findIndex((number, index) => number !== index + 1)
    if (misnumbered !== -1)
      yield { invariant: 'I3', what: `${stream}: number ${numbers[misnumbered]} is out of its place` }
    if (head && head.number !== numbers.length) {
      yield { invariant: 'I3', what: `${stream}: last number ${head.number}, ${numbers.length} messages` }
    }
  }
  for (const [stream, head] of heads) {
    if (!log.has(stream) && head.seq > 0) yield { invariant: 'I3', what: `${stream}: head ${head.seq}, no events` }
  }
}

function* acknowledgedSeqIsLogged({ entries, invokes, rowsOf, heads, closed }: Facts): Iterable<Violation> {
  for (const ok of entries) {
    const invoke = ok.kind === 'ok' ? invokes.get(keyOf(ok.user, ok.id)) : undefined
    if (ok.kind !== 'ok' || !invoke) continue
    const seq = seqOf(ok.output)
    const stream = streamOfOk(invoke, ok)
    if (seq === undefined || stream === undefined || closed.has(stream)) continue
    const rows = (rowsOf.get(keyOf(ok.user, ok.id)) ?? []).filter((row) => row.stream === stream)
    if (rows.length > 0 && !rows.some((row) => row.seq === seq)) {
      yield { invariant: 'I4', what: `${ok.id} was acknowledged as ${seq} and is logged as ${places(rows)}` }
    }
    const head = heads.get(stream)
    if (rows.length === 0 && head && seq > head.seq) {
      yield { invariant: 'I4', what: `${ok.id} was acknowledged as ${seq}, beyond the head ${head.seq}` }
    }
  }
}

function* realTimeOrder({ log, oks, invokes }: Facts): Iterable<Violation> {
  for (const [stream, rows] of log) {
    // From the end: when the earliest acknowledgement of anything later was before this one began, they are swapped.
    let earliest: { at: number; row: LogRow } | undefined
    for (const row of firstRowsOfCommands(rows).reverse()) {
      const key = keyOf(row.actorId, row.commandId)
      const invoke = invokes.get(key)
      if (invoke && earliest && earliest.at < invoke.at) {
        const { row: later } = earliest
        const what = `${stream}: ${later.commandId} (${later.seq}) was acknowledged before ${row.commandId} (${row.seq}) began`
        yield { invariant: 'I6', what }
      }
      const ok = oks.get(key)
      if (ok && (!earliest || ok.at < earliest.at)) earliest = { at: ok.at, row }
    }
  }
}

function* senderOrder({ entries, rowsOf, refused }: Facts): Iterable<Violation> {
  const last = new Map<string, LogRow>()
  for (const intent of entries) {
    // What was refused once and sent again is judged anew, after what came meanwhile.
    if (intent.kind !== 'intend' || refused.has(keyOf(intent.user, intent.id))) continue
    const row = rowsOf.get(keyOf(intent.user, intent.id))?.find((one) => one.stream === intent.stream)
    if (!row) continue
    const key = `${intent.client} ${intent.stream}`
    const before = last.get(key)
    if (before && before.seq > row.seq) {
      yield {
        invariant: 'I7',
        what: `${intent.client} sent ${before.commandId} first, but it is ${before.seq} and ${row.commandId} is ${row.seq}`,
      }
    }
    last.set(key, row)
  }
}

function* nothingRefusedOrUninvented({ refused, oks, rowsOf, invokes }: Facts): Iterable<Violation> {
  for (const [key, { id, code }] of refused) {
    const rows = rowsOf.get(key)
    // The repeat of a stored command may be told that its room is closed now.
    if (rows && !oks.has(key) && code !== 'room-closed') {
      yield { invariant: 'I8', what: `${id} was refused as ${code} and is in the log: ${places(rows)}` }
    }
  }
  for (const [key, rows] of rowsOf) {
    if (!invokes.has(key)) yield { invariant: 'I8', what: `nobody sent ${key}, but it is in the log: ${places(rows)}` }
  }
}

function* unknownAtMostOnce({ unknown, rowsOf }: Facts): Iterable<Violation> {
  for (const [key, { id }] of unknown) {
    // One command may bring two people into a room, each by an event of the same kind.
    const whom = ({ type, subject }: LogRow) => (type === 'member-joined' ? ` ${subject}` : '')
    const kinds = (rowsOf.get(key) ?? []).map((row) => `${row.stream} ${row.type}${whom(row)}`)
    if (new Set(kinds).size < kinds.length) {
      yield {
        invariant: 'I9',
        what: `${id}, whose outcome nobody was told, was done twice: ${places(rowsOf.get(key) ?? [])}`,
      }
    }
  }
}

function* nothingForStrangers({ entries, log, invokes, closed }: Facts): Iterable<Violation> {
  for (const entry of entries) {
    if (entry.kind !== 'delivered' && entry.kind !== 'reset') continue
    if (!entry.stream.startsWith('room:') || closed.has(entry.stream)) continue
    const seqs = entry.kind === 'reset' ? [entry.seq] : entry.events.map((event) => event.seq)
    const changes = (log.get(entry.stream) ?? []).filter((row) => isMembershipOf(row, entry.user))
    const beganAt = (row: LogRow) => invokes.get(keyOf(row.actorId, row.commandId))?.at ?? Number.NEGATIVE_INFINITY
    for (const seq of seqs) {
      const end = changes.findLast((row) => row.type !== 'member-joined' && row.seq < seq)
      const mayHaveJoined = changes.some(
        (row) => row.type === 'member-joined' && row.seq > (end?.seq ?? 0) && beganAt(row) <= entry.at,
      )
      if (mayHaveJoined) continue
      const why = end ? `after ${end.type} at ${end.seq}` : 'without ever having entered'
      yield { invariant: 'I10', what: `${entry.client} was given ${seq} of ${entry.stream} ${why}` }
    }
  }
}

function* cursorsReachHead({ run, entries, heads }: Facts): Iterable<Violation> {
  const silence = entries.find((entry) => entry.kind === 'silence')
  for (const cursor of entries) {
    if (cursor.kind !== 'cursor') continue
    const head = heads.get(cursor.stream)
    const where = `${cursor.client} on ${cursor.stream}`
    if (head && cursor.seq !== head.seq) {
      yield { invariant: 'I11', what: `${where} stands at ${cursor.seq}, the head is ${head.seq}` }
    } else if (silence) {
      const tookMs = Math.round(cursor.at - Math.max(silence.at, cursor.followedAt ?? 0))
      if (tookMs > run.convergeWithinMs)
        yield { invariant: 'I11', what: `${where} reached the head after ${tookMs} ms` }
    }
  }
}

function* readsContainAcknowledged({ entries, oks, rowsOf }: Facts): Iterable<Violation> {
  const reads = entries.filter((entry) => entry.kind === 'read')
  if (reads.length === 0) return
  const acknowledged = [...oks].flatMap(([key, ok]) => (rowsOf.get(key) ?? []).map((row) => ({ row, at: ok.at })))
  for (const read of reads) {
    const missed = acknowledged.find(({ row, at }) => row.stream === read.stream && at < read.at && row.seq > read.seq)
    if (!missed) continue
    const what = `${read.client} read ${read.stream} up to ${read.seq} after ${missed.row.seq} had been acknowledged`
    yield { invariant: 'I12', what }
  }
}

function firstRowsOfCommands(rows: readonly LogRow[]): LogRow[] {
  const seen = new Set<string>()
  return rows.filter((row) => {
    const key = keyOf(row.actorId, row.commandId)
    return !seen.has(key) && seen.add(key)
  })
}

const places = (rows: readonly LogRow[]): string => rows.map((row) => `${row.stream} ${row.seq}`).join(', ')

function streamOfOk(invoke: EntryOf<'invoke'>, { output }: EntryOf<'ok'>): string | undefined {
  if (invoke.stream !== undefined) return invoke.stream
  const isRoom = typeof output === 'object' && output !== null && 'roomId' in output
  return isRoom ? `room:${output.roomId}` : undefined
}

function seqOf(output: unknown): number | undefined {
  const hasSeq = typeof output === 'object' && output !== null && 'seq' in output
  return hasSeq && typeof output.seq === 'number' ? output.seq : undefined
}

function isMembershipOf(row: LogRow, user: string): boolean {
  return ['member-joined', 'member-left', 'member-removed'].includes(row.type) && row.subject === user
}
