import { type RoomId, roomStream } from '@parley/protocol'
import type { History } from './history.ts'
import type { Violation } from './history-checker.ts'
import type { HistoryEntry } from './history-entry.ts'
import type { SeededRandom } from './seeded-random.ts'
import type { Visitor } from './visitor.ts'
import { waitFor } from './wait-for.ts'

/** What a client that lost something has for finding and mending it. (SPEC E7; at most 25 s at p99) */
export const CONVERGE_WITHIN_MS = 25_000
const SAID_WITHIN_MS = 45_000
const OPENED_WITHIN_MS = 15_000

export interface SettleAsk {
  readonly visitors: readonly Visitor[]
  readonly roomIds: readonly RoomId[]
  readonly history: History
  readonly random: SeededRandom
  readonly signal: AbortSignal
  /** Where each room's log ends now, asked of the server. */
  readonly heads: () => Promise<ReadonlyMap<RoomId, number>>
}

/**
 * Everybody says the last that they have to say and enters every room, so that nothing is written any more; from then on each
 * client has to reach the head of every room. `troubles` are what did not come to be before that and breaks no promise.
 */
export async function settle(ask: SettleAsk): Promise<{ troubles: string[]; violations: Violation[] }> {
  const { visitors, history } = ask
  const troubles = (await Promise.all(visitors.map((visitor) => comesToRest(visitor, ask)))).flat()
  history.silence()
  const heads = await ask.heads()
  const violations = (await Promise.all(visitors.map((visitor) => visitsAll(visitor, { ...ask, heads })))).flat()
  return { troubles, violations }
}

async function comesToRest(visitor: Visitor, { roomIds, random, signal }: SettleAsk): Promise<string[]> {
  const troubles: string[] = []
  if (!(await visitor.hasSaidAll(SAID_WITHIN_MS, signal))) {
    troubles.push(`${visitor.label}: ${visitor.client.outbox.value.queued} commands had no answer for 45 s`)
  }
  for (const roomId of random.shuffled(roomIds)) {
    if (!(await visitor.opens(roomId, OPENED_WITHIN_MS, signal))) {
      troubles.push(`${visitor.label} could not open ${roomStream(roomId)} within 15 s`)
    }
  }
  return troubles
}

type Visiting = Omit<SettleAsk, 'heads'> & { readonly heads: ReadonlyMap<RoomId, number> }

async function visitsAll(visitor: Visitor, ask: Visiting): Promise<Violation[]> {
  const { roomIds, random } = ask
  const first = visitor.roomId
  const others = random.shuffled(roomIds.filter((roomId) => roomId !== first))
  for (const roomId of first === undefined ? others : [first, ...others]) {
    // Whoever has not made it in one room is reported; the other rooms would only take as long.
    if (await reachesHead(visitor, roomId, ask)) continue
    const what = `${visitor.label} did not show ${roomStream(roomId)} up to its head within 25 s`
    return ask.signal.aborted ? [] : [{ invariant: 'I11', what }]
  }
  return []
}

async function reachesHead(visitor: Visitor, roomId: RoomId, { history, heads, signal }: Visiting): Promise<boolean> {
  const stream = roomStream(roomId)
  const followedAt = history.now()
  const { client, label } = visitor
  const { view } = client.room(roomId)
  const stands = () => history.positionOf(label, stream) === heads.get(roomId)
  await visitor.opens(roomId, CONVERGE_WITHIN_MS, signal)
  const hasReached = await waitFor([view, client.outbox], () => stands() && isSettled(visitor), {
    withinMs: Math.max(0, CONVERGE_WITHIN_MS - (history.now() - followedAt)),
    signal,
  })
  history.stands(label, stream, followedAt)
  if (visitor.isInRoom) history.add(viewOf(visitor, stream))
  return hasReached
}

function isSettled({ view }: Visitor): boolean {
  return view?.phase === 'live' && view.rows.every((row) => row.status === 'posted' && !row.pendingChange)
}

function viewOf({ view, label, made }: Visitor, stream: string): HistoryEntry {
  const messages = (view?.rows ?? []).flatMap(({ number, messageId, authorId, body, isDeleted }) =>
    number === undefined || messageId === undefined ? [] : [{ number, id: messageId, authorId, body, isDeleted }],
  )
  return { kind: 'view', client: label, user: made.user.id, stream, messages }
}
