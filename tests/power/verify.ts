import { Database } from 'bun:sqlite'
import type { RoomId } from '@parley/protocol'
import { checkHistory } from '../../apps/cli/src/check/history-checker.ts'
import type { HistoryEntry } from '../../apps/cli/src/check/history-entry.ts'
import { localFanout } from '../../apps/server/src/fanout/local-fanout.ts'
import { openLog } from '../../apps/server/src/log.ts'
import { openState } from '../../apps/server/src/open-state.ts'
import { readFinalLog } from '../support/final-log.ts'

export interface Known {
  /** What clients had seen before the power went. */
  readonly entries: readonly HistoryEntry[]
  /** Whose sign-in had been answered, by their token. */
  readonly tokens: readonly string[]
}

/** Starts the state on what a power cut left and answers with everything that is not as it was promised. */
export async function verify(dataFolder: string, known: Known): Promise<string[]> {
  const problems: string[] = []
  const opened = await openState({
    config: { dataFolder },
    log: openLog('error', (line) => problems.push(line)),
    fanout: localFanout((error) => problems.push(String(error))),
    occupancy: {
      occupants: (roomId: RoomId) => ({ roomId, version: 0, count: 0, people: [] }),
      activeRooms: () => new Map(),
    },
  })
  for (const token of known.tokens) {
    if (!(await opened.accounts.authenticate(token)))
      problems.push('Somebody who had been let in is not known any more.')
  }
  await opened.state.close()
  problems.push(...integrity(dataFolder))
  const log = await readFinalLog({ dataFolder, databaseUrl: undefined })
  const violations = checkHistory([...known.entries, ...unanswered(known.entries), ...log])
  problems.push(
    ...violations.map(({ invariant, what }) => `${invariant} ${what}`),
    ...toldTooEarly(known.entries, log),
    ...openAgain(known.entries, log),
  )
  return problems
}

function integrity(dataFolder: string): string[] {
  const db = new Database(`${dataFolder}/parley.db`, { readonly: true })
  try {
    const rows = db.query<{ integrity_check: string }, []>('pragma integrity_check').all()
    return rows.map((row) => row.integrity_check).filter((answer) => answer !== 'ok')
  } finally {
    db.close()
  }
}

/** Whatever was on its way when the power went may have been stored. */
function unanswered(entries: readonly HistoryEntry[]): HistoryEntry[] {
  const answered = new Set<string>()
  for (const entry of entries)
    if (entry.kind === 'ok' || entry.kind === 'refused') answered.add(`${entry.user} ${entry.id}`)
  return entries.flatMap((entry) => {
    if (entry.kind !== 'invoke' || answered.has(`${entry.user} ${entry.id}`)) return []
    const { at, client, user, id } = entry
    return [{ kind: 'unknown', at, client, user, id } as const]
  })
}

/** Nobody may be told of what a power cut could still undo, or its seq would be given to something else. (SPEC S2) */
function toldTooEarly(entries: readonly HistoryEntry[], log: readonly HistoryEntry[]): string[] {
  const heads = new Map(log.flatMap((entry) => (entry.kind === 'head' ? [[entry.stream, entry.seq] as const] : [])))
  const closed = closedIn(log)
  return entries.flatMap((entry) => {
    if (entry.kind !== 'reset' && entry.kind !== 'current' && entry.kind !== 'read') return []
    const head = heads.get(entry.stream) ?? 0
    return entry.seq > head && !closed.has(entry.stream)
      ? [`${entry.client} was told of ${entry.seq} of ${entry.stream}, which ends at ${head}`]
      : []
  })
}

/** Rooms whose closing was acknowledged and that are there all the same. */
function openAgain(entries: readonly HistoryEntry[], log: readonly HistoryEntry[]): string[] {
  const closed = closedIn(log)
  const done = new Set(entries.flatMap((entry) => (entry.kind === 'ok' ? [`${entry.user} ${entry.id}`] : [])))
  return entries.flatMap((entry) => {
    if (entry.kind !== 'invoke' || entry.name !== 'close-room' || entry.stream === undefined) return []
    if (!done.has(`${entry.user} ${entry.id}`) || closed.has(entry.stream)) return []
    return [`the closing of ${entry.stream} was acknowledged, and it is there`]
  })
}

const closedIn = (log: readonly HistoryEntry[]): ReadonlySet<string> =>
  new Set(log.flatMap((entry) => (entry.kind === 'tombstone' ? [entry.stream] : [])))
