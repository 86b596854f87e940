import { newId, type RoomId } from '@parley/protocol'
import { memoryKb } from '../../bench/lib/proc.ts'
import { startServer, type TestServer } from '../support/harness.ts'
import { OpenLine, spread } from './line.ts'

export interface OverloadResult {
  readonly isLimited: boolean
  readonly sent: number
  readonly acknowledged: number
  readonly busy: number
  readonly stored: number
  /** Each attempt on its own, from sending to `ok` or `busy`. */
  readonly answeredMs: { readonly p50: number; readonly p99: number; readonly most: number }
  readonly grownMb: number
  readonly problems: readonly string[]
}

const PEOPLE = 20
const ROOMS = 10
/** Ten times the load of the other proofs. */
const POSTS_PER_S = 2_000
const ANSWER_WITHIN_MS = 5_000
const MEMORY_MB = 400

/** 20 people post 2,000 times a second into ten rooms, whatever the server answers; nothing accepted may be missing. */
export async function overload({
  seconds,
  isLimited,
}: {
  seconds: number
  isLimited: boolean
}): Promise<OverloadResult> {
  const free = 'guests=100000/s,all-guests=100000/s'
  const limits = isLimited ? free : `${free},posts=1000000/s,queries=1000000/s`
  await using server = await startServer({ env: { PARLEY_LIMITS: limits } })
  const people = await Promise.all(
    Array.from({ length: PEOPLE }, (_, index) => OpenLine.dials(server.url, `over ${index}`)),
  )
  const rooms: RoomId[] = []
  for (let index = 0; index < ROOMS; index++) rooms.push(await someone(people, index).createsRoom(`Over ${index}`))
  for (const [index, person] of people.entries()) {
    const roomId = rooms[index % ROOMS]
    if (roomId === undefined) throw new Error('There are no rooms.')
    await person.enters(roomId)
    person.looksAt(roomId)
  }
  const writers = people.map((line, index) => new Writer(line, rooms[index % ROOMS] ?? rooms[0] ?? fail()))
  const before = memoryKb(server.pid ?? 0).rss
  let most = before
  const endsAt = performance.now() + seconds * 1_000
  let offered = 0
  const startedAt = performance.now()
  while (performance.now() < endsAt) {
    // By the clock, so that an answer that comes late makes the load no smaller.
    const due = ((performance.now() - startedAt) / 1_000) * POSTS_PER_S
    for (; offered < due; offered++) someone(writers, offered).posts()
    most = Math.max(most, memoryKb(server.pid ?? 0).rss)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  await Promise.all(writers.map((writer) => writer.settled()))
  const stored = await storedIds(server, people, rooms)
  for (const person of people) person.hangsUp()
  return verdict({ writers, stored, grownMb: Math.round((most - before) / 1024), isLimited })
}

/** One person's posts, kept as a client has to: what was answered `busy` is repeated when it may be, before anything later. */
class Writer {
  readonly line: OpenLine
  readonly acknowledged: string[] = []
  readonly answeredMs: number[] = []
  readonly problems: string[] = []
  busy = 0
  sent = 0
  readonly #roomId: RoomId
  #open = 0
  #isHeld = false
  #settled: (() => void)[] = []

  constructor(line: OpenLine, roomId: RoomId) {
    this.line = line
    this.#roomId = roomId
    void line.closed.then((code) => this.problems.push(`${this.sent} posts sent, then closed with ${code}`))
  }

  posts(): void {
    // Somebody who was told to wait and has a post waiting writes on, but their client sends nothing.
    if (!this.#isHeld) void this.#send(newId())
  }

  settled(): Promise<void> {
    if (this.#open === 0) return Promise.resolve()
    return new Promise((resolve) => this.#settled.push(resolve))
  }

  async #send(id: string): Promise<void> {
    this.sent += 1
    this.#open += 1
    const at = performance.now()
    const answer = await this.line.asks(
      'post-message',
      { roomId: this.#roomId, body: `post ${id} ${'word '.repeat(20)}` },
      id,
    )
    this.answeredMs.push(performance.now() - at)
    if (answer?.type === 'reply')
      this.acknowledged.push((answer.output as { messageId: string }).messageId) // as: of `post-message`
    else if (answer?.code === 'busy') this.#waits(id, answer.retryAfterMs ?? 0)
    else this.problems.push(answer ? `refused: ${answer.code}` : 'never answered')
    this.#open -= 1
    if (this.#open > 0) return
    for (const resolve of this.#settled) resolve()
  }

  #waits(id: string, retryAfterMs: number): void {
    this.busy += 1
    if (retryAfterMs <= 0) this.problems.push('busy without a time')
    if (this.#isHeld) return
    this.#isHeld = true
    this.#open += 1
    setTimeout(() => {
      this.#isHeld = false
      void this.#send(id)
      this.#open -= 1
    }, retryAfterMs)
  }
}

function verdict(seen: {
  writers: readonly Writer[]
  stored: ReadonlySet<string>
  grownMb: number
  isLimited: boolean
}): OverloadResult {
  const { writers, stored, grownMb, isLimited } = seen
  const acknowledged = writers.flatMap((writer) => writer.acknowledged)
  const answeredMs = spread(writers.flatMap((writer) => writer.answeredMs))
  const known = new Set(acknowledged)
  const problems = [...new Set(writers.flatMap((writer) => writer.problems))]
  const lost = acknowledged.filter((id) => !stored.has(id)).length
  const unknown = [...stored].filter((id) => !known.has(id)).length
  if (lost > 0) problems.push(`${lost} acknowledged posts are not stored`)
  if (unknown > 0) problems.push(`${unknown} posts are stored that nobody was told of`)
  if (known.size !== acknowledged.length) problems.push('two posts were acknowledged as one')
  if (answeredMs.most > ANSWER_WITHIN_MS) problems.push(`a post was answered after ${answeredMs.most} ms`)
  if (grownMb > MEMORY_MB) problems.push(`${grownMb} MiB more memory`)
  const sum = (of: (writer: Writer) => number) => writers.reduce((total, writer) => total + of(writer), 0)
  return {
    isLimited,
    sent: sum(({ sent }) => sent),
    acknowledged: acknowledged.length,
    busy: sum(({ busy }) => busy),
    stored: stored.size,
    answeredMs,
    grownMb,
    problems,
  }
}

/** Every message of every room, read page by page. */
async function storedIds(
  server: TestServer,
  people: readonly OpenLine[],
  rooms: readonly RoomId[],
): Promise<Set<string>> {
  const ids = new Set<string>()
  for (const [index, roomId] of rooms.entries()) {
    let after = 0
    for (;;) {
      const answer = await fetch(`${server.url}/api/queries/list-messages`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${someone(people, index).token}` },
        body: JSON.stringify({ roomId, after, limit: 100 }),
      })
      if (answer.status === 429) {
        const { retryAfterMs } = (await answer.json()) as { retryAfterMs: number } // as: of every `busy`
        await new Promise((resolve) => setTimeout(resolve, retryAfterMs))
        continue
      }
      const { messages } = (await answer.json()) as { messages: { id: string; number: number }[] } // as: a page
      for (const { id } of messages) ids.add(id)
      const last = messages.at(-1)
      if (!last) break
      after = last.number
    }
  }
  return ids
}

function someone<Item>(all: readonly Item[], index: number): Item {
  return all[index % all.length] ?? fail()
}

function fail(): never {
  throw new Error('There is nobody.')
}
