import { afterAll, expect, test } from 'bun:test'
import { newId, type RoomId } from '@parley/protocol'
import { startPostgres } from '../../scripts/services/postgres.ts'
import { startServer, stopServers, type TestServer } from '../support/harness.ts'
import { OpenLine } from './line.ts'

afterAll(stopServers)

/** Write transactions that one instance has open at once. */
const WRITERS = 6
const OTHERS = 6
const STANDS_STILL_MS = 8_000
const ANSWER_WITHIN_MS = 5_000

test('[G13] a PostgreSQL that stands still for 8 s: every post outside a transaction is answered in 5 s; nothing is lost, doubled or reordered', async () => {
  const postgres = await startPostgres()
  try {
    const databaseUrl = await postgres.createDatabase('parley')
    const env = { PARLEY_LIMITS: 'guests=1000/s,all-guests=1000/s,posts=1000/s,queries=1000/s' }
    const server = await startServer({ database: 'postgres', databaseUrl, env })
    const writers: Writer[] = []
    for (let index = 0; index < WRITERS + OTHERS; index++) writers.push(await Writer.comes(server, index))
    const holders = writers.slice(0, WRITERS)

    postgres.pause()
    const resumesAt = performance.now() + STANDS_STILL_MS
    // One after the other, or a single batch would hold them all.
    const asked = await counted(server, 'parley_commands_total')
    const inTransaction: Promise<string>[] = []
    for (const holder of holders) {
      inTransaction.push(holder.line.asks(...holder.post('one')).then((answer) => answer?.type ?? 'none'))
      while ((await counted(server, 'parley_commands_total')) < asked + inTransaction.length);
    }
    const rest = writers.map((writer, index) =>
      writer.says(index < WRITERS ? ['two', 'three'] : ['one', 'two', 'three']),
    )
    await new Promise((resolve) => setTimeout(resolve, resumesAt - performance.now()))
    postgres.resume()
    expect(await Promise.all(inTransaction)).toEqual(holders.map(() => 'reply'))
    await Promise.all(rest)

    const slowest = Math.round(Math.max(...writers.flatMap(({ answeredMs }) => answeredMs)))
    const busy = writers.reduce((sum, writer) => sum + writer.busy, 0)
    const late = await counted(server, 'parley_waited_too_long_total')
    console.log(
      JSON.stringify({ attempts: writers.flatMap(({ answeredMs }) => answeredMs).length, busy, late, slowest }),
    )
    expect(slowest).toBeLessThan(ANSWER_WITHIN_MS)
    expect(late).toBeGreaterThanOrEqual(writers.length)
    for (const writer of writers) expect(await writer.reads()).toEqual(['before', 'one', 'two', 'three'])
    for (const { line } of writers) line.hangsUp()
    expect((await server.terminate()).code).toBe(0)
  } finally {
    postgres.resume()
    await stopServers()
    await postgres.stop()
  }
}, 120_000)

/** One person in one room, who repeats what was told `busy`, in order. */
class Writer {
  readonly line: OpenLine
  readonly answeredMs: number[] = []
  busy = 0
  readonly #url: string
  readonly #roomId: RoomId

  static async comes({ url }: TestServer, index: number): Promise<Writer> {
    const line = await OpenLine.dials(url, `still ${index}`)
    const writer = new Writer(url, line, await line.createsRoom(`Still ${index}`))
    await writer.says(['before'])
    return writer
  }

  private constructor(url: string, line: OpenLine, roomId: RoomId) {
    this.#url = url
    this.line = line
    this.#roomId = roomId
  }

  post(body: string): ['post-message', { roomId: RoomId; body: string }, string] {
    return ['post-message', { roomId: this.#roomId, body }, newId()]
  }

  async says(bodies: readonly string[]): Promise<void> {
    const posts = bodies.map((body) => this.post(body))
    const waits = await Promise.all(posts.map((post) => this.#attempt(post)))
    for (const [index, post] of posts.entries()) {
      for (let wait = waits[index] ?? 0; wait > 0; wait = await this.#attempt(post)) {
        await new Promise((resolve) => setTimeout(resolve, wait))
      }
    }
  }

  async reads(): Promise<(string | undefined)[]> {
    const response = await fetch(`${this.#url}/api/queries/list-messages`, {
      method: 'POST',
      headers: { authorization: `Bearer ${this.line.token}` },
      body: JSON.stringify({ roomId: this.#roomId, limit: 100 }),
    })
    const { messages } = (await response.json()) as { messages: { body?: string }[] } // as: a page
    return messages.map(({ body }) => body)
  }

  /** In how many milliseconds to repeat it; 0 when it is stored. */
  async #attempt(post: ReturnType<Writer['post']>): Promise<number> {
    const at = performance.now()
    const answer = await this.line.asks(...post)
    this.answeredMs.push(performance.now() - at)
    if (answer?.type === 'reply') return 0
    if (answer?.code !== 'busy' || !answer.retryAfterMs) throw new Error(`Not busy: ${JSON.stringify(answer)}`)
    this.busy += 1
    return answer.retryAfterMs
  }
}

async function counted(server: TestServer, name: string): Promise<number> {
  const metrics = await (await fetch(`${server.url}/metrics`)).text()
  return Number(new RegExp(`^${name} (\\d+)`, 'm').exec(metrics)?.[1])
}
