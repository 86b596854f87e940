import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ChatClient, type OpenSocket } from '@parley/client'
import { newId, type User } from '@parley/protocol'
import { History } from '../../apps/cli/src/check/history.ts'
import type { Accounts } from '../../apps/server/src/accounts/accounts.ts'
import type { Fanout } from '../../apps/server/src/fanout/fanout.ts'
import { localFanout } from '../../apps/server/src/fanout/local-fanout.ts'
import { DEFAULT_LIMITS, type Limits } from '../../apps/server/src/limits.ts'
import { openLog } from '../../apps/server/src/log.ts'
import { newMetrics } from '../../apps/server/src/metrics.ts'
import { openDatabase } from '../../apps/server/src/open-database.ts'
import { openState } from '../../apps/server/src/open-state.ts'
import { LiveSockets } from '../../apps/server/src/sockets/live-sockets.ts'
import { Occupancy } from '../../apps/server/src/sockets/occupancy.ts'
import type { State } from '../../apps/server/src/state.ts'
import { openSqlite } from '../../apps/server/src/storage/sqlite-database.ts'
import { SeededRandom } from '../support/seeded-random.ts'
import { FakeClock } from './fake-clock.ts'
import { Scheduler } from './scheduler.ts'
import { type SteppedDatabase, steppedDatabase } from './stepped-database.ts'
import { Wire } from './wire.ts'

export interface WorldOptions {
  readonly seed: number
  /** Default: SQLite in a temporary folder. */
  readonly databaseUrl?: string
  /** How likely each frame of the server is lost. */
  readonly loss: number
  readonly losesRefusals?: boolean
}

/** Somebody who is signed in: their client, and the line that it is on. */
export interface Arrival {
  readonly client: ChatClient
  readonly user: User
  /** While it is off, no connection comes about. */
  readonly line: { isOff: boolean }
  wire(): Wire | undefined
}

/** One life of the server, from start to kill. */
interface ServerLife {
  readonly state: State
  readonly accounts: Accounts
  readonly occupancy: Occupancy
  readonly fanout: Fanout
  readonly sockets: LiveSockets
  readonly stepped: SteppedDatabase
  readonly endTimers: () => void
  readonly wires: Set<Wire>
}

/** A server and its clients in one process, over wires that break, on a time and by choices that a seed decides. */
export class World {
  readonly clock = new FakeClock(STARTS_AT)
  readonly random: SeededRandom
  readonly scheduler: Scheduler
  readonly history: History
  readonly conditions: { loss: number; readonly losesRefusals: boolean }
  #isBreaking = false
  /** What went wrong inside the server; must stay empty but for kills. */
  readonly faults: string[] = []
  readonly #options: WorldOptions
  readonly #dataFolder = mkdtempSync(join(tmpdir(), `parley-simulation-${process.pid}-`))
  #life: ServerLife | undefined
  #lives = 0
  readonly #realChance: () => number

  constructor(options: WorldOptions) {
    this.#options = options
    this.random = new SeededRandom(options.seed)
    this.scheduler = new Scheduler(this.random.fork(), this.clock)
    this.conditions = { loss: 0, losesRefusals: options.losesRefusals === true }
    // The server spreads heartbeats and farewells by chance; here chance comes from the seed as well.
    const chance = this.random.fork().next
    this.#realChance = Math.random
    Math.random = chance
    this.history = new History({ seed: options.seed, isLossy: true, convergeWithinMs: 60_000 }, this.clock.now)
  }

  static async begins(options: WorldOptions): Promise<World> {
    const world = new World(options)
    await world.startServer()
    return world
  }

  get isUp(): boolean {
    return this.#life !== undefined
  }

  get server(): ServerLife {
    if (!this.#life) throw new Error('The server is away.')
    return this.#life
  }

  get truth(): { databaseUrl: string | undefined; dataFolder: string } {
    return { databaseUrl: this.#options.databaseUrl, dataFolder: this.#dataFolder }
  }

  /** From here on the scheduler paces the server's statements and the wires lose frames. */
  breaksThings(isBreaking: boolean): void {
    this.#isBreaking = isBreaking
    this.conditions.loss = isBreaking ? this.#options.loss : 0
    if (this.#life) this.#life.stepped.isStepping = isBreaking
  }

  async startServer(): Promise<void> {
    const { databaseUrl } = this.#options
    const dataFolder = this.#dataFolder
    // Without syncs: power cuts are not simulated here, and the order of everything is the same.
    const real = databaseUrl
      ? await openDatabase({ databaseUrl, dataFolder })
      : await openSqlite({ dataFolder, synchronous: 'off' })
    const stepped = steppedDatabase(real, this.scheduler, `server ${++this.#lives}`)
    const { clock, end } = this.clock.lifetime()
    const log = openLog('error', (line) => this.#noteFault(line))
    const fault = (error: unknown) => this.#noteFault(String(error))
    const fanout = localFanout(fault)
    const occupancy = new Occupancy(clock)
    const config = databaseUrl ? { dataFolder, databaseUrl } : { dataFolder }
    const opened = await openState({ config, log, fanout, occupancy, now: clock.now, db: stepped.db })
    const { state, accounts } = opened
    const parts = { state, accounts, fanout, occupancy, clock, limits: NO_LIMITS, log, metrics: newMetrics() }
    const sockets = new LiveSockets({ ...parts, origin: undefined, build: 'simulated' })
    stepped.isStepping = this.#isBreaking
    this.#life = { state, accounts, occupancy, fanout, sockets, stepped, endTimers: end, wires: new Set() }
  }

  /** As `kill -9` would: open transactions are lost, committed ones may have gone unanswered. */
  async killServer(): Promise<void> {
    const life = this.server
    this.#life = undefined
    life.endTimers()
    for (const wire of life.wires) wire.cut()
    life.stepped.kill()
    // Let go of the files, which a real kill does by itself.
    await life.state.close().catch((error) => this.#noteFault(String(error)))
  }

  /** Somebody new, signed in and not yet connected. */
  async arrives(name: string): Promise<Arrival> {
    const { user, token } = await this.server.accounts.enter({
      id: newId(this.clock.now()),
      name,
      secret: `secret of ${name}`,
    })
    let wire: Wire | undefined
    const line = { isOff: false }
    const random = this.random.fork()
    const openSocket: OpenSocket = () => {
      wire = new Wire({ scheduler: this.scheduler, random, conditions: this.conditions }, async () =>
        line.isOff ? undefined : this.#accept(token, wire),
      )
      return wire.clientEnd
    }
    const client = new ChatClient({
      url: 'http://parley.test',
      token,
      clock: this.clock,
      random: this.random.fork().next,
      openSocket: this.history.watching({ client: name, user: user.id }, openSocket),
      // as: of fetch only the call itself is used.
      fetch: (async () => this.#session(user)) as unknown as typeof fetch,
      openTabChannel: () => undefined,
    })
    await client.whoAmI()
    return { client, user, line, wire: () => wire }
  }

  async end(): Promise<void> {
    if (this.#life) await this.killServer()
    Math.random = this.#realChance
    rmSync(this.#dataFolder, { recursive: true, force: true })
  }

  async #accept(token: string, wire: Wire | undefined) {
    const life = this.#life
    if (!life) return undefined
    if (wire) life.wires.add(wire)
    const request = new Request('http://parley.test/socket', { headers: { authorization: `Bearer ${token}` } })
    try {
      const answer = await life.sockets.accept(request)
      return answer instanceof Response || life !== this.#life ? undefined : answer
    } catch {
      return undefined // The server was killed while it looked the session up.
    }
  }

  #session(user: User): Response {
    if (!this.#life) throw new TypeError('The server is away.')
    return Response.json({ user })
  }

  #noteFault(line: string): void {
    if (!line.includes('Killed')) this.faults.push(line)
  }
}

const STARTS_AT = Date.UTC(2031, 0, 1)
const UNLIMITED = { count: 1_000_000, perMs: 1_000 }
const NO_LIMITS: Limits = Object.fromEntries(
  Object.keys(DEFAULT_LIMITS).map((name) => [name, UNLIMITED]),
) as unknown as Limits // as: the same names
