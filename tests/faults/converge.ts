import { roomStream } from '@parley/protocol'
import { readFinalLog, type Truth } from '../support/final-log.ts'
import type { History } from '../support/history.ts'
import { checkHistory, type Violation } from '../support/history-checker.ts'
import type { HistoryEntry } from '../support/history-entry.ts'
import type { Person } from '../support/person.ts'
import type { Load } from './load.ts'

export interface Verdict {
  readonly violations: readonly Violation[]
  readonly acknowledged: number
  readonly logged: number
  /** From silence until each client stood at the head, in milliseconds, ascending. */
  readonly convergedMs: readonly number[]
}

/** After the last fault: waits until every client has caught up everywhere, then lets the checker judge. */
export async function converge({
  load,
  history,
  truth,
  withinMs,
}: {
  load: Load
  history: History
  truth: Truth
  withinMs: number
}): Promise<Verdict> {
  load.stop()
  history.silence()
  const silentAt = history.now()
  // Whoever does not make it in time is reported by the checker, with everything else that it finds.
  const late = () => undefined
  await Promise.all(
    load.people.map((person) =>
      person.waitsFor('an empty outbox', () => person.client.outbox.value.queued === 0, withinMs).catch(late),
    ),
  )
  const heads = headsOf(await readFinalLog(truth))
  const convergedMs: number[] = []
  const reaches = async (person: Person, within: number) => {
    const stream = roomStream(person.roomId)
    const stands = () => history.positionOf(person.label, stream) === heads.get(stream)
    await person.waitsFor('the head', () => stands() && isSettled(person), within).catch(late)
    history.stands(person.label, stream)
    history.add(viewOf(person))
  }
  await Promise.all(
    load.people.map(async (person) => {
      await reaches(person, withinMs)
      convergedMs.push(Math.round(history.now() - silentAt))
    }),
  )
  // The rooms that nobody looked at meanwhile are resumed from where each client left them.
  history.silence()
  await Promise.all(
    load.people.map(async (person) => {
      const others = load.roomIds.filter((roomId) => roomId !== person.roomId)
      for (const roomId of others) {
        await person.opensRoom(roomId).catch(late)
        await reaches(person, withinMs)
      }
    }),
  )
  history.finish()
  const log = await readFinalLog(truth)
  for (const entry of log) history.add(entry)
  return {
    violations: checkHistory(history.entries),
    acknowledged: history.entries.filter((entry) => entry.kind === 'ok').length,
    logged: log.filter((entry) => entry.kind === 'log').length,
    convergedMs: convergedMs.sort((a, b) => a - b),
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
