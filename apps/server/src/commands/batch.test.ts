import { expect, test } from 'bun:test'
import { type CommandId, newId, type RoomId, roomStream } from '@parley/protocol'
import { queries } from '@parley/protocol/schemas'
import { sql } from 'kysely'
import { codeOf, onBothDatabases, type Person, type Stage } from '../../../../tests/support/state.ts'
import { secretFrom } from '../accounts/secret.ts'
import type { Database } from '../storage/database.ts'
import { statement } from '../storage/statement.ts'
import { type BatchTools, type Entry, runBatch } from './batch.ts'
import { closeRoom } from './close-room.ts'
import type { Performable } from './command.ts'
import { LaneHolds } from './lane-holds.ts'
import { postMessage } from './post-message.ts'

onBothDatabases((stage) => {
  test('[S3] whoever hears of a message can read it; a refused command is not heard of', async () => {
    const ann = await stage.person('Ann')
    const roomId = await ann.createsRoom('Commits first')
    const read: Promise<boolean>[] = []
    const stop = stage.fanout.subscribe((heard) => {
      if (heard.kind !== 'events' || heard.stream !== roomStream(roomId)) return
      const numbers = heard.events.flatMap((event) =>
        'message' in event && event.message ? [event.message.number] : [],
      )
      read.push(
        ann
          .asks('list-messages', { roomId, limit: 100 })
          .then(({ messages }) => numbers.every((number) => messages.some((message) => message.number === number))),
      )
    })
    await Promise.all(Array.from({ length: 20 }, (_, index) => ann.posts(roomId, `message ${index}`)))
    const before = read.length
    expect(await codeOf(ann.posts(roomId, '   '))).toBe('message-empty')
    stop()
    expect(before).toBeGreaterThan(0)
    expect(read.length).toBe(before)
    expect(await Promise.all(read)).not.toContain(false)
  })

  test('[S5] the log is the same for every member', async () => {
    const { ann, bob, roomId } = await roomOfTwo(stage)
    const [first, second] = [
      await stage.state.catchUp(ann.actor, roomId, 0),
      await stage.state.catchUp(bob.actor, roomId, 0),
    ]
    expect(first).not.toBe('reset')
    expect(second).toEqual(first)
  })

  test('[S6] the log keeps no text, only ids and the emoji', async () => {
    const { roomId } = await roomOfTwo(stage)
    const rows = await stage.db.read((reader) => reader.lookup('events', ['stream'], [{ stream: roomStream(roomId) }]))
    expect(rows.length).toBeGreaterThanOrEqual(6)
    const log = JSON.stringify(rows)
    for (const text of ['A room for two', 'What two say', 'first words', 'second words'])
      expect(log).not.toContain(text)
    expect(log).toContain('👍')
  })

  test('[A3] a batch that is run a second time stores everything once, and one that stays open for long is told', async () => {
    const ann = await stage.person('Ann')
    const roomId = await ann.createsRoom('Twice')
    const opened: number[] = []
    let runs = 0
    const slow: Performable = {
      ...postMessage,
      perform: async (context: never) => {
        runs += 1
        await new Promise((resolve) => setTimeout(resolve, 60))
        return postMessage.perform(context)
      },
    }
    const tools = toolsOf(stage, { db: failingOnce(stage.db), noteOpen: (ms) => opened.push(ms) })
    const { outcomes } = await runBatch(tools, [entry(ann, slow, { roomId, body: 'once' })], {
      holds: new LaneHolds(),
      committed: () => undefined,
    })
    expect(runs).toBe(2)
    expect(outcomes).toEqual([{ output: expect.objectContaining({ number: 1 }) }])
    expect(await ann.asks('list-messages', { roomId })).toMatchObject({ messages: [{ body: 'once' }], lastNumber: 1 })
    expect(Math.max(...opened)).toBeGreaterThan(50)
  })

  test('[D4] nothing is erased before its line is in the ledger', async () => {
    const ann = await stage.person('Ann')
    const roomId = await ann.createsRoom('Ledger first')
    const seen: string[] = []
    const close = (writeLedger: BatchTools['writeLedger']) =>
      runBatch(toolsOf(stage, { writeLedger }), [entry(ann, closeRoom, { roomId })], {
        holds: new LaneHolds(),
        committed: () => undefined,
      })
    await expect(close(() => Promise.reject(new Error('no space for the ledger')))).rejects.toThrow('no space')
    expect((await ann.asks('get-room', { roomId })).room.name).toStartWith('Ledger first')
    await close(async (lines) => {
      // Another connection still sees the room: the commit comes later.
      seen.push(...lines.map(({ id }) => id), (await ann.asks('get-room', { roomId })).room.name)
    })
    expect(seen).toEqual([roomId, expect.stringContaining('Ledger first')])
    expect(await codeOf(ann.asks('get-room', { roomId }))).toBe('room-closed')
  })

  test('[D3] erased text is unreadable at once', async () => {
    const ann = await stage.person('Ann')
    const roomId = await ann.createsRoom('Doomed name', 'Doomed topic')
    const { messageId } = await ann.posts(roomId, 'doomed words')
    await ann.does('edit-message', { roomId, messageId, body: 'doomed other words' })
    const textsWith = async (word: string) =>
      (await stage.db.read((reader) => reader.all(allTexts, {}))).filter(({ body }) =>
        body.toLowerCase().includes(word),
      )
    expect((await textsWith('doomed')).length).toBeGreaterThanOrEqual(3)
    await ann.does('close-room', { roomId })
    await stage.eraser.settled()
    expect(await textsWith('doomed')).toEqual([])
  })

  test('[C1] what is written is read committed, and one read is of one moment', async () => {
    if (stage.databaseName === 'sqlite') {
      // SQLite has one writer and snapshots; what it must keep apart is told by [B2].
      await expect(stage.db.read((reader) => reader.all(changing, {}))).rejects.toThrow(/readonly|read-only/i)
      return
    }
    const write = await stage.db.write((writer) => writer.first(isolation, {}))
    const read = await stage.db.read((reader) => reader.first(isolation, {}))
    expect(write).toEqual({ level: 'read committed', isReadOnly: 'off' })
    expect(read).toEqual({ level: 'repeatable read', isReadOnly: 'on' })
  })

  test('[E9] no query gives more than a page, and a page of messages names the seq of its read', async () => {
    const { ann, roomId } = await roomOfTwo(stage)
    const paged = Object.entries(queries).filter(([, { input }]) => 'limit' in input.shape)
    expect(paged.length).toBeGreaterThanOrEqual(3)
    for (const [name] of paged) {
      const input = { roomId, list: 'existing', limit: 1_000_000 }
      expect([name, await codeOf(stage.state.query(ann.actor, name, input))]).toEqual([name, 'invalid-input'])
    }
    const page = await ann.asks('list-messages', { roomId, limit: 1 })
    expect(page.messages.length).toBe(1)
    expect(page.seq).toBe((await stage.state.heads([roomStream(roomId)])).get(roomStream(roomId)) ?? 0)
  })
})

test('[B3] a statement is built once for each kind of database', () => {
  let built = 0
  const once = statement<{ id: string }>(({ db }) => {
    built += 1
    return db.selectFrom('meta').selectAll()
  })
  for (let index = 0; index < 3; index++) for (const dialect of ['sqlite', 'postgres'] as const) once.compile(dialect)
  expect(built).toBe(2)
  expect(once.compile('sqlite')).toBe(once.compile('sqlite'))
})

async function roomOfTwo(stage: Stage): Promise<{ ann: Person; bob: Person; roomId: RoomId }> {
  const ann = await stage.person('Ann')
  const bob = await stage.person('Bob')
  const roomId = await ann.createsRoom('A room for two', 'What two say')
  await bob.does('enter-room', { roomId })
  const { messageId } = await ann.posts(roomId, 'first words')
  await ann.does('edit-message', { roomId, messageId, body: 'second words' })
  await bob.does('add-reaction', { roomId, messageId, emoji: '👍' })
  return { ann, bob, roomId }
}

function entry(
  person: Person,
  command: Performable,
  input: { readonly roomId: RoomId; readonly body?: string },
): Entry {
  const actor = person.actor.user
  const rest = {
    lane: {},
    arrivedAt: 0,
    failures: 0,
    isInLine: false,
    resolve: () => undefined,
    reject: () => undefined,
  }
  const locks = command.locks(input as never, actor)
  return { command, id: newId<CommandId>(), input, roomId: input.roomId, actor, locks, ...rest }
}

function toolsOf(stage: Stage, own: Partial<BatchTools>): BatchTools {
  const secret = secretFrom('a secret of thirty-two characters or more')
  const nothing = {
    nameKey: (source: string) => source,
    secret,
    writeLedger: async () => undefined,
    noteOpen: () => undefined,
  }
  return { db: stage.db, now: () => stage.now, ...nothing, ...own }
}

/** Runs the first write's work and throws it away, as a deadlock does, then runs it again. */
function failingOnce(db: Database): Database {
  const again = new Error('again')
  return Object.assign(Object.create(db) as Database, {
    takeTextIds: (count: number) => db.takeTextIds(count),
    write: async <T>(work: Parameters<typeof db.write<T>>[0], committed?: () => void) => {
      const first = db.write(async (writer) => {
        await work(writer)
        throw again
      })
      await expect(first).rejects.toBe(again)
      return db.write(work, committed)
    },
  })
}

const allTexts = statement<object, { body: string }>(({ db, bodyText }) =>
  db.selectFrom('texts').select(bodyText('texts.body').as('body')),
)
const changing = statement<object, { key: string }>(({ db }) =>
  db.insertInto('meta').values({ key: 'x', value: 'y' }).returning('key'),
)
const isolation = statement<object, { level: string; isReadOnly: string }>(({ db }) =>
  db.selectNoFrom([
    sql<string>`current_setting('transaction_isolation')`.as('level'),
    sql<string>`current_setting('transaction_read_only')`.as('isReadOnly'),
  ]),
)
