import { expect, test } from 'bun:test'
import { newId, type RoomId, roomStream, type UserId } from '@parley/protocol'
import { PeersOverRedis } from '../fanout/peers-over-redis.ts'
import type { InstanceId } from '../rules/instance-id.ts'
import { FakeClock } from '../testing/fake-clock.ts'
import { PollTruth } from './poll-truth.ts'

// What is heard of another instance, and what it notes in the database, are scripted here.

function setting() {
  const clock = new FakeClock()
  const [self, other] = [newId<InstanceId>(), newId<InstanceId>()]
  const asked: number[] = []
  /** Of how many people at once it was asked what they are called. */
  const askedFor: number[] = []
  const faults: unknown[] = []
  const notes = new Map<InstanceId, number>()
  const peers = new PeersOverRedis({ self, send: () => {}, missed: () => {}, fault: (error) => faults.push(error) })
  const doubts: ((isDoubtful: boolean) => void)[] = []
  const fanout = {
    isDoubtful: false,
    onDoubt: (listener: (isDoubtful: boolean) => void) => {
      doubts.push(listener)
      return () => undefined
    },
  }
  const truth = {
    closings: async () => [],
    endedSessions: async () => [],
    changedPeople: async (known: ReadonlyMap<UserId, number>) => {
      askedFor.push(known.size)
      return []
    },
    noteHere: async (instance: string, ms: number) => void notes.set(instance as InstanceId, clock.now() + ms),
    noteGone: async (instance: string) => void notes.delete(instance as InstanceId),
    othersHere: async () => [...notes].flatMap(([id, until]) => (id !== self && until > clock.now() ? [id] : [])),
  }
  const poll = new PollTruth({
    clock,
    fanout,
    peers,
    state: {
      heads: async () => {
        asked.push(clock.now())
        return new Map()
      },
      truth,
    },
    sequencer: { streams: [roomStream(newId<RoomId>())], heard: () => {} },
    people: { all: () => [], sessions: () => [] },
    named: () => new Map([[newId<UserId>(), 1]]),
    lobby: { distrust: () => {} },
    makeRight: async () => {},
    route: () => {},
    fault: (error) => faults.push(error),
  })
  let count = 0
  /** Half a second passes, as the beats of the fan-out count it. */
  const halfSecond = async (does: { beats: boolean; notes: boolean }) => {
    clock.advance(500)
    const now = clock.now()
    if (does.beats) peers.heard({ from: other, count: ++count, lost: 0, content: 'beat' }, now, true)
    if (does.notes) await truth.noteHere(other, 10_000)
    peers.check(now)
    const isDoubtful = peers.isSomebodySilent(now)
    if (isDoubtful !== fanout.isDoubtful) {
      fanout.isDoubtful = isDoubtful
      for (const listener of doubts) listener(isDoubtful)
    }
    for (let round = 0; round < 50; round++) await Promise.resolve()
  }
  const pass = async (seconds: number, does: { beats: boolean; notes: boolean }) => {
    const before = asked.length
    for (let half = 0; half < 2 * seconds; half++) await halfSecond(does)
    return asked.length - before
  }
  return { clock, poll, asked, askedFor, faults, pass }
}

test('[T4] after an instance was killed the others ask often for as long as it may be alive, once more, then seldom', async () => {
  const { clock, poll, asked, faults, pass } = setting()
  await pass(20, { beats: true, notes: true })
  expect(await pass(60, { beats: true, notes: true })).toBe(3)
  const killedAt = clock.now()
  expect(await pass(10, { beats: false, notes: false })).toBeGreaterThanOrEqual(5)
  expect(await pass(5, { beats: false, notes: false })).toBeLessThanOrEqual(2)
  // Something of its last second may have been published into the void: it was read after the last sign of it.
  expect(asked.at(-1) ?? 0).toBeGreaterThanOrEqual(killedAt + 10_000)
  expect(await pass(60, { beats: false, notes: false })).toBe(3)
  poll.stop()
  expect(faults).toEqual([])
})

test('[T4] an instance that runs and is not heard is looked for as long as it runs', async () => {
  const { clock, poll, asked, faults, pass } = setting()
  await pass(20, { beats: true, notes: true })
  const cutOffAt = clock.now()
  await pass(120, { beats: false, notes: true })
  const times = [cutOffAt, ...asked.filter((at) => at > cutOffAt), clock.now()]
  const gaps = times.slice(1).map((at, index) => at - (times[index] ?? at))
  expect(Math.max(...gaps)).toBeLessThanOrEqual(5_000)
  expect(gaps.filter((gap) => gap > 2_000).length).toBeLessThanOrEqual(2)
  // It is killed out of hearing.
  await pass(13, { beats: false, notes: false })
  expect(await pass(60, { beats: false, notes: false })).toBe(3)
  poll.stop()
  expect(faults).toEqual([])
})

test('[T4] one that was killed before this one began is looked for until its note runs out', async () => {
  const { poll, pass } = setting()
  await pass(0.5, { beats: false, notes: true })
  expect(await pass(14, { beats: false, notes: false })).toBeGreaterThanOrEqual(4)
  expect(await pass(60, { beats: false, notes: false })).toBe(3)
  poll.stop()
})

test('[T4] everybody who was named is asked for when it is certain again, and seldom while it is not', async () => {
  const { poll, askedFor, pass } = setting()
  await pass(60, { beats: true, notes: true })
  expect(askedFor).toEqual([])
  await pass(9, { beats: false, notes: true })
  expect(askedFor).toEqual([1])
  await pass(60, { beats: false, notes: true })
  expect(askedFor.length).toBeWithin(3, 7)
  const before = askedFor.length
  await pass(4, { beats: true, notes: true })
  expect(askedFor.length).toBeGreaterThan(before)
  const certain = askedFor.length
  await pass(60, { beats: true, notes: true })
  expect(askedFor.length).toBe(certain)
  poll.stop()
})
