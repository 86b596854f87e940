import { Database as SqliteHandle } from 'bun:sqlite'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type CommandId, newId, type RoomId, type User } from '@parley/protocol'
import pg from 'pg'
import type { Entered } from '../../apps/server/src/accounts/accounts.ts'
import { openLog } from '../../apps/server/src/log.ts'
import { openState } from '../../apps/server/src/open-state.ts'
import type { Actor } from '../../apps/server/src/rules/actor.ts'
import { startServer, type TestServer } from '../support/harness.ts'
import { HeardFanout } from '../support/state.ts'
import { temporaryDatabase } from '../support/temporary-database.ts'

export interface EraseRunResult {
  readonly messages: number
  /** From the answer to `delete-account` to the receipt, down time included. */
  readonly erasedInMs: number
  /** How many were erased when the server was killed. */
  readonly erasedBeforeKill: number
  /** Of those who posted in the same room meanwhile: how long an answer took, in milliseconds. */
  readonly post: { readonly count: number; readonly median: number; readonly p99: number; readonly longest: number }
  /** Events in the room's log that tell of it. */
  readonly events: number
  /** What was found that should not be. */
  readonly left: readonly string[]
}

const SECRET_WORD = 'quokkaflamingo'
const IN_FLIGHT = 400

/**
 * Somebody with many messages in two rooms, between those of somebody else, deletes the account and has them erased, while
 * the other one posts. The server may be killed in the middle and started again.
 */
export async function eraseRun(ask: {
  readonly database: 'sqlite' | 'postgres'
  readonly messages: number
  readonly isKilled: boolean
}): Promise<EraseRunResult> {
  const database = ask.database === 'postgres' ? await temporaryDatabase() : undefined
  const server = await startServer(database ? { database: 'postgres', databaseUrl: database.url } : {})
  await server.terminate()
  const { ann, bob, rooms } = await fill(server, ask.messages)
  await server.start()
  const count = new Counts(server)
  try {
    const began = performance.now()
    const posting = new Posting(server, bob.token, rooms[0])
    await command(server, ann.token, 'delete-account', { password: PASSWORD, messages: 'erase' })
    let erasedBeforeKill = 0
    if (ask.isKilled) {
      erasedBeforeKill = await count.until(ann.user, ({ messages }) => messages > 0)
      await server.kill9()
      erasedBeforeKill = (await count.job(ann.user)).messages
      await server.start()
    }
    await count.until(ann.user, ({ finished_at }) => finished_at !== null)
    const erasedInMs = Math.round(performance.now() - began)
    const took = await posting.stop()
    await server.terminate()
    const events = await count.number(
      `select count(*) as n from events where type in ('message-deleted', 'messages-erased')`,
    )
    const left = [...(await count.left(ann.user, ask.messages)), ...(database ? [] : readableIn(server.dataFolder))]
    const at = (share: number) => Math.round((took[Math.floor((took.length - 1) * share)] ?? 0) * 10) / 10
    const post = { count: took.length, median: at(0.5), p99: at(0.99), longest: at(1) }
    return { messages: ask.messages, erasedInMs, erasedBeforeKill, post, events, left }
  } finally {
    await count.close()
    await server.stop()
    await database?.drop()
  }
}

const PASSWORD = 'four boats at dawn'

/** Through the commands themselves, without the way over HTTP. */
async function fill({ dataFolder, databaseUrl }: TestServer, messages: number) {
  const { state, accounts } = await openState({
    config: { dataFolder, ...(databaseUrl !== undefined && { databaseUrl }) },
    log: openLog('silent'),
    fanout: new HeardFanout(),
    occupancy: { roomsWithin: () => [], inRoom: () => ({ count: 0, people: [] }) } as never, // as: nobody is anywhere
  })
  const register = (handle: string) => accounts.register({ handle, name: handle, password: PASSWORD })
  const [ann, bob] = [await register('ann'), await register('bob')]
  const actorOf = async ({ token }: Entered): Promise<Actor> => {
    const session = await accounts.authenticate(token)
    if (!session) throw new Error('Nobody is signed in.')
    return session.actor
  }
  const [asAnn, asBob] = [await actorOf(ann), await actorOf(bob)]
  const perform = (actor: Actor, name: 'create-room' | 'enter-room' | 'post-message' | 'add-reaction', input: object) =>
    state.perform({ name, id: newId<CommandId>(), input, actor, lane: {} } as never) as Promise<object> // as: any command
  const rooms: RoomId[] = []
  for (const name of ['Harbour', 'Lighthouse']) {
    const { roomId } = (await perform(asBob, 'create-room', { name })) as { roomId: RoomId }
    await perform(asAnn, 'enter-room', { roomId })
    rooms.push(roomId)
  }
  for (let posted = 0; posted < messages; posted += IN_FLIGHT) {
    const some = Array.from({ length: Math.min(IN_FLIGHT, messages - posted) }, (_, i) => {
      const roomId = rooms[(posted + i) % 2]
      const hers = perform(asAnn, 'post-message', { roomId, body: `${SECRET_WORD} ${posted + i}` })
      return i % 10 === 0 ? [hers, perform(asBob, 'post-message', { roomId, body: `between ${posted + i}` })] : [hers]
    })
    await Promise.all(some.flat())
  }
  await state.close()
  return { ann, bob, rooms: rooms as [RoomId, RoomId] } // as: two were made
}

/** Posts again and again, one after the other, and notes how long each took; what fails while the server is down is not counted. */
class Posting {
  readonly #took: number[] = []
  readonly #done: Promise<void>
  #isOver = false

  constructor(server: TestServer, token: string, roomId: RoomId) {
    this.#done = this.#post(server, token, roomId)
  }

  async #post(server: TestServer, token: string, roomId: RoomId): Promise<void> {
    while (!this.#isOver) {
      const began = performance.now()
      const isPosted = await command(server, token, 'post-message', { roomId, body: 'meanwhile' }).catch(() => false)
      if (isPosted) this.#took.push(performance.now() - began)
      await new Promise((resolve) => setTimeout(resolve, 100)) // Not faster than people are let.
    }
  }

  async stop(): Promise<number[]> {
    this.#isOver = true
    await this.#done
    return this.#took.sort((a, b) => a - b)
  }
}

async function command(server: TestServer, token: string, name: string, input: object): Promise<true> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const response = await fetch(`${server.url}/api/commands/${name}`, {
    method: 'POST',
    headers,
    body: JSON.stringify(input),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${name}: ${response.status} ${text}`)
  return true
}

interface Job {
  readonly messages: number
  readonly finished_at: number | null
}

/** Looks into the database from outside. */
class Counts {
  readonly #pool: pg.Pool | undefined
  readonly #file: string

  constructor({ dataFolder, databaseUrl }: TestServer) {
    this.#pool = databaseUrl === undefined ? undefined : new pg.Pool({ connectionString: databaseUrl, max: 1 })
    this.#file = join(dataFolder, 'parley.db')
  }

  async job({ id }: User): Promise<Job> {
    const [row] = await this.#all(`select messages, finished_at from erasures where subject = '${id}'`)
    return { messages: Number(row?.messages ?? 0), finished_at: row?.finished_at ? Number(row.finished_at) : null }
  }

  async until(user: User, isSo: (job: Job) => boolean): Promise<number> {
    const deadline = Date.now() + 15 * 60_000
    for (;;) {
      const job = await this.job(user)
      if (isSo(job)) return job.messages
      if (Date.now() > deadline) throw new Error(`It was not done in time: ${JSON.stringify(job)}`)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }

  async number(sql: string): Promise<number> {
    return Number((await this.#all(sql))[0]?.n)
  }

  async left({ id }: User, messages: number): Promise<string[]> {
    const isReadable = this.#pool ? `t.body <> ''` : `hex(t.body) <> hex(zeroblob(length(t.body)))`
    const of = (table: string, column: string) => `select count(*) as n from ${table} where ${column} = '${id}'`
    const checks = {
      standing: `${of('messages', 'author_id')} and deleted_at is null`,
      readable: `select count(*) as n from messages m join texts t on t.id = m.text_id where m.author_id = '${id}' and ${isReadable}`,
      members: of('members', 'user_id'),
      sessions: of('sessions', 'user_id'),
      credentials: of('accounts', 'user_id'),
      holes: `select count(*) as n from streams s where s.head <> (select count(*) from events e where e.stream = s.id)`,
    }
    const found: string[] = []
    for (const [what, sql] of Object.entries(checks)) {
      const n = await this.number(sql)
      if (n > 0) found.push(`${what}: ${n}`)
    }
    const job = await this.job({ id } as User) // as: only the id is read
    if (job.messages !== messages) found.push(`the receipt counts ${job.messages} of ${messages}`)
    return found
  }

  close(): Promise<void> {
    return this.#pool?.end() ?? Promise.resolve()
  }

  async #all(sql: string): Promise<Record<string, unknown>[]> {
    if (this.#pool) return (await this.#pool.query<Record<string, unknown>>(sql)).rows
    const handle = new SqliteHandle(this.#file, { readwrite: true, create: false })
    handle.run('pragma busy_timeout = 5000')
    try {
      return handle.query<Record<string, unknown>, []>(sql).all()
    } finally {
      handle.close()
    }
  }
}

function readableIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (!entry.isFile()) return []
    return readFileSync(join(folder, entry.name)).includes(SECRET_WORD) ? [`bytes in ${entry.name}`] : []
  })
}
