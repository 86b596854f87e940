import { roomStream } from '@parley/protocol'
import type { History } from '../../apps/cli/src/check/history.ts'
import { checkHistory, type Violation } from '../../apps/cli/src/check/history-checker.ts'
import type { HistoryEntry } from '../../apps/cli/src/check/history-entry.ts'
import { readFinalLog, type Truth } from '../support/final-log.ts'
import type { Person } from '../support/person.ts'
import type { Load } from './load.ts'

export interface Verdict {
  readonly violations: readonly Violation[]
  readonly acknowledged: number
  readonly logged: number
  /** From the end of the load until every outbox was empty. */
  readonly drainedMs: number
  /** From then until each client stood at the head, in milliseconds, ascending. */
  readonly convergedMs: readonly number[]
}

/** After the last fault: waits until every client has caught up everywhere, then lets the checker judge. */
export async function converge(ask: {
  load: Load
  history: History
  truth: Truth
  withinMs: number
  /** Whether everybody also resumes the rooms that they do not look at. */
  visitsAll: boolean
}): Promise<Verdict> {
  const { load, history, truth, withinMs } = ask
  load.stop()
  const stoppedAt = history.now()
  // Every outbox must run empty: repeats on new connections take their time, and nothing may be given up.
  await Promise.all(
    load.people.map((person) =>
      person.waitsFor('an empty outbox', () => person.client.outbox.value.queued === 0, 2 * withinMs),
    ),
  )
  history.silence()
  const silentAt = history.now()
  const heads = headsOf(await readFinalLog(truth))
  const convergedMs = await Promise.all(
    load.people.map(async (person) => {
      await reachesHead(person, { history, heads, withinMs })
      return Math.round(history.now() - silentAt)
    }),
  )
  // The rooms that nobody looked at meanwhile are resumed from where each client left them.
  if (ask.visitsAll) await Promise.all(load.people.map((person) => visitsOtherRooms(person, { ...ask, heads })))
  history.finish()
  if (history.frameFaults.length > 0) throw new Error(history.frameFaults.join('\n'))
  const log = await readFinalLog(truth)
  for (const entry of log) history.add(entry)
  return {
    violations: checkHistory(history.entries),
    acknowledged: history.entries.filter((entry) => entry.kind === 'ok').length,
    logged: log.filter((entry) => entry.kind === 'log').length,
    drainedMs: Math.round(silentAt - stoppedAt),
    convergedMs: convergedMs.sort((a, b) => a - b),
  }
}

interface Reaching {
  readonly history: History
  readonly heads: ReadonlyMap<string, number>
  readonly withinMs: number
}

/** Whoever does not make it in time is reported by the checker, with everything else that it finds. */
async function reachesHead(person: Person, { history, heads, withinMs }: Reaching): Promise<void> {
  const stream = roomStream(person.roomId)
  const followedAt = history.now()
  const stands = () => history.positionOf(person.label, stream) === heads.get(stream)
  await person.waitsFor('the head', () => stands() && isSettled(person), withinMs).catch(() => undefined)
  history.stands(person.label, stream, followedAt)
  history.add(viewOf(person))
}

async function visitsOtherRooms(person: Person, around: Reaching & { load: Load }): Promise<void> {
  for (const roomId of around.load.roomIds.filter((id) => id !== person.roomId)) {
    await person.opensRoom(roomId)
    await reachesHead(person, around)
  }
}

function headsOf(entries: readonly HistoryEntry[]): ReadonlyMap<string, number> {
  return new Map(entries.flatMap((entry) => (entry.kind === 'head' ? [[entry.stream, entry.seq] as const] : [])))
}

function isSettled(person: Person): boolean {
  const rows = person.view?.rows ?? []
  return person.view?.phase === 'live' && rows.every((row) => row.status === 'posted' && !row.pendingChange)
}

function viewOf(person: Person): HistoryEntry {
  const rows = person.view?.rows ?? []
  const messages = rows.flatMap(({ number, messageId, authorId, body, isDeleted }) =>
    number === undefined || messageId === undefined ? [] : [{ number, id: messageId, authorId, body, isDeleted }],
  )
  return { kind: 'view', client: person.label, user: person.user.id, stream: roomStream(person.roomId), messages }
}
