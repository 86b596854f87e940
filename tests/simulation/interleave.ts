import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type CommandId, type CommandInput, type CommandOutput, newId, type RoomId } from '@parley/protocol'
import type { HistoryEntry } from '../../apps/cli/src/check/history-entry.ts'
import type { StateCommandName } from '../../apps/server/src/commands/command.ts'
import { localFanout } from '../../apps/server/src/fanout/local-fanout.ts'
import { openLog } from '../../apps/server/src/log.ts'
import { openDatabase } from '../../apps/server/src/open-database.ts'
import { openState } from '../../apps/server/src/open-state.ts'
import type { Actor } from '../../apps/server/src/rules/actor.ts'
import type { State } from '../../apps/server/src/state.ts'
import { openSqlite } from '../../apps/server/src/storage/sqlite-database.ts'
import { readFinalLog } from '../support/final-log.ts'
import { SeededRandom } from '../support/seeded-random.ts'
import { type TemporaryDatabase, temporaryDatabase } from '../support/temporary-database.ts'
import { FakeClock } from './fake-clock.ts'
import { Scheduler } from './scheduler.ts'
import { type SteppedDatabase, steppedDatabase } from './stepped-database.ts'

interface Instance {
  readonly state: State
  readonly stepped: SteppedDatabase
  authenticate(name: string): Promise<Actor>
}

/** Instances on one database whose statements a seed interleaves: one on SQLite, two on PostgreSQL. */
export class Arena {
  readonly databaseName: 'sqlite' | 'postgres'
  readonly #clock = new FakeClock(Date.UTC(2031, 0, 1))
  #scheduler = new Scheduler(new SeededRandom(1), this.#clock)
  #instances: Instance[] = []
  #database: TemporaryDatabase | undefined
  #dataFolder = ''
  #names = 0

  constructor(databaseName: 'sqlite' | 'postgres') {
    this.databaseName = databaseName
  }

  async open(): Promise<void> {
    this.#dataFolder = mkdtempSync(join(tmpdir(), `parley-arena-${process.pid}-`))
    if (this.databaseName === 'postgres') this.#database = await temporaryDatabase()
    const count = this.databaseName === 'postgres' ? 2 : 1
    for (let index = 0; index < count; index++) this.#instances.push(await this.#openInstance(index))
  }

  async close(): Promise<void> {
    for (const { state } of this.#instances) await state.close()
    await this.#database?.drop()
    rmSync(this.#dataFolder, { recursive: true, force: true })
  }

  /** Somebody who is connected to each instance; every connection is a lane of its own. */
  async person(name: string): Promise<Contender> {
    const actor = await this.#first.authenticate(`${name} ${++this.#names}`)
    return new Contender(
      actor,
      this.#instances.map(({ state }) => state),
    )
  }

  async room(owner: Contender): Promise<RoomId> {
    return (await owner.here.does('create-room', { name: `Arena ${++this.#names}` })).roomId
  }

  /** Lets all of these run at once, statement by statement in an order that the seed decides. */
  async race<const T extends readonly (() => Promise<unknown>)[]>(
    seed: number,
    contest: T,
  ): Promise<{ [K in keyof T]: PromiseSettledResult<Awaited<ReturnType<T[K]>>> }> {
    this.#scheduler.reseed(new SeededRandom(seed))
    for (const { stepped } of this.#instances) stepped.isStepping = true
    let isOver = false
    const outcome = Promise.allSettled(contest.map((begin) => begin())).finally(() => {
      isOver = true
    })
    while (!isOver) await this.#scheduler.run({ isDone: () => isOver })
    for (const { stepped } of this.#instances) stepped.isStepping = false
    return (await outcome) as never // as: one result for each, in their order
  }

  /** The log of a room, read by a separate reader. */
  async log(roomId: RoomId): Promise<Extract<HistoryEntry, { kind: 'log' }>[]> {
    const entries = await readFinalLog({ databaseUrl: this.#database?.url, dataFolder: this.#dataFolder })
    return entries.filter((entry) => entry.kind === 'log').filter((entry) => entry.stream === `room:${roomId}`)
  }

  get #first(): Instance {
    const [first] = this.#instances
    if (!first) throw new Error('The arena is not open.')
    return first
  }

  async #openInstance(index: number): Promise<Instance> {
    const dataFolder = join(this.#dataFolder, this.#database ? String(index) : '')
    const url = this.#database?.url
    const config = url === undefined ? { dataFolder } : { dataFolder, databaseUrl: url }
    const real = url === undefined ? await openSqlite({ dataFolder, synchronous: 'off' }) : await openDatabase(config)
    const stepped = steppedDatabase(real, this.#scheduler, `instance ${index}`)
    const { state, accounts } = await openState({
      config,
      log: openLog('silent'),
      fanout: localFanout((error) => {
        throw error
      }),
      occupancy: {
        occupants: (roomId) => ({ roomId, version: 0, count: 0, people: [] }),
        activeRooms: () => new Map(),
      },
      now: this.#clock.now,
      db: stepped.db,
    })
    const authenticate = async (name: string): Promise<Actor> => {
      const { token } = await accounts.enter({
        id: newId<CommandId>(this.#clock.now()),
        name,
        secret: 'sixteen or more letters',
      })
      const session = await accounts.authenticate(token)
      if (!session) throw new Error(`${name} could not enter.`)
      return session.actor
    }
    return { state, stepped, authenticate }
  }
}

/** A person in a race; `here` and `there` are two connections, to two instances where there are two. */
export class Contender {
  readonly actor: Actor
  readonly here: Lane
  readonly there: Lane

  constructor(actor: Actor, states: readonly State[]) {
    const [first] = states
    const last = states.at(-1)
    if (!first || !last) throw new Error('There is no instance.')
    this.actor = actor
    this.here = new Lane(first, actor)
    this.there = new Lane(last, actor)
  }
}

export class Lane {
  readonly state: State
  readonly actor: Actor

  constructor(state: State, actor: Actor) {
    this.state = state
    this.actor = actor
  }

  does<Name extends StateCommandName>(
    name: Name,
    input: CommandInput<Name>,
    id: CommandId = newId<CommandId>(),
  ): Promise<CommandOutput<Name>> {
    const { actor, state } = this
    return state.perform({ id, name, input, actor, lane: this }) as Promise<CommandOutput<Name>> // as: typed by its name
  }
}
