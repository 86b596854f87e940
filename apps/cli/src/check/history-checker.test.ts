import { describe, expect, test } from 'bun:test'
import { checkHistory, INVARIANTS, type Invariant } from './history-checker.ts'
import type { HistoryEntry, LogRow } from './history-entry.ts'

const ROOM = 'room:1'

test('a healthy history has no violation', () => {
  expect(checkHistory(healthy())).toEqual([])
})

test('what was under way from before is no gap when a room is opened anew on the same connection', () => {
  const h = healthy()
  const reopened: HistoryEntry = { kind: 'opened', at: 90, client: 'ann', user: 'A', stream: ROOM, cursor: 3 }
  const rest = [4, 5, 6].map((seq) => deliver('ann', 'A', 91, row(h, seq)))
  const delivered = h.filter(
    (entry) => entry.kind !== 'delivered' || entry.client !== 'ann' || entry.events.every(({ seq }) => seq < 6),
  )
  expect(checkHistory(insert(delivered, 'silence', reopened, deliver('ann', 'A', 90, row(h, 6)), ...rest))).toEqual([])
})

describe('a broken history is caught by the name of what it breaks', () => {
  const broken: { name: string; caught: Invariant; breaks: (history: HistoryEntry[]) => HistoryEntry[] }[] = [
    { name: 'an acknowledged message is not stored', caught: 'I1', breaks: (h) => without(h, 'log', last(h)) },
    {
      name: 'a re-sent message is stored twice',
      caught: 'I2',
      breaks: (h) => [...h, { ...row(h, 3), seq: 7, number: 4 }],
    },
    { name: 'a hole on a rolled back insert', caught: 'I3', breaks: (h) => renumber(h, 5, 10) },
    { name: 'two messages with one number', caught: 'I3', breaks: (h) => swap(h, row(h, 6), { number: 2 }) },
    { name: 'another seq was acknowledged', caught: 'I4', breaks: (h) => swap(h, ok(h, 'b2'), { output: { seq: 4 } }) },
    {
      name: 'a frame is skipped on a line that loses nothing',
      caught: 'I5',
      breaks: (h) => without(h, 'delivered', delivery(h, 'ann', 4)),
    },
    {
      name: 'two events arrive swapped',
      caught: 'I5',
      breaks: (h) => {
        const [one, two] = [delivery(h, 'bob', 4), delivery(h, 'bob', 5)]
        return h.map((entry) => (entry === one ? two : entry === two ? one : entry))
      },
    },
    {
      name: 'an event comes once more after the room was opened',
      caught: 'I5',
      breaks: (h) => {
        const current: HistoryEntry = { kind: 'current', at: 71, client: 'ann', user: 'A', stream: ROOM, seq: 6 }
        return insert(h, 'silence', current, deliver('ann', 'A', 72, row(h, 6)))
      },
    },
    {
      name: 'a client counts a gap as read and goes on from there',
      caught: 'I5',
      breaks: (h) =>
        insert(h, 'silence', { kind: 'opened', at: 90, client: 'bob', user: 'B', stream: ROOM, cursor: 9 }),
    },
    {
      name: 'what was delivered is another event than the stored one',
      caught: 'I5',
      breaks: (h) => swap(h, delivery(h, 'bob', 4), { events: [{ seq: 4, type: 'message-posted', actorId: 'C' }] }),
    },
    {
      name: 'a client shows another text than the stored one',
      caught: 'I5',
      breaks: (h) => [
        ...h,
        { kind: 'view', client: 'ann', user: 'A', stream: ROOM, messages: [{ ...MESSAGE, body: 'older' }] },
      ],
    },
    {
      name: 'a later message overtakes an acknowledged one',
      caught: 'I6',
      breaks: (h) => exchange(h, row(h, 3), row(h, 6)),
    },
    {
      name: "a sender's two messages are stored the other way round",
      caught: 'I7',
      breaks: (h) => exchange(swap(h, ok(h, 'b1'), { at: 60 }), row(h, 4), row(h, 5)),
    },
    {
      name: 'a refused message appears',
      caught: 'I8',
      breaks: (h) => {
        const { at, client, user, id } = ok(h, 'a3')
        return h.map((entry) =>
          entry === ok(h, 'a3') ? { kind: 'refused', at, client, user, id, code: 'not-a-member' } : entry,
        )
      },
    },
    {
      name: 'a message appears that nobody sent',
      caught: 'I8',
      breaks: (h) =>
        without(
          h,
          'invoke',
          h.find((entry) => entry.kind === 'invoke' && entry.id === 'a3'),
        ),
    },
    {
      name: 'a command whose answer was lost is done twice',
      caught: 'I9',
      breaks: (h) => {
        const { at, client, user, id } = ok(h, 'a3')
        const lost = h.map(
          (entry): HistoryEntry => (entry === ok(h, 'a3') ? { kind: 'unknown', at, client, user, id } : entry),
        )
        return grow([...lost, { ...row(h, 6), seq: 7, number: 4, part: 1 }], 7, 4)
      },
    },
    {
      name: 'a person who left is still told',
      caught: 'I10',
      breaks: (h) => swap(h, row(h, 4), { type: 'member-left', actorId: 'B', subject: 'B' }),
    },
    {
      name: 'a stranger is told',
      caught: 'I10',
      breaks: (h) => insert(h, 'silence', deliver('eve', 'E', 70, row(h, 4))),
    },
    {
      name: 'a client never reaches the head',
      caught: 'I11',
      breaks: (h) => swap(h, cursor(h, 'bob'), { seq: 5 }),
    },
    {
      name: 'a client reaches the head too late',
      caught: 'I11',
      breaks: (h) => swap(h, cursor(h, 'bob'), { at: 6_000 }),
    },
    {
      name: 'a read misses what was acknowledged before it',
      caught: 'I12',
      breaks: (h) => insert(h, 'silence', { kind: 'read', at: 55, client: 'ann', user: 'A', stream: ROOM, seq: 4 }),
    },
  ]

  for (const { name, caught, breaks } of broken) {
    test(`${caught} ${INVARIANTS[caught]}: ${name}`, () => {
      const history = breaks(healthy())
      expect(history).not.toEqual(healthy())
      expect(checkHistory(history).map((violation) => violation.invariant)).toContain(caught)
    })
  }

  test('every invariant has a broken history', () => {
    expect(new Set(broken.map((one) => one.caught))).toEqual(new Set(Object.keys(INVARIANTS) as Invariant[]))
  })
})

test('what a lossy line swallows is no violation as long as the client heals', () => {
  const history = without(healthy(), 'delivered', delivery(healthy(), 'ann', 4))
  const run = history.find((entry) => entry.kind === 'run')
  const reopened: HistoryEntry = { kind: 'opened', at: 71, client: 'ann', user: 'A', stream: ROOM, cursor: 3 }
  const repaired = [4, 5, 6].map((seq) => deliver('ann', 'A', 72, row(history, seq)))
  expect(checkHistory(insert(swap(history, run, { isLossy: true }), 'silence', reopened, ...repaired))).toEqual([])
})

test('of a closed room nothing is demanded, because it was erased', () => {
  const history = healthy().filter((entry) => entry.kind !== 'log' && entry.kind !== 'head' && entry.kind !== 'message')
  expect(checkHistory([...history, { kind: 'tombstone', stream: ROOM }])).toEqual([])
})

const MESSAGE = { number: 1, id: 'm-b1', authorId: 'B', body: 'first', isDeleted: false }

// Ann makes the room (1, 2); Bob enters (3), posts b1 and b2 (4, 5); Ann posts a3 (6). Both see everything.
function healthy(): HistoryEntry[] {
  const log = [
    logged(1, 'room-created', 'A', 'a1', { part: 0 }),
    logged(2, 'member-joined', 'A', 'a1', { part: 1, subject: 'A' }),
    logged(3, 'member-joined', 'B', 'b0', { subject: 'B' }),
    logged(4, 'message-posted', 'B', 'b1', { subject: 'm-b1', number: 1 }),
    logged(5, 'message-posted', 'B', 'b2', { subject: 'm-b2', number: 2 }),
    logged(6, 'message-posted', 'A', 'a3', { subject: 'm-a3', number: 3 }),
  ]
  const ann = { client: 'ann', user: 'A' }
  const bob = { client: 'bob', user: 'B' }
  return [
    { kind: 'run', seed: 1, isLossy: false, convergeWithinMs: 5_000 },
    { kind: 'invoke', at: 1, ...ann, id: 'a1', name: 'create-room' },
    { kind: 'ok', at: 5, ...ann, id: 'a1', output: { roomId: '1', seq: 2 } },
    { kind: 'invoke', at: 10, ...bob, id: 'b0', name: 'enter-room', stream: ROOM },
    { kind: 'ok', at: 15, ...bob, id: 'b0', output: { seq: 3 } },
    ...[ann, bob].flatMap((who): HistoryEntry[] => [
      { kind: 'opened', at: 16, ...who, stream: ROOM },
      { kind: 'reset', at: 17, ...who, stream: ROOM, seq: 3 },
    ]),
    { kind: 'intend', at: 20, ...bob, id: 'b1', stream: ROOM },
    { kind: 'intend', at: 21, ...bob, id: 'b2', stream: ROOM },
    { kind: 'invoke', at: 22, ...bob, id: 'b1', name: 'post-message', stream: ROOM },
    { kind: 'invoke', at: 23, ...bob, id: 'b2', name: 'post-message', stream: ROOM },
    { kind: 'ok', at: 30, ...bob, id: 'b1', output: { messageId: 'm-b1', number: 1, seq: 4 } },
    { kind: 'ok', at: 31, ...bob, id: 'b2', output: { messageId: 'm-b2', number: 2, seq: 5 } },
    { kind: 'invoke', at: 40, ...ann, id: 'a3', name: 'post-message', stream: ROOM },
    { kind: 'ok', at: 50, ...ann, id: 'a3', output: { messageId: 'm-a3', number: 3, seq: 6 } },
    ...[ann, bob].flatMap(({ client, user }) => log.slice(3).map((one) => deliver(client, user, 60, one))),
    { kind: 'read', at: 61, ...ann, stream: ROOM, seq: 6 },
    { kind: 'silence', at: 80 },
    ...[ann, bob].map((who): HistoryEntry => ({ kind: 'cursor', at: 60, ...who, stream: ROOM, seq: 6 })),
    { kind: 'view', ...ann, stream: ROOM, messages: [MESSAGE] },
    { kind: 'head', stream: ROOM, seq: 6, number: 3 },
    ...log,
    { kind: 'message', stream: ROOM, ...MESSAGE },
  ]
}

type Logged = { kind: 'log' } & LogRow
function logged(seq: number, type: string, actorId: string, commandId: string, more: Partial<LogRow>): Logged {
  return { kind: 'log', stream: ROOM, seq, type, actorId, commandId, part: 0, ...more }
}

function deliver(client: string, user: string, at: number, { seq, type, actorId, subject }: LogRow): HistoryEntry {
  const event = { seq, type, actorId, ...(subject === undefined ? {} : { subject }) }
  return { kind: 'delivered', at, client, user, stream: ROOM, events: [event] }
}

function must<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('The hand-made history holds no such entry.')
  return value
}

const row = (history: HistoryEntry[], seq: number): Logged =>
  must(history.filter((entry) => entry.kind === 'log').find((entry) => entry.seq === seq))
const last = (history: HistoryEntry[]): Logged => row(history, 6)
const ok = (history: HistoryEntry[], id: string) =>
  must(history.filter((entry) => entry.kind === 'ok').find((entry) => entry.id === id))
const cursor = (history: HistoryEntry[], client: string) =>
  must(history.filter((entry) => entry.kind === 'cursor').find((entry) => entry.client === client))
const delivery = (history: HistoryEntry[], client: string, seq: number) =>
  must(
    history
      .filter((entry) => entry.kind === 'delivered')
      .find((entry) => entry.client === client && entry.events[0]?.seq === seq),
  )

function swap(history: HistoryEntry[], entry: HistoryEntry | undefined, change: object): HistoryEntry[] {
  const key = JSON.stringify(must(entry))
  // as: a hand-made change of an entry is an entry.
  return history.map((one) => (JSON.stringify(one) === key ? ({ ...one, ...change } as HistoryEntry) : one))
}

function without(history: HistoryEntry[], kind: HistoryEntry['kind'], entry: HistoryEntry | undefined): HistoryEntry[] {
  const key = JSON.stringify(must(entry))
  return history.filter((one) => one.kind !== kind || JSON.stringify(one) !== key)
}

function insert(history: HistoryEntry[], before: HistoryEntry['kind'], ...entries: HistoryEntry[]): HistoryEntry[] {
  const index = history.findIndex((entry) => entry.kind === before)
  return [...history.slice(0, index), ...entries, ...history.slice(index)]
}

/** Two rows of the log take each other's seq. */
function exchange(history: HistoryEntry[], one: Logged, other: Logged): HistoryEntry[] {
  return swap(swap(history, one, { seq: other.seq }), other, { seq: one.seq })
}

/** Everything from `from` on moves up by one place, as after a sequence that lost a number. */
function renumber(history: HistoryEntry[], from: number, by: number): HistoryEntry[] {
  return history.map((entry) => (entry.kind === 'log' && entry.seq >= from ? { ...entry, seq: entry.seq + by } : entry))
}

function grow(history: HistoryEntry[], seq: number, number: number): HistoryEntry[] {
  return history.map((entry) => (entry.kind === 'head' ? { ...entry, seq, number } : entry))
}
