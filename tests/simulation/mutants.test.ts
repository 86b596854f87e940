import { beforeAll, describe, expect, test } from 'bun:test'
import { checkHistory, type Invariant } from '../../apps/cli/src/check/history-checker.ts'
import type { EntryOf, HistoryEntry } from '../../apps/cli/src/check/history-entry.ts'
import { SeededRandom } from '../support/seeded-random.ts'
import { live } from './life.ts'

// Who checks the checker: the history of a real run, broken in one place as a faulty server would have broken it.

let healthy: readonly HistoryEntry[] = []
beforeAll(async () => {
  const result = await live({ seed: 2, people: 5, rooms: 2, acts: 150, kills: 1, loss: 0 })
  healthy = result.history
  expect(checkHistory(healthy)).toEqual([])
}, 60_000)

type Mutant = (history: readonly HistoryEntry[], random: SeededRandom) => HistoryEntry[]
const MUTANTS: readonly { name: string; caught: Invariant; mutate: Mutant }[] = [
  {
    name: 'acknowledged before the commit, which a crash then undid',
    caught: 'I1',
    mutate: (history, random) => {
      const lost = random.pick(postsOf(history))
      return history.filter((entry) => entry !== lost)
    },
  },
  {
    name: 'a number of a database sequence, taken by a transaction that rolled back',
    caught: 'I3',
    mutate: (history, random) => {
      const { stream, seq } = random.pick(postsOf(history))
      return history.map((entry) =>
        entry.kind === 'log' && entry.stream === stream && entry.seq >= seq ? { ...entry, seq: entry.seq + 1 } : entry,
      )
    },
  },
  {
    name: 'repeats detected in a cache that a restart emptied',
    caught: 'I2',
    mutate: (history, random) => [...history, { ...random.pick(postsOf(history)), seq: 100_000 }],
  },
  {
    name: 'another answer to a repeat than the first',
    caught: 'I4',
    mutate: (history, random) => {
      const again = random.pick(oksOf(history))
      return [...history, { ...again, output: { seq: 100_000 } }]
    },
  },
  {
    name: 'two events delivered as one another',
    caught: 'I5',
    mutate: (history, random) => {
      const one = random.pick(deliveriesOf(history))
      const events = one.events.map((event) => ({ ...event, type: `${event.type}?` }))
      return history.map((entry) => (entry === one ? { ...one, events } : entry))
    },
  },
  {
    name: 'delivered to somebody who never entered',
    caught: 'I10',
    mutate: (history, random) => {
      const one = random.pick(deliveriesOf(history))
      return [...history, { ...one, client: 'a stranger', user: 'a stranger' }]
    },
  },
  {
    name: 'the last page skipped',
    caught: 'I11',
    mutate: (history, random) => {
      const { stream, seq } = random.pick(headsOf(history))
      return [...history, { kind: 'cursor', at: 0, client: 'person 1', user: 'person 1', stream, seq: seq - 1 }]
    },
  },
  {
    name: 'a read from a replica that lags',
    caught: 'I12',
    mutate: (history, random) => {
      const { stream } = random.pick(postsOf(history))
      const at = Number.MAX_SAFE_INTEGER
      return [...history, { kind: 'read', at, client: 'person 1', user: 'person 1', stream, seq: 0 }]
    },
  },
]

describe('mutants of a real history are caught by name', () => {
  for (const { name, caught, mutate } of MUTANTS) {
    test(`${caught}: ${name}`, () => {
      for (let seed = 1; seed <= 20; seed++) {
        const violations = checkHistory(mutate(healthy, new SeededRandom(seed)))
        expect(violations.map((violation) => violation.invariant)).toContain(caught)
      }
    })
  }
})

function ofKind<Kind extends HistoryEntry['kind']>(history: readonly HistoryEntry[], kind: Kind): EntryOf<Kind>[] {
  return history.filter((entry): entry is EntryOf<Kind> => entry.kind === kind)
}

const isOfRoom = ({ stream }: { stream: string }): boolean => stream.startsWith('room:')
const deliveriesOf = (history: readonly HistoryEntry[]) => ofKind(history, 'delivered').filter(isOfRoom)
const headsOf = (history: readonly HistoryEntry[]) => ofKind(history, 'head').filter(isOfRoom)

/** Stored posts that somebody was told of. */
function postsOf(history: readonly HistoryEntry[]): EntryOf<'log'>[] {
  const acknowledged = new Set(ofKind(history, 'ok').map((entry) => `${entry.user} ${entry.id}`))
  const posts = ofKind(history, 'log').filter((row) => row.type === 'message-posted')
  return posts.filter((row) => acknowledged.has(`${row.actorId} ${row.commandId}`))
}

function oksOf(history: readonly HistoryEntry[]): EntryOf<'ok'>[] {
  const posts = new Set(postsOf(history).map((row) => row.commandId))
  return ofKind(history, 'ok').filter((entry) => posts.has(entry.id))
}
