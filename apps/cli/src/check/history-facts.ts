import type { EntryOf, HistoryEntry, LogRow } from './history-entry.ts'

/** A history, sorted out for judging. */
export interface Facts {
  readonly run: Omit<EntryOf<'run'>, 'kind'>
  readonly entries: readonly HistoryEntry[]
  /** By stream, ascending by seq. */
  readonly log: ReadonlyMap<string, readonly LogRow[]>
  readonly heads: ReadonlyMap<string, EntryOf<'head'>>
  /** Rows of a command by person and id, across streams. */
  readonly rowsOf: ReadonlyMap<string, readonly LogRow[]>
  readonly invokes: ReadonlyMap<string, EntryOf<'invoke'>>
  readonly oks: ReadonlyMap<string, EntryOf<'ok'>>
  readonly refused: ReadonlyMap<string, EntryOf<'refused'>>
  readonly unknown: ReadonlyMap<string, EntryOf<'unknown'>>
  /** Rooms that were closed: their history is erased, so nothing can be said about it. */
  readonly closed: ReadonlySet<string>
}

export function gather(entries: readonly HistoryEntry[]): Facts {
  const log = new Map<string, LogRow[]>()
  const rowsOf = new Map<string, LogRow[]>()
  const invokes = new Map<string, EntryOf<'invoke'>>()
  const oks = new Map<string, EntryOf<'ok'>>()
  const refused = new Map<string, EntryOf<'refused'>>()
  const unknown = new Map<string, EntryOf<'unknown'>>()
  const heads = new Map<string, EntryOf<'head'>>()
  const closed = new Set<string>()
  let run: Facts['run'] = { seed: 0, isLossy: false, convergeWithinMs: Number.POSITIVE_INFINITY }
  for (const entry of entries) {
    switch (entry.kind) {
      case 'run':
        run = entry
        break
      case 'log':
        push(log, entry.stream, entry)
        push(rowsOf, keyOf(entry.actorId, entry.commandId), entry)
        break
      case 'head':
        heads.set(entry.stream, entry)
        break
      case 'invoke':
        invokes.set(keyOf(entry.user, entry.id), entry)
        break
      case 'ok':
        // The first answer counts: a repeat's must be the same, which the seq shows (I4).
        if (!oks.has(keyOf(entry.user, entry.id))) oks.set(keyOf(entry.user, entry.id), entry)
        break
      case 'refused':
        refused.set(keyOf(entry.user, entry.id), entry)
        break
      case 'unknown':
        unknown.set(keyOf(entry.user, entry.id), entry)
        break
      case 'tombstone':
        closed.add(entry.stream)
        break
    }
  }
  for (const rows of log.values()) rows.sort((a, b) => a.seq - b.seq)
  return { run, entries, log, heads, rowsOf, invokes, oks, refused, unknown, closed }
}

export const keyOf = (user: string, id: string): string => `${user} ${id}`

/** Finds a row at once where the log is whole, and all the same where it is not. */
export function rowAt(rows: readonly LogRow[], seq: number): LogRow | undefined {
  const expected = rows[seq - 1]
  return expected?.seq === seq ? expected : rows.find((row) => row.seq === seq)
}

function push<Value>(map: Map<string, Value[]>, key: string, value: Value): void {
  const values = map.get(key)
  if (values) values.push(value)
  else map.set(key, [value])
}
