import { Database as Handle } from 'bun:sqlite'
import { afterAll, beforeAll, describe } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type CommandId,
  type CommandInput,
  type CommandOutput,
  newId,
  type Occupants,
  type QueryInput,
  type QueryName,
  type QueryOutput,
  type RoomId,
  type UserId,
} from '@parley/protocol'
import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import type { Accounts } from '../../apps/server/src/accounts/accounts.ts'
import type { StateCommandName } from '../../apps/server/src/commands/command.ts'
import type { Fanout } from '../../apps/server/src/fanout/fanout.ts'
import { openLog } from '../../apps/server/src/log.ts'
import { type OpenState, openState } from '../../apps/server/src/open-state.ts'
import type { Actor } from '../../apps/server/src/rules/actor.ts'
import type { Publication } from '../../apps/server/src/rules/publication.ts'
import { Refusal } from '../../apps/server/src/rules/refusal.ts'
import type { State } from '../../apps/server/src/state.ts'
import type { Database } from '../../apps/server/src/storage/database.ts'
import type { Eraser } from '../../apps/server/src/storage/eraser.ts'
import { migrationDialect } from '../../apps/server/src/storage/migration-dialect.ts'
import { survivesLosses } from '../../apps/server/src/storage/postgres-database.ts'
import type { ForgetPeople } from '../../apps/server/src/workers/forget-people.ts'
import { testDatabase } from '../../scripts/test-services.ts'

/** A fan-out that remembers what it was told. */
export class HeardFanout implements Fanout {
  readonly heard: Publication[] = []
  readonly #listeners = new Set<(publication: Publication) => void>()

  publish(publications: readonly Publication[]): void {
    for (const publication of publications) {
      this.heard.push(publication)
      for (const listener of this.#listeners) listener(publication)
    }
  }

  subscribe(listener: (publication: Publication) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  readonly isDoubtful = false

  follow(): undefined {}

  unfollow(): void {}

  onDoubt(): () => void {
    return () => undefined
  }

  async close(): Promise<void> {}
}

/** The real state on a real database, without sockets. */
export interface Stage {
  readonly databaseName: 'sqlite' | 'postgres'
  readonly dataFolder: string
  readonly fanout: HeardFanout
  /** What the state takes for now; set it to travel. */
  now: number
  readonly state: State
  readonly accounts: Accounts
  readonly db: Database
  readonly eraser: Eraser
  readonly forgetting: ForgetPeople
  readonly setUpToken: string | undefined
  readonly passRooms: (ownerId: UserId) => Promise<void>
  person(name: string): Promise<Person>
  /** Somebody with a password. */
  account(name: string): Promise<Person>
  /** Signs in whoever has this token. */
  signedIn(token: string): Promise<Person>
  /** Closes and opens again on the same data. */
  restart(): Promise<void>
  /** Opens after a failed restart, once the database was mended. */
  reopenAfter(mend: (db: Kysely<unknown>) => Promise<unknown>): Promise<void>
  /** A second instance on the same PostgreSQL. */
  second(): Promise<OpenState & { as: (person: Person) => Person; close: () => Promise<void> }>
}

/** Making a PostgreSQL cluster takes seconds on a busy machine. */
const SET_UP_MS = 60_000

/** Runs a suite on SQLite and on PostgreSQL, each test file on its own empty databases. */
export function onBothDatabases(about: (stage: Stage) => void): void {
  for (const databaseName of ['sqlite', 'postgres'] as const) {
    describe(databaseName, () => {
      const stage = new RealStage(databaseName)
      beforeAll(() => stage.open(), SET_UP_MS)
      afterAll(() => stage.close(), SET_UP_MS)
      about(stage)
    })
  }
}

let counter = 0

/** Of everybody whom `account` makes. */
export const PASSWORD = 'violet tram over water'

function postgresDialect(url: string): PostgresDialect {
  const pool = new pg.Pool({ connectionString: url })
  survivesLosses(pool) // One that is ending when the database goes.
  return new PostgresDialect({ pool })
}

function sqliteDialect(file: string) {
  const handle = new Handle(file)
  return migrationDialect('sqlite', async (text) => ({ rows: [], changed: handle.run(text).changes }))
}

class RealStage implements Stage {
  readonly databaseName: 'sqlite' | 'postgres'
  readonly fanout = new HeardFanout()
  now = Date.now()
  #dataFolder = ''
  #url: string | undefined
  #drop: (() => Promise<void>) | undefined
  #parts: Awaited<ReturnType<typeof openState>> | undefined

  constructor(databaseName: 'sqlite' | 'postgres') {
    this.databaseName = databaseName
  }

  get dataFolder(): string {
    return this.#dataFolder
  }
  get state(): State {
    return this.#opened.state
  }
  get accounts(): Accounts {
    return this.#opened.accounts
  }
  get db(): Database {
    return this.#opened.db
  }
  get eraser(): Eraser {
    return this.#opened.eraser
  }
  get forgetting(): ForgetPeople {
    return this.#opened.forgetting
  }
  get setUpToken(): string | undefined {
    return this.#opened.setUpToken
  }
  get passRooms() {
    return this.#opened.passRooms
  }

  async open(): Promise<void> {
    this.#dataFolder = mkdtempSync(join(tmpdir(), 'parley-test-'))
    if (this.databaseName === 'postgres') {
      const { url, drop } = await testDatabase()
      this.#url = url
      this.#drop = drop
    }
    this.#parts = await this.#openState(this.fanout)
  }

  async close(): Promise<void> {
    await this.#parts?.state.close()
    await this.#drop?.()
    rmSync(this.#dataFolder, { recursive: true, force: true })
  }

  async restart(): Promise<void> {
    await this.state.close()
    this.#parts = await this.#openState(this.fanout)
  }

  async reopenAfter(mend: (db: Kysely<unknown>) => Promise<unknown>): Promise<void> {
    const db = new Kysely<unknown>({
      dialect:
        this.#url === undefined ? sqliteDialect(join(this.#dataFolder, 'parley.db')) : postgresDialect(this.#url),
    })
    await mend(db)
    await db.destroy()
    this.#parts = await this.#openState(this.fanout)
  }

  async second() {
    const opened = await this.#openState(new HeardFanout())
    const { state } = opened
    return { ...opened, as: (person: Person) => new Person(() => state, person.actor), close: () => state.close() }
  }

  async person(name: string): Promise<Person> {
    const unique = `${name} ${++counter}`
    const secret = 'a secret of sixteen characters or more'
    const { token } = await this.accounts.enter({ id: newId<CommandId>(), name: unique, secret })
    return this.signedIn(token)
  }

  async account(name: string): Promise<Person> {
    const unique = `${name} ${++counter}`
    const handle = unique.toLowerCase().replaceAll(' ', '-')
    const { token } = await this.accounts.register({ handle, name: unique, password: PASSWORD })
    return this.signedIn(token)
  }

  async signedIn(token: string): Promise<Person> {
    const session = await this.accounts.authenticate(token)
    if (!session) throw new Error('This token signs nobody in.')
    return new Person(() => this.state, session.actor)
  }

  get #opened() {
    if (!this.#parts) throw new Error('The stage is not open.')
    return this.#parts
  }

  #openState(fanout: Fanout) {
    const empty = (roomId: RoomId): Occupants => ({ roomId, version: 0, count: 0, people: [] })
    return openState({
      config: { dataFolder: this.#dataFolder, ...(this.#url !== undefined && { databaseUrl: this.#url }) },
      log: openLog('silent'),
      fanout,
      occupancy: { occupants: empty, activeRooms: () => new Map() },
      now: () => this.now,
    })
  }
}

/** Somebody who asks the state. Each person is one lane, as a connection is. */
export class Person {
  readonly actor: Actor
  readonly #state: () => State
  readonly #lane = {}

  constructor(state: () => State, actor: Actor) {
    this.#state = state
    this.actor = actor
  }

  get id() {
    return this.actor.user.id
  }

  /** `isKnownMember`: as over a connection, nothing is read before the batch, so calls enter it in the order they are made. */
  does<Name extends StateCommandName>(
    name: Name,
    input: CommandInput<Name>,
    id: CommandId = newId<CommandId>(),
    { isKnownMember = false } = {},
  ): Promise<CommandOutput<Name>> {
    const call = { id, name, input, actor: this.actor, lane: this.#lane, isKnownMember }
    return this.#state().perform(call) as Promise<CommandOutput<Name>> // as: the registry is typed by name
  }

  asks<Name extends QueryName>(name: Name, input: QueryInput<Name>): Promise<QueryOutput<Name>> {
    return this.#state().query(this.actor, name, input) as Promise<QueryOutput<Name>> // as: see `does`
  }

  async createsRoom(name: string, topic = ''): Promise<RoomId> {
    return (await this.does('create-room', { name: `${name} ${++counter}`, topic })).roomId
  }

  posts(roomId: RoomId, body: string) {
    return this.does('post-message', { roomId, body })
  }

  async reads(roomId: RoomId): Promise<string[]> {
    const page = await this.asks('list-messages', { roomId, limit: 100 })
    return page.messages.map((message) => (message.deletedAt === undefined ? message.body : '(deleted)'))
  }

  /** The same person, as they are known after a change of name or role. */
  as(actor: Actor): Person {
    return new Person(this.#state, actor)
  }

  /** What opening the room asks for: the log after a cursor, else a snapshot. */
  async opens(roomId: RoomId, cursor?: number): Promise<unknown> {
    const state = this.#state()
    return cursor === undefined ? state.roomSnapshot(this.actor, roomId) : state.catchUp(this.actor, roomId, cursor)
  }

  /** All events of a room after a cursor, page by page, as catch-up gives them. */
  async catchesUp(roomId: RoomId, cursor = 0) {
    const events = []
    for (;;) {
      const page = await this.#state().catchUp(this.actor, roomId, cursor + events.length)
      if (page === 'reset') return page
      events.push(...page.events)
      if (events.length + cursor >= page.head) return events
    }
  }
}

/** The refusal's code; fails when there was none. */
export async function refusalOf(asked: Promise<unknown>): Promise<Refusal> {
  const answer = await asked.then(
    (output) => new Error(`It was not refused but answered ${JSON.stringify(output)}.`),
    (error: unknown) => error,
  )
  if (answer instanceof Refusal) return answer
  throw answer
}

export const codeOf = async (asked: Promise<unknown>): Promise<string> => (await refusalOf(asked)).code
