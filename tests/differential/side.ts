import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type CommandId, type MessageId, newId, type RoomId } from '@parley/protocol'
import { localFanout } from '../../apps/server/src/fanout/local-fanout.ts'
import { openLog } from '../../apps/server/src/log.ts'
import { openState } from '../../apps/server/src/open-state.ts'
import type { Actor } from '../../apps/server/src/rules/actor.ts'
import { Refusal } from '../../apps/server/src/rules/refusal.ts'
import { openSqlite } from '../../apps/server/src/storage/sqlite-database.ts'
import { readFinalLog } from '../support/final-log.ts'
import { temporaryDatabase } from '../support/temporary-database.ts'
import { type Operation, PEOPLE } from './operations.ts'

/** One of the databases, with the server's state upon it. */
export class Side {
  readonly name: 'sqlite' | 'postgres'
  now = Date.UTC(2031, 0, 1)
  readonly #dataFolder = mkdtempSync(join(tmpdir(), `parley-side-${process.pid}-`))
  #url: string | undefined
  #drop: () => Promise<void> = async () => undefined
  #parts: Awaited<ReturnType<typeof openState>> | undefined

  static async opens(name: 'sqlite' | 'postgres'): Promise<Side> {
    const side = new Side(name)
    await side.#open()
    return side
  }

  private constructor(name: 'sqlite' | 'postgres') {
    this.name = name
  }

  get parts(): Awaited<ReturnType<typeof openState>> {
    if (!this.#parts) throw new Error('The side is not open.')
    return this.#parts
  }

  /** Log, heads, messages and tombstones of each stream, by a reader that knows nothing of the server. */
  async log(): Promise<ReadonlyMap<string, object[]>> {
    await this.parts.eraser.settled()
    const entries = await readFinalLog({ databaseUrl: this.#url, dataFolder: this.#dataFolder })
    return Map.groupBy(entries, (entry) => ('stream' in entry ? (entry.stream ?? '') : ''))
  }

  async close(): Promise<void> {
    await this.#parts?.state.close()
    await this.#drop()
    rmSync(this.#dataFolder, { recursive: true, force: true })
  }

  async #open(): Promise<void> {
    const dataFolder = this.#dataFolder
    if (this.name === 'postgres') {
      const { url, drop } = await temporaryDatabase()
      this.#url = url
      this.#drop = drop
    }
    this.#parts = await openState({
      config: { dataFolder, ...(this.#url !== undefined && { databaseUrl: this.#url }) },
      log: openLog('silent'),
      fanout: localFanout((error) => {
        throw error
      }),
      occupancy: {
        occupants: (roomId) => ({ roomId, version: 0, count: 0, people: [] }),
        activeRooms: () => new Map(),
      },
      now: () => this.now,
      // Nothing is asked here that a power cut would change.
      ...(this.name === 'sqlite' && { db: await openSqlite({ dataFolder, synchronous: 'off' }) }),
    })
  }
}

/** A few people with rooms of their own on one side; their ids are told by the order in which they appeared. */
export class Scene {
  readonly #side: Side
  readonly #actors: readonly Actor[]
  readonly #rooms: RoomId[] = []
  readonly #messages: { readonly roomId: RoomId; readonly messageId: MessageId }[] = []
  readonly #answered = new Set<CommandId>()
  readonly #labels = new Map<string, string>()
  readonly #lanes: readonly object[]

  static async opens(side: Side, lane: string): Promise<Scene> {
    const { accounts } = side.parts
    const actors: Actor[] = []
    for (let index = 0; index < PEOPLE; index++) {
      const id = newId<CommandId>()
      const { token } = await accounts.enter({ id, name: `person ${lane} ${index}`, secret: 'sixteen or more letters' })
      const session = await accounts.authenticate(token)
      if (!session) throw new Error('Nobody came in.')
      actors.push(session.actor)
    }
    return new Scene(side, actors)
  }

  private constructor(side: Side, actors: readonly Actor[]) {
    this.#side = side
    this.#actors = actors
    this.#lanes = actors.map(() => ({}))
    for (const [index, { user }] of actors.entries()) this.#labels.set(user.id, `person ${index}`)
  }

  /** What came of it, in words that are the same on both sides. */
  async does(operation: Operation): Promise<string> {
    const { state } = this.#side.parts
    const actor = this.#actors[operation.by]
    if (!actor) throw new Error(`There is no person ${operation.by}.`)
    const { id, name, kind } = operation
    const input = this.#inputOf(operation)
    try {
      const lane = this.#lanes[operation.by] ?? {}
      const output =
        kind === 'query' ? state.query(actor, name, input) : state.perform({ id, name, input, actor, lane })
      const answer = await output
      this.#note(answer, operation, input)
      return this.#inWords(answer)
    } catch (error) {
      if (!(error instanceof Refusal)) return `fault: ${error}`
      return `refused: ${this.#inWords({ code: error.code, details: error.details })}`
    }
  }

  /** What each of them is shown of each room, and what the log holds of it. */
  async everything(log: ReadonlyMap<string, object[]>): Promise<string[]> {
    const { state } = this.#side.parts
    const shown: string[] = []
    for (const [index, roomId] of this.#rooms.entries()) {
      shown.push(`log of room ${index}: ${this.#inWords(log.get(`room:${roomId}`))}`)
      // Two of them, in turn.
      for (const [by, actor] of [...this.#actors.entries()].filter(([by]) => (by + index) % 2 === 0)) {
        const told = async (what: string, asked: Promise<unknown>) => {
          const answer = await asked.catch((error) => (error instanceof Refusal ? error.code : `fault: ${error}`))
          shown.push(`${what} of room ${index} for person ${by}: ${this.#inWords(answer)}`)
        }
        await told('snapshot', state.roomSnapshot(actor, roomId))
        await told('log', state.catchUp(actor, roomId, 0))
      }
    }
    for (const [index, { user }] of this.#actors.entries())
      shown.push(`log of person ${index}: ${this.#inWords(log.get(`user:${user.id}`))}`)
    return shown
  }

  #inputOf({ room, person, message, more, forMs }: Operation): Record<string, unknown> {
    const target = message === undefined ? undefined : (this.#messages[message] ?? STRAY)
    const roomId = target?.roomId ?? (room === undefined ? undefined : (this.#rooms[room] ?? STRAY.roomId))
    return {
      ...more,
      ...(roomId !== undefined && { roomId }),
      ...(target !== undefined && { messageId: target.messageId }),
      ...(person !== undefined && { userId: this.#actors[person]?.user.id }),
      ...(forMs !== undefined && { until: this.#side.now + forMs }),
    }
  }

  /** Keeps the ids of what was made, the first time that it is told. */
  #note(output: unknown, { name, id }: Operation, input: Readonly<Record<string, unknown>>): void {
    if (this.#answered.has(id) || typeof output !== 'object' || output === null) return
    this.#answered.add(id)
    // as (all): what these commands are asked and answer
    if ((name === 'create-room' || name === 'start-direct') && 'roomId' in output) {
      const roomId = output.roomId as RoomId
      if (!this.#rooms.includes(roomId)) this.#rooms.push(roomId)
    }
    if (name === 'post-message' && 'messageId' in output)
      this.#messages.push({ roomId: input.roomId as RoomId, messageId: output.messageId as MessageId })
  }

  #inWords(value: unknown): string {
    return JSON.stringify(value ?? null, inOrder).replace(UUID, (id) => {
      const known = this.#labels.get(id)
      if (known !== undefined) return known
      const label = `id ${this.#labels.size}`
      this.#labels.set(id, label)
      return label
    })
  }
}

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/g
const STRAY = { roomId: newId<RoomId>(), messageId: newId<MessageId>() }

/** Whom an answer speaks of is told in any order; handles are the same on both sides. */
function inOrder(key: string, value: unknown): unknown {
  if (key !== 'users' || !Array.isArray(value)) return value
  const people: { readonly handle: string }[] = value
  return people.toSorted((a, b) => (a.handle < b.handle ? -1 : 1))
}
