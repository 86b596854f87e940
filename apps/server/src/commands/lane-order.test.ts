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
  const does = (name: string, input: object, isKnownMember = true) =>
    state.perform({ id: newId<CommandId>(), name, input, actor: session.actor, lane, isKnownMember })
  const { roomId } = (await does('create-room', { name: 'Room' })) as { roomId: RoomId } // as: what this command answers
  return {
    posts: (body: string, isKnownMember = true) => does('post-message', { roomId, body }, isKnownMember),
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

test('[F3] nor what is still being checked', async () => {
  const room = await open()
  const full = room.fill()
  const one = room.posts('one')
  await full.isAsked
  const readOn = room.holdReads()
  const two = room.posts('two', false)
  full.fails()
  await one.catch(() => undefined)
  readOn()
  expect(codes(await Promise.allSettled([one, two]))).toEqual(['storage-full', 'busy'])
  expect(await room.bodies()).toEqual([])
})
