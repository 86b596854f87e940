import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type CommandId, newId, type Place, type RoomId, roomStream, type ServerFrame } from '@parley/protocol'
import pg from 'pg'
import { localFanout } from '../../apps/server/src/fanout/local-fanout.ts'
import { openLog } from '../../apps/server/src/log.ts'
import { newMetrics } from '../../apps/server/src/metrics.ts'
import { openDatabase } from '../../apps/server/src/open-database.ts'
import { openState } from '../../apps/server/src/open-state.ts'
import type { Actor } from '../../apps/server/src/rules/actor.ts'
import { Hub } from '../../apps/server/src/sockets/hub.ts'
import { Occupancy } from '../../apps/server/src/sockets/occupancy.ts'
import type { Viewer } from '../../apps/server/src/sockets/viewer.ts'
import { WriteTurn } from '../../apps/server/src/sockets/write-turn.ts'
import type { State } from '../../apps/server/src/state.ts'
import { survivesLosses } from '../../apps/server/src/storage/postgres-database.ts'
import { openSqlite } from '../../apps/server/src/storage/sqlite-database.ts'
import { SeededRandom } from '../support/seeded-random.ts'
import { type TemporaryDatabase, temporaryDatabase } from '../support/temporary-database.ts'
import { FakeClock } from './fake-clock.ts'
import { Contender } from './interleave.ts'
import { Scheduler } from './scheduler.ts'
import { type SteppedDatabase, steppedDatabase } from './stepped-database.ts'

interface Instance {
  readonly state: State
  readonly stepped: SteppedDatabase
  readonly hub: Hub
  authenticate(name: string): Promise<Actor>
}

interface LogRow {
  readonly seq: number
  readonly type: string
  readonly actorId: string
}

/** Instances with live delivery on one database, whose statements a seed interleaves: one on SQLite, two on PostgreSQL. */
export class WatchedRooms {
  readonly databaseName: 'sqlite' | 'postgres'
  readonly scheduler: Scheduler
  /** What went wrong while delivering; must stay empty. */
  readonly faults: string[] = []
  readonly #clock = new FakeClock(Date.UTC(2031, 0, 1))
  readonly #time = this.#clock.lifetime()
  // Each instance hears what every one published, as it will over any fan-out.
  readonly #fanout = localFanout((error) => void this.faults.push(String(error)))
  readonly #instances: Instance[] = []
  #database: TemporaryDatabase | undefined
  #readLog: ((stream: string) => Promise<LogRow[]>) | undefined
  #closeLog: () => Promise<void> = async () => undefined
  #dataFolder = ''
  #names = 0

  constructor(databaseName: 'sqlite' | 'postgres') {
    this.databaseName = databaseName
    this.scheduler = new Scheduler(new SeededRandom(1), this.#clock)
  }

  async open(): Promise<void> {
    this.#dataFolder = mkdtempSync(join(tmpdir(), `parley-watched-${process.pid}-`))
    if (this.databaseName === 'postgres') this.#database = await temporaryDatabase()
    const count = this.databaseName === 'postgres' ? 2 : 1
    for (let index = 0; index < count; index++) this.#instances.push(await this.#openInstance(index))
    await this.#openLog()
  }

  async close(): Promise<void> {
    for (const { hub } of this.#instances) hub.stop()
    this.#time.end()
    for (const { state } of this.#instances) await state.close()
    await this.#closeLog()
    await this.#database?.drop()
    rmSync(this.#dataFolder, { recursive: true, force: true })
  }

  async person(name: string): Promise<Contender> {
    const actor = await this.#first.authenticate(`${name} ${++this.#names}`)
    return new Contender(
      actor,
      this.#instances.map(({ state }) => state),
    )
  }

  async room(owner: Contender): Promise<RoomId> {
    return (await owner.here.does('create-room', { name: `Watched ${++this.#names}` })).roomId
  }

  /** Connects one more device of somebody, to the first instance or to the last. */
  async watcher({ actor }: Contender, where: 'here' | 'there'): Promise<Watcher> {
    const instance = where === 'here' ? this.#first : this.#instances.at(-1)
    if (!instance) throw new Error('Nothing is open.')
    const watcher = new Watcher(actor, instance.hub, this.faults)
    await watcher.greet()
    return watcher
  }

  /**
   * Lets all of these happen at once. `stepped`: in an order that the seed decides, statement by statement; otherwise the seed
   * decides only when each begins, and the database the rest, which is a hundred times faster where locks are waited for.
   */
  async race(
    seed: number,
    { stepped, contest }: { stepped: boolean; contest: readonly (() => unknown)[] },
  ): Promise<void> {
    const random = new SeededRandom(seed)
    this.scheduler.reseed(random.fork())
    const starts = random.shuffled(contest).map((begin) => ({ begin, waits: random.between(0, LONGEST_START) }))
    if (stepped) await this.#raceStepped(starts)
    else {
      await Promise.allSettled(
        starts.map(async ({ begin, waits }) => {
          for (let turn = 0; turn < waits; turn++) await new Promise(setImmediate)
          return begin()
        }),
      )
    }
    await this.quiet()
  }

  async #raceStepped(starts: readonly { begin: () => unknown; waits: number }[]): Promise<void> {
    for (const { stepped } of this.#instances) stepped.isStepping = true
    let isOver = false
    const begun = starts.map(({ begin, waits }) =>
      this.scheduler
        .working(async () => {
          for (let step = 0; step < waits; step++) await this.scheduler.pause('start')
        })
        .then(begin),
    )
    const all = Promise.allSettled(begun).finally(() => {
      isOver = true
    })
    while (!isOver) await this.scheduler.run({ isDone: () => isOver })
    await all
    for (const { stepped } of this.#instances) stepped.isStepping = false
  }

  /** Until what was published has arrived wherever it will. */
  async quiet(): Promise<void> {
    await this.scheduler.run({ forMs: 2_500 })
  }

  /** The log of a room, read by a reader of its own that knows nothing of the server's code. */
  log(roomId: RoomId): Promise<LogRow[]> {
    if (!this.#readLog) throw new Error('Nothing is open.')
    return this.#readLog(roomStream(roomId))
  }

  get #first(): Instance {
    const [first] = this.#instances
    if (!first) throw new Error('Nothing is open.')
    return first
  }

  async #openLog(): Promise<void> {
    const columns = 'seq, type, actor_id as "actorId"'
    if (this.#database) {
      const client = new pg.Pool({ connectionString: this.#database.url })
      // `end` does not wait until they have ended, and the database is dropped then.
      survivesLosses(client)
      this.#readLog = async (stream) => {
        const { rows } = await client.query(`select ${columns} from events where stream = $1 order by seq`, [stream])
        return rows.map((row) => ({ ...row, seq: Number(row.seq) }))
      }
      this.#closeLog = () => client.end()
      return
    }
    const { Database } = await import('bun:sqlite')
    const db = new Database(`${this.#dataFolder}/parley.db`, { readonly: true })
    const rows = db.query<LogRow, [string]>(`select ${columns} from events where stream = ? order by seq`)
    this.#readLog = async (stream) => rows.all(stream)
    this.#closeLog = async () => db.close()
  }

  async #openInstance(index: number): Promise<Instance> {
    const dataFolder = join(this.#dataFolder, this.#database ? String(index) : '')
    const url = this.#database?.url
    const config = url === undefined ? { dataFolder } : { dataFolder, databaseUrl: url }
    const real = url === undefined ? await openSqlite({ dataFolder, synchronous: 'off' }) : await openDatabase(config)
    const stepped = steppedDatabase(real, this.scheduler, `instance ${index}`)
    const { clock } = this.#time
    const occupancy = new Occupancy(clock)
    const fanout = this.#fanout
    const { state, accounts } = await openState({
      config,
      log: openLog('silent'),
      fanout,
      occupancy,
      now: clock.now,
      db: stepped.db,
    })
    const fault = (error: unknown) => void this.faults.push(String(error))
    const hub = new Hub({ state, fanout, occupancy, clock, turn: new WriteTurn(), metrics: newMetrics(), fault })
    const authenticate = async (name: string): Promise<Actor> => {
      const id = newId<CommandId>(this.#clock.now())
      const { token } = await accounts.enter({ id, name, secret: 'sixteen or more letters' })
      const session = await accounts.authenticate(token)
      if (!session) throw new Error(`${name} could not enter.`)
      return session.actor
    }
    return { state, stepped, hub, authenticate }
  }
}

/** How many steps of others may come before one begins, at most. */
const LONGEST_START = 12

/** One device of somebody, which keeps every frame that it is sent. */
export class Watcher implements Viewer {
  readonly actor: Actor
  readonly frames: ServerFrame[] = []
  opened: Viewer['opened']
  ownSeq: Viewer['ownSeq']
  readonly #hub: Hub
  readonly #faults: string[]

  constructor(actor: Actor, hub: Hub, faults: string[]) {
    this.actor = actor
    this.#hub = hub
    this.#faults = faults
  }

  async greet(): Promise<void> {
    const welcome = await this.#hub.welcome(this)
    this.#hub.welcomed(this, welcome)
  }

  opens(roomId: RoomId, cursor?: number): void {
    const place: Place = { kind: 'room', roomId }
    this.#hub.open(this, place, cursor)
  }

  opensLobby(): void {
    this.#hub.open(this, { kind: 'lobby' }, undefined)
  }

  types(roomId: RoomId): void {
    this.#hub.types(this, roomId, true)
  }

  hangsUp(): void {
    this.#hub.depart(this, 'left')
  }

  /** Every seq of the room that came, as events or within a snapshot. */
  seqsOf(roomId: RoomId): number[] {
    return this.frames.flatMap((frame) => {
      if (frame.type === 'events' && frame.stream === roomStream(roomId)) return frame.events.map(({ seq }) => seq)
      if (frame.type === 'reset' && 'snapshot' in frame && frame.place.kind === 'room') return [frame.seq]
      return []
    })
  }

  send(text: string): void {
    this.frames.push(JSON.parse(text) as ServerFrame) // as: what the server encoded
  }
  async whenRoomy(): Promise<void> {}
  end(): void {}
  fail(error: unknown): void {
    this.#faults.push(String(error))
  }
}
