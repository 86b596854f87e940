import { afterEach, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type CommandId, newId, type RoomId } from '@parley/protocol'
import { localFanout } from '../fanout/local-fanout.ts'
import { openLog } from '../log.ts'
import { openDatabase } from '../open-database.ts'
import { openState } from '../open-state.ts'
import { Refusal } from '../rules/refusal.ts'
import type { Call } from '../state.ts'
import type { Database } from '../storage/database.ts'

// The database is real; what is scripted is when it has no space left, and how long it takes to say so.

let close = async () => {}
afterEach(() => close())

async function open() {
  const dataFolder = mkdtempSync(join(tmpdir(), 'parley-test-'))
  const real = await openDatabase({ dataFolder })
  let isFull = false
  let goOn = Promise.withResolvers<void>()
  let asked = Promise.withResolvers<void>()
  let readable: Promise<void> = Promise.resolve()
  let failing = 0
  const db: Database = {
    dialect: real.dialect,
    writers: real.writers,
    async write(work) {
      if (!isFull) return real.write(work)
      asked.resolve()
      await goOn.promise
      isFull = false
      throw new Refusal('storage-full')
    },
    read: async (work) => {
      if (failing-- > 0) throw new Refusal('busy', { retryAfterMs: 1_000 })
      failing = 0
      await readable
      return real.read(work)
    },
    takeTextIds: (count) => real.takeTextIds(count),
    scrub: () => real.scrub(),
    close: () => real.close(),
  }
  const { state, accounts } = await openState({
    config: { dataFolder },
    log: openLog('silent'),
    fanout: localFanout((error) => {
      throw error
    }),
    occupancy: { occupants: (roomId) => ({ roomId, version: 0, count: 0, people: [] }), activeRooms: () => new Map() },
    db,
  })
  close = async () => {
    await state.close()
    rmSync(dataFolder, { recursive: true })
  }
  const { token } = await accounts.enter({ id: newId<CommandId>(), name: 'Ann', secret: 'x'.repeat(20) })
  const session = await accounts.authenticate(token)
  if (!session) throw new Error('Ann could not enter.')
  const lane = {}
  const does = (name: string, input: object, how: Partial<Call> = {}) => {
    const call = { id: newId<CommandId>(), name, input, actor: session.actor, lane, isKnownMember: true }
    return state.perform({ ...call, ...how })
  }
  const { roomId } = (await does('create-room', { name: 'Room' })) as { roomId: RoomId } // as: what this command answers
  return {
    posts: (body: string, how: Partial<Call> = {}) => does('post-message', { roomId, body }, how),
    leaves: () => does('leave-room', { roomId }),
    enters: () => does('enter-room', { roomId }),
    withdraws: (id: CommandId) => state.withdraw(lane, id),
    async bodies() {
      const page = await state.query(session.actor, 'list-messages', { roomId })
      return (page as { messages: { body: string }[] }).messages.map(({ body }) => body) // as: what this query answers
    },
    /** The next write fails when `fails` is called; `isAsked` tells that it began. */
    fill() {
      isFull = true
      goOn = Promise.withResolvers()
      asked = Promise.withResolvers()
      return { isAsked: asked.promise, fails: () => goOn.resolve() }
    },
    holdReads() {
      const { promise, resolve } = Promise.withResolvers<void>()
      readable = promise
      return resolve
    },
    /** The next read fails, as it does while the database is away. */
    failOneRead() {
      failing += 1
    },
  }
}

const codes = (outcomes: PromiseSettledResult<unknown>[]) =>
  outcomes.map((outcome) => (outcome.status === 'rejected' ? outcome.reason.code : 'stored'))

test('[F3] what waits in the queue behind a command that found no space is not stored before it', async () => {
  const room = await open()
  const full = room.fill()
  const one = room.posts('one')
  await full.isAsked
  const two = room.posts('two')
  full.fails()
  expect(codes(await Promise.allSettled([one, two]))).toEqual(['storage-full', 'busy'])
  expect(codes(await Promise.allSettled([room.posts('one'), room.posts('two')]))).toEqual(['stored', 'stored'])
  expect(await room.bodies()).toEqual(['one', 'two'])
})

test('[F3] nor what came after the failure, while one from before it still waits to be turned away', async () => {
  const room = await open()
  const full = room.fill()
  const one = room.posts('one')
  await full.isAsked
  const two = room.posts('two')
  full.fails()
  expect(codes(await Promise.allSettled([one]))).toEqual(['storage-full'])
  const three = room.posts('three')
  expect(codes(await Promise.allSettled([two, three]))).toEqual(['busy', 'busy'])
})

test('[F3] nor behind one whose check failed, because the database was away', async () => {
  const room = await open()
  room.failOneRead()
  const one = room.posts('one', { isKnownMember: false })
  const two = room.posts('two', { isKnownMember: false })
  const three = room.posts('three')
  expect(codes(await Promise.allSettled([one, two, three]))).toEqual(['busy', 'busy', 'busy'])
  expect(codes(await Promise.allSettled([room.posts('one'), room.posts('two')]))).toEqual(['stored', 'stored'])
  expect(await room.bodies()).toEqual(['one', 'two'])
})

test('[F3] nor what is still being checked', async () => {
  const room = await open()
  const full = room.fill()
  const one = room.posts('one')
  await full.isAsked
  const readOn = room.holdReads()
  const two = room.posts('two', { isKnownMember: false })
  full.fails()
  await one.catch(() => undefined)
  readOn()
  expect(codes(await Promise.allSettled([one, two]))).toEqual(['storage-full', 'busy'])
  expect(await room.bodies()).toEqual([])
})

test('[G13] a check that takes too long is answered in time, and what it finds at last counts for nothing', async () => {
  const room = await open()
  await room.leaves()
  const readOn = room.holdReads()
  const id = newId<CommandId>()
  const one = room.posts('one', { id, isKnownMember: false, withdraws: true })
  const two = room.posts('two', { withdraws: true })
  const startedAt = performance.now()
  expect(codes(await Promise.allSettled([one, two]))).toEqual(['busy', 'busy'])
  expect(performance.now() - startedAt).toBeLessThan(5_000)
  readOn()
  await room.enters()
  const again = [room.posts('one', { id, withdraws: true }), room.posts('two', { withdraws: true })]
  expect(codes(await Promise.allSettled(again))).toEqual(['stored', 'stored'])
  expect(await room.bodies()).toEqual(['one', 'two'])
}, 20_000)

// Of whoever says that it withdraws what was refused; `first` is refused because its author is away for a moment.
const withdraws = true

test('[F3] in the batch in which one is refused, the later ones of its lane wait', async () => {
  const room = await open()
  const id = newId<CommandId>()
  const asked = [
    room.leaves(),
    room.posts('first', { id, withdraws }),
    room.enters(),
    room.posts('second', { withdraws }),
    room.posts('of a client that does not withdraw'),
  ]
  expect(codes(await Promise.allSettled(asked))).toEqual(['stored', 'not-a-member', 'stored', 'busy', 'stored'])
  expect(codes(await Promise.allSettled([room.posts('too early', { withdraws })]))).toEqual(['busy'])
  // Its connection is cut before the refusal arrives, so it comes again, over a new one.
  const lane = {}
  await room.posts('first', { id, withdraws, lane })
  await room.posts('second', { withdraws, lane })
  expect(await room.bodies()).toEqual(['of a client that does not withdraw', 'first', 'second'])
})

test('[F3] so do those in the queue behind it, and those that are still being checked', async () => {
  const room = await open()
  await room.leaves()
  const [id, second, third] = [newId<CommandId>(), newId<CommandId>(), newId<CommandId>()]
  // Its sender is a stranger by now, which is found out by a check; the others come after the entering.
  const checked = room.posts('first', { id, withdraws, isKnownMember: false })
  const asked = [
    checked,
    room.enters(),
    room.posts('second', { id: second, withdraws }),
    room.posts('third', { id: third, withdraws, isKnownMember: false }),
  ]
  expect(codes(await Promise.allSettled(asked))).toEqual(['not-a-member', 'stored', 'busy', 'busy'])
  room.withdraws(id)
  const ahead = room.posts('third', { id: third, withdraws })
  const inTurn = [ahead, room.posts('second', { id: second, withdraws }), room.posts('third', { id: third, withdraws })]
  expect(codes(await Promise.allSettled(inTurn))).toEqual(['busy', 'stored', 'stored'])
  expect(await room.bodies()).toEqual(['second', 'third'])
})

test('[A6] what was stored before is answered as before, whatever waits', async () => {
  const room = await open()
  const stored = newId<CommandId>()
  const first = await room.posts('stored', { id: stored, withdraws })
  const refused = room.posts('   ', { withdraws })
  expect(codes(await Promise.allSettled([refused]))).toEqual(['message-empty'])
  expect(await room.posts('stored', { id: stored, withdraws })).toEqual(first)
  expect(codes(await Promise.allSettled([room.posts('later', { withdraws })]))).toEqual(['busy'])
})
