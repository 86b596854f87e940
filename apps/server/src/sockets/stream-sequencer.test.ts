import { expect, test } from 'bun:test'
import { newId, type RoomId, roomStream, type Seq, type StreamId, type UserId } from '@parley/protocol'
import type { EventsPublication } from '../rules/publication.ts'
import { FakeClock } from '../testing/fake-clock.ts'
import { StreamSequencer } from './stream-sequencer.ts'

// The log is scripted here, so that what is published can be lost, doubled and late at will.

const actorId = newId<UserId>()
const room = roomStream(newId<RoomId>())

function events(first: Seq, last = first, stream: StreamId = room): EventsPublication {
  const seqs = Array.from({ length: last - first + 1 }, (_, index) => first + index)
  return {
    kind: 'events',
    stream,
    events: seqs.map((seq) => ({ seq, type: 'member-joined', at: 1, actorId, userId: actorId })),
    users: [],
    lastNumber: 0,
  }
}

function setting({ head = 0, part = 100 } = {}) {
  const clock = new FakeClock()
  const forwarded: Seq[] = []
  const log = { head, reads: [] as Seq[], headReads: 0, isDown: false, isGone: false, hasRead: () => {} }
  const counts = { gaps: 0, faults: 0, vanished: 0, largest: 0 }
  const sequencer = new StreamSequencer({
    clock,
    fanout: { follow: () => undefined, unfollow: () => undefined },
    state: {
      heads: async (streams) => {
        log.headReads += 1
        if (log.isDown) throw new Error('down')
        const heads = new Map(streams.map((stream) => [stream, log.head]))
        log.hasRead()
        return heads
      },
      truth: {
        missed: async (stream, after) => {
          log.reads.push(after)
          if (log.isDown) throw new Error('down')
          if (log.isGone) return undefined
          const { head: now } = log
          const last = Math.min(now, after + part)
          log.hasRead()
          return { publication: last > after ? events(after + 1, last, stream) : undefined, head: now }
        },
      },
    },
    forward: (publication) => {
      counts.largest = Math.max(counts.largest, publication.events.length)
      for (const { seq } of publication.events) forwarded.push(seq)
    },
    vanished: () => {
      counts.vanished += 1
    },
    gap: () => {
      counts.gaps += 1
    },
    fault: () => {
      counts.faults += 1
    },
  })
  /** Commits and publishes. */
  const commit = (first: Seq, last = first) => {
    log.head = Math.max(log.head, last)
    sequencer.take(events(first, last))
  }
  return { clock, sequencer, forwarded, log, counts, commit }
}

async function settle(): Promise<void> {
  for (let round = 0; round < 500; round++) await Promise.resolve()
}

const upTo = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, index) => first + index)

test('[T2] what comes in order passes at once', async () => {
  const { sequencer, forwarded, commit } = setting({ head: 4 })
  await sequencer.follow([room])
  commit(5, 6)
  commit(7)
  expect(forwarded).toEqual([5, 6, 7])
})

test('[T2] what was in the log before anybody here read it is not told again, nor is anything twice', async () => {
  const { sequencer, forwarded, commit } = setting({ head: 4 })
  await sequencer.follow([room])
  commit(3, 4)
  commit(5)
  commit(5)
  commit(4, 6) // As after a repair that ended within a batch.
  expect(forwarded).toEqual([5, 6])
})

test('[T2] what comes before its turn waits for what comes by another road, and nothing is read', async () => {
  const { clock, sequencer, forwarded, log, counts, commit } = setting()
  await sequencer.follow([room])
  commit(3)
  commit(2)
  expect(forwarded).toEqual([])
  clock.advance(40)
  commit(1)
  expect(forwarded).toEqual([1, 2, 3])
  clock.advance(1_000)
  await settle()
  expect(log.reads).toEqual([])
  expect(counts.gaps).toBe(0)
})

test('[T2] what does not come is read from the log, once, and in parts', async () => {
  const { clock, sequencer, forwarded, log, counts, commit } = setting({ part: 10 })
  await sequencer.follow([room])
  commit(26)
  clock.advance(49)
  await settle()
  expect(forwarded).toEqual([])
  clock.advance(1)
  commit(27) // While it is being read.
  await settle()
  expect(forwarded).toEqual(upTo(1, 27))
  expect(log.reads).toEqual([0, 10, 20])
  expect(counts).toMatchObject({ gaps: 1, largest: 10 })
})

test('[T2] a head that is ahead is waited for a moment, then read', async () => {
  const { clock, sequencer, forwarded, log, commit } = setting()
  await sequencer.follow([room])
  log.head = 2
  sequencer.heard(new Map([[room, 2]]))
  commit(1, 2) // It was on its way.
  clock.advance(1_000)
  await settle()
  expect(log.reads).toEqual([])
  log.head = 4
  sequencer.heard(new Map([[room, 4]]))
  clock.advance(50)
  await settle()
  expect(forwarded).toEqual([1, 2, 3, 4])
  expect(log.reads).toEqual([2])
})

test.each(['the head', 'what was missed'])(
  '[T4] a head that is heard of while %s is being read is seen to afterwards',
  async (what) => {
    const { clock, sequencer, forwarded, log, commit } = setting()
    /** Another instance commits after the read, its word is lost, and the truth is asked before the read has come. */
    const commitUnheard = () => {
      log.hasRead = () => {}
      log.head = 7
      sequencer.heard(new Map([[room, 7]]))
    }
    if (what === 'the head') log.hasRead = commitUnheard
    await sequencer.follow([room])
    if (what === 'what was missed') {
      log.hasRead = commitUnheard
      commit(3)
      clock.advance(50)
      await settle()
    }
    clock.advance(50)
    await settle()
    expect(forwarded).toEqual(upTo(1, 7))
    expect(clock.pending).toBe(0)
  },
)

test('[T2] what is published before the head is known waits for it', async () => {
  const { sequencer, forwarded, commit } = setting({ head: 2 })
  const ready = sequencer.follow([room])
  commit(2)
  commit(3)
  expect(forwarded).toEqual([])
  await ready
  expect(forwarded).toEqual([3])
  commit(4)
  expect(forwarded).toEqual([3, 4])
})

test('[T2] one read tells the heads of all that is followed meanwhile', async () => {
  const { sequencer, log } = setting()
  const others = Array.from({ length: 300 }, () => roomStream(newId<RoomId>()))
  await Promise.all([sequencer.follow([room]), ...others.map((stream) => sequencer.follow([stream]))])
  expect(log.headReads).toBe(2)
})

test('while the log cannot be read little is kept, and nothing is lost', async () => {
  const { clock, sequencer, forwarded, log, counts, commit } = setting()
  await sequencer.follow([room])
  log.isDown = true
  for (let seq = 2; seq <= 5_000; seq++) commit(seq)
  for (let round = 0; round < 5; round++) {
    clock.advance(500)
    await settle()
  }
  expect(forwarded).toEqual([])
  expect(counts.faults).toBe(1)
  log.isDown = false
  clock.advance(500)
  await settle()
  expect(forwarded).toEqual(upTo(1, 5_000))
  commit(5_001)
  expect(forwarded.at(-1)).toBe(5_001)
})

test('who waits for a head gets it when the database is back', async () => {
  const { clock, sequencer, log } = setting({ head: 7 })
  log.isDown = true
  let isReady = false
  const ready = sequencer.follow([room])?.then(() => {
    isReady = true
  })
  await settle()
  clock.advance(500)
  await settle()
  expect(isReady).toBe(false)
  log.isDown = false
  clock.advance(500)
  await ready
  expect(isReady).toBe(true)
})

test('a stream that is no more is told as such, and nobody waits for it', async () => {
  const { clock, sequencer, forwarded, log, counts, commit } = setting()
  await sequencer.follow([room])
  log.isGone = true
  commit(2)
  clock.advance(50)
  await settle()
  expect(counts.vanished).toBe(1)
  expect(forwarded).toEqual([])
  clock.advance(10_000)
  expect(log.reads).toEqual([0])
})

test('what nobody follows passes as it comes, and what is given up is forgotten', async () => {
  const { clock, sequencer, forwarded, log, commit } = setting()
  commit(9)
  expect(forwarded).toEqual([9])
  await sequencer.follow([room])
  await sequencer.follow([room])
  commit(12)
  sequencer.unfollow([room])
  expect(sequencer.streams).toEqual([room])
  sequencer.unfollow([room])
  expect(sequencer.streams).toEqual([])
  clock.advance(1_000)
  await settle()
  expect(log.reads).toEqual([])
  expect(clock.pending).toBe(0)
})

test('[T4] what the log does not have is neither waited for nor told, and makes no hole', async () => {
  const { clock, sequencer, forwarded, commit, log } = setting({ head: 4 })
  await sequencer.follow([room])
  for (const untrue of [events(8), events(8, 9), events(1_000_000)]) sequencer.take(untrue)
  clock.advance(50)
  await settle()
  expect(forwarded).toEqual([])
  commit(5, 6)
  commit(7, 12)
  expect(forwarded).toEqual(upTo(5, 12))
  clock.advance(1_000)
  await settle()
  expect(log.reads).toEqual([4])
  expect(clock.pending).toBe(0)
})
