import { roomStream } from '@parley/protocol'
import { attributed } from './attribute.ts'
import { counted, judgedBy } from './counted.ts'
import { checkHistory, INVARIANTS, type Invariant, type Violation } from './history-checker.ts'
import type { HistoryEntry } from './history-entry.ts'
import type { RoomLog } from './reader.ts'

export interface Verdict {
  readonly invariant: Invariant
  /** The promise, in words. */
  readonly promise: string
  /** `unjudged`: nothing happened by which it could have been seen. */
  readonly result: 'held' | 'broken' | 'unjudged'
  /** What was looked at, as `2,311 events at 8 people`. */
  readonly counted: string
  /** What from outside stands for what an administrator could look up. */
  readonly judgedBy: string
  readonly violations: readonly string[]
}

export interface Evidence {
  /** What was seen, without the final log. */
  readonly entries: readonly HistoryEntry[]
  readonly logs: readonly RoomLog[]
  /** People who are not of the check and came into its rooms. */
  readonly others: ReadonlySet<string>
  readonly repeats: number
  readonly also: readonly Violation[]
}

/** The whole history, with the log as the separate reader was given it. */
export function wholeHistory({ entries, logs, others }: Evidence): HistoryEntry[] {
  // Nobody but the person can read a person's own stream, so there is no second reader to hold it against.
  const seen = entries.filter((entry) => !('stream' in entry) || entry.stream?.startsWith('room:') !== false)
  const rows = logs.flatMap((log) => attributed(log, entries))
  const foreign = rows.filter((row) => others.has(row.actorId))
  return [
    ...seen,
    ...foreign.map(({ actorId, commandId, stream }): HistoryEntry => {
      return {
        kind: 'invoke',
        at: 0,
        client: 'somebody else',
        user: actorId,
        id: commandId,
        name: 'of their own',
        stream,
      }
    }),
    ...logs.map(({ roomId, head }): HistoryEntry => ({ kind: 'head', stream: roomStream(roomId), ...head })),
    ...rows.map((row): HistoryEntry => ({ kind: 'log', ...row })),
    ...logs.flatMap(({ roomId, messages }) =>
      messages.map(
        ({ number, id, authorId, body, deletedAt }): HistoryEntry => ({
          kind: 'message',
          stream: roomStream(roomId),
          number,
          id,
          authorId,
          body,
          isDeleted: deletedAt !== undefined,
        }),
      ),
    ),
  ]
}

export function judge(history: readonly HistoryEntry[], { repeats, also }: Evidence): Verdict[] {
  const violations = [...checkHistory(history), ...also]
  const counts = counted(history, repeats)
  const names = Object.keys(INVARIANTS) as Invariant[] // as: the keys of the very table
  return names.map((invariant) => {
    const broken = violations.filter((violation) => violation.invariant === invariant).map(({ what }) => what)
    const { count, words } = counts[invariant]
    return {
      invariant,
      promise: INVARIANTS[invariant],
      result: broken.length > 0 ? 'broken' : count === 0 ? 'unjudged' : 'held',
      counted: words,
      judgedBy: judgedBy[invariant],
      violations: broken,
    }
  })
}
