import { expect, test } from 'bun:test'
import { type CommandId, newId, type RoomId } from '@parley/protocol'
import { onBothDatabases, type Person, type Stage } from '../../../../tests/support/state.ts'
import { secretFrom } from '../accounts/secret.ts'
import type { Database } from '../storage/database.ts'
import type { Entry } from './batch.ts'
import { BatchQueue, LONGEST_WAIT_MS } from './batch-queue.ts'
import { Performer } from './perform.ts'

// Time itself is what these tests are about, so they wait for it; the database is real, with a gate before its writes.

const ANSWER_WITHIN_MS = 5_000

onBothDatabases((stage) => {
  test('[G13] while no batch can be written, what waits is told so within 5 s, and nothing is lost, doubled or reordered', async () => {
    const gate = new WriteGate(stage.db)
    let noted = 0
    const performer = performerOf(stage, gate, () => {
      noted += 1
    })
    const people = await Promise.all(
      Array.from({ length: stage.db.writers + 1 }, async (_, index) => {
        const person = await stage.person(`Ann ${index}`)
        return new Sender(performer, person, await person.createsRoom(`Room ${index}`))
      }),
    )
    const [ann, ...holders] = people
    if (!ann || !holders[0]) throw new Error('There is nobody.')
    gate.shut()
    const running: Promise<string>[] = []
    for (const holder of holders) {
      running.push(holder.posts('in a batch'))
      await gate.asked(running.length)
    }
    const startedAt = performance.now()
    const waiting = [ann.posts('one'), ann.posts('two'), holders[0].posts('behind what runs')]
    await passes(500)
    const later = ann.posts('three')
    expect(await Promise.all(waiting)).toEqual(['busy 1000', 'busy 1000', 'busy 1000'])
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(LONGEST_WAIT_MS)
    expect(performance.now() - startedAt).toBeLessThan(ANSWER_WITHIN_MS)
    gate.open()
    // It came before the refusal and has not waited long, but would overtake what was refused.
    expect(await later).toStartWith('busy')
    expect(await Promise.all(running)).toEqual(running.map(() => 'stored'))
    expect(noted).toBe(3)
    expect(await Promise.all(['one', 'two', 'three'].map((body) => ann.posts(body)))).toEqual(Array(3).fill('stored'))
    expect(await holders[0].posts('behind what runs')).toBe('stored')
    expect(await ann.reads()).toEqual(['one', 'two', 'three'])
    expect(await holders[0].reads()).toEqual(['in a batch', 'behind what runs'])
    await performer.idle()
  }, 20_000)
})

test('[S4] only what waits is refused, the oldest first, and the queue is idle when nothing is left', async () => {
  const events: string[] = []
  const goOn = Promise.withResolvers<void>()
  const queue = new BatchQueue({
    writers: 1,
    async run(entries, release) {
      events.push(`runs ${entries.map(({ id }) => id).join()}`)
      await goOn.promise
      release()
    },
    waitedTooLong: ({ id }) => events.push(`too long ${id}`),
  })
  const long = performance.now() - LONGEST_WAIT_MS
  queue.add(entry('taken', long))
  await new Promise((resolve) => setImmediate(resolve))
  for (const [id, arrivedAt] of [
    ['old', long],
    ['young', Number.POSITIVE_INFINITY],
    ['older', long - 1],
  ] as const) {
    queue.add(entry(id, arrivedAt))
  }
  while (events.length < 3) await new Promise((resolve) => setImmediate(resolve))
  goOn.resolve()
  await queue.idle()
  expect(events).toEqual(['runs taken', 'too long old', 'too long older', 'runs young'])
})

/** Somebody at one connection. */
class Sender {
  readonly #performer: Performer
  readonly #person: Person
  readonly #roomId: RoomId
  readonly #lane = {}

  constructor(performer: Performer, person: Person, roomId: RoomId) {
    this.#performer = performer
    this.#person = person
    this.#roomId = roomId
  }

  async posts(body: string): Promise<string> {
    const input = { roomId: this.#roomId, body }
    const how = { actor: this.#person.actor, lane: this.#lane, isKnownMember: true }
    try {
      await this.#performer.perform({ id: newId<CommandId>(), name: 'post-message', input, ...how })
      return 'stored'
    } catch (refusal) {
      const { code, retryAfterMs } = refusal as { code: string; retryAfterMs: number } // as: of every refusal
      return `${code} ${retryAfterMs}`
    }
  }

  async reads(): Promise<string[]> {
    const { messages } = await this.#person.asks('list-messages', { roomId: this.#roomId })
    return messages.map(({ body }) => body ?? '')
  }
}

/** Shut, every write waits before it begins. */
class WriteGate {
  readonly database: Database
  #isOpen = Promise.withResolvers<void>()
  #count = 0
  #waiting: { count: number; resolve: () => void }[] = []

  constructor(db: Database) {
    this.#isOpen.resolve()
    this.database = Object.assign(Object.create(db) as Database, {
      read: <T>(work: Parameters<typeof db.read<T>>[0]) => db.read(work),
      takeTextIds: (count: number) => db.takeTextIds(count),
      write: async <T>(work: Parameters<typeof db.write<T>>[0], committed?: () => void) => {
        this.#count += 1
        for (const { count, resolve } of this.#waiting) if (this.#count >= count) resolve()
        await this.#isOpen.promise
        return db.write(work, committed)
      },
    })
  }

  shut(): void {
    this.#isOpen = Promise.withResolvers()
    this.#count = 0
  }

  open(): void {
    this.#isOpen.resolve()
  }

  /** So many writes have come since it was shut. */
  asked(count: number): Promise<void> {
    if (this.#count >= count) return Promise.resolve()
    return new Promise((resolve) => this.#waiting.push({ count, resolve }))
  }
}

function performerOf(stage: Stage, gate: WriteGate, noteWaitedTooLong: () => void): Performer {
  return new Performer({
    db: gate.database,
    fanout: stage.fanout,
    now: () => stage.now,
    nameKey: (source) => source,
    secret: secretFrom('a secret of thirty-two characters or more'),
    writeLedger: async () => undefined,
    noteOpen: () => undefined,
    noteWaitedTooLong,
  })
}

function entry(id: string, arrivedAt: number): Entry {
  return { id, arrivedAt, lane: {}, locks: [] } as unknown as Entry // as: the queue reads nothing else of it
}

function passes(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
