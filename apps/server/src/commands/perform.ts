import {
  type CommandId,
  type CommandName,
  KEPT_IN_ORDER,
  newId,
  type RoomId,
  type StreamId,
  UNKNOWN_OUTCOMES,
  type User,
} from '@parley/protocol'
import { commands } from '@parley/protocol/schemas'
import type { Fanout } from '../fanout/fanout.ts'
import { requireInRoom } from '../rules/permissions.ts'
import { mustBeRepeated, Refusal, refuse } from '../rules/refusal.ts'
import type { Call } from '../state.ts'
import { readStanding } from '../storage/standing.ts'
import { type BatchTools, type Entry, runBatch } from './batch.ts'
import { BatchQueue, LONGEST_WAIT_MS } from './batch-queue.ts'
import type { Performable, StateCommandName } from './command.ts'
import { LaneHolds, type Place } from './lane-holds.ts'
import { passRoom, readRoomsOwnedBy } from './pass-room.ts'
import { registry } from './registry.ts'

export interface PerformTools extends BatchTools {
  readonly fanout: Fanout
  /** Told of each command that was refused because it had waited too long. */
  readonly noteWaitedTooLong?: (() => void) | undefined
}

/** A command without a word on the wire. */
export interface OwnCommand<Input, Output> extends Performable {
  readonly locks: (input: Input, actor: User) => readonly StreamId[]
  readonly perform: (context: never) => Promise<Output>
}

const AFTER_FAULT_MS = 200
/** Whoever waited in vain comes back when the database may have caught up. */
const AFTER_WAIT_MS = 1_000

/** parse → (stranger? no) → batch → commit → reply → publish. The one way in which anything durable changes. */
export class Performer {
  readonly #tools: PerformTools
  readonly #queue: BatchQueue
  /** Lanes with a check under way, each with the end of its last one. */
  readonly #lanes = new Map<object, Promise<void>>()
  /** Rooms that a lane is about to enter: what it asks there next must not be judged by how it stands now. */
  readonly #entering = new Map<object, Set<RoomId>>()
  /** How often commands of a lane failed without anybody knowing the outcome. */
  readonly #failures = new WeakMap<object, number>()
  readonly #holds = new LaneHolds()

  constructor(tools: PerformTools) {
    this.#tools = tools
    this.#queue = new BatchQueue({
      writers: tools.db.writers,
      run: (entries, release) => this.#run(entries, release),
      waitedTooLong: (entry) => this.#refuseLate(entry),
    })
  }

  perform(call: Call): Promise<unknown> {
    try {
      const command = commandNamed(call.name)
      const input = parse(command, call)
      const roomId = roomIn(input)
      const actor = call.actor.user
      const locks = command.locks(input as never, actor) // as: parsed for this command
      const failures = this.#failuresOf(call.lane)
      const arrivedAt = performance.now()
      const isInLine = call.withdraws === true && KEPT_IN_ORDER.has(call.name)
      const enqueue = () =>
        new Promise((resolve, reject) => {
          const place = { roomId, actor, locks, lane: call.lane, arrivedAt, failures, isInLine }
          this.#queue.add({ command, id: call.id, input, ...place, resolve, reject })
        })
      const isStranger = command.inRoom !== undefined && roomId !== undefined && !call.isKnownMember
      const mustWait = isStranger || this.#lanes.has(call.lane)
      const check = async () => {
        // Who is about to enter is judged in the batch, after the entering.
        const isEntering = roomId !== undefined && this.#entering.get(call.lane)?.has(roomId)
        if (!isStranger || isEntering) return
        // What is heard after that counts for nothing: the command may have been repeated since.
        const turnAway = () => this.#inTime(arrivedAt, this.#turnAwayStrangers(command, roomId, call))
        await (isInLine ? this.#inLine({ lane: call.lane, roomId, id: call.id }, turnAway) : turnAway())
      }
      const answer = mustWait ? this.#inTurn(call.lane, check).then(enqueue) : enqueue()
      if (roomId && call.name === 'enter-room') this.#noteEntering(call.lane, roomId, answer)
      return answer
    } catch (error) {
      return Promise.reject(error)
    }
  }

  // A client may post without waiting for the answer to its entering: both go into batches in this order. (SPEC S4)
  #noteEntering(lane: object, roomId: RoomId, answer: Promise<unknown>): void {
    const rooms = this.#entering.get(lane) ?? new Set()
    this.#entering.set(lane, rooms.add(roomId))
    const forget = () => {
      rooms.delete(roomId)
      if (rooms.size === 0) this.#entering.delete(lane)
    }
    answer.then(forget, forget)
  }

  // While a lane's earlier call is being checked, its later ones wait, or they would overtake it; and each is judged by how
  // things stand when its turn comes, because an earlier one may have changed that. (SPEC S4)
  #inTurn(lane: object, check: () => Promise<void>): Promise<void> {
    const before = this.#lanes.get(lane)
    const turn = (async () => {
      await before
      try {
        await check()
      } catch (error) {
        if (mustBeRepeated(error)) this.#countFailure(lane)
        throw error
      }
    })()
    const over = () => {}
    const after = turn.then(over, over).then(() => {
      if (this.#lanes.get(lane) === after) this.#lanes.delete(lane)
    })
    this.#lanes.set(lane, after)
    return turn
  }

  /** A check is part of the wait: it asks the database as well. */
  async #inTime(arrivedAt: number, check: Promise<void>): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(this.#late()), Math.max(0, arrivedAt + LONGEST_WAIT_MS - performance.now()))
    })
    try {
      await Promise.race([check, late])
    } finally {
      clearTimeout(timer)
    }
  }

  /** It was not stored, so what its lane asked later must wait until it is repeated. (SPEC F3) */
  #refuseLate({ lane, reject }: Entry): void {
    this.#countFailure(lane)
    reject(this.#late())
  }

  #late(): Refusal {
    this.#tools.noteWaitedTooLong?.()
    return new Refusal('busy', { retryAfterMs: AFTER_WAIT_MS })
  }

  /** The sender of this call knows that it was refused, or gives it up: what it asked after it need not wait. (SPEC F3) */
  withdraw(lane: object, id: CommandId): void {
    this.#holds.withdraw(lane, id, this.#tools.now())
  }

  async #inLine(place: Place, check: () => Promise<void>): Promise<void> {
    const { now } = this.#tools
    this.#holds.judge(place, now())
    try {
      await check()
    } catch (error) {
      // An earlier one, whose check was not needed, may have been refused while this one was being checked.
      this.#holds.judge(place, now())
      if (error instanceof Refusal && !UNKNOWN_OUTCOMES.includes(error.code)) this.#holds.note(place, 'refused', now())
      throw error
    }
  }

  /** Hands every room of somebody who is gone to its longest member; rooms without members wait for the next to enter. */
  async passRooms(owner: User): Promise<void> {
    const rooms = await this.#tools.db.read((reader) => readRoomsOwnedBy(reader, owner.id))
    for (const roomId of rooms) await this.performOwn(passRoom, owner, { roomId })
  }

  /** One of the server's own commands, in the name of a person: nobody can ask for it, and nothing is judged but by itself. */
  performOwn<Input extends { readonly roomId: RoomId }, Output>(
    command: OwnCommand<Input, Output>,
    actor: User,
    input: Input,
  ): Promise<Output> {
    const place = {
      roomId: input.roomId,
      actor,
      locks: command.locks(input, actor),
      lane: {},
      arrivedAt: Number.POSITIVE_INFINITY, // Nobody waits at a screen for it, or repeats it.
      failures: 0,
      isInLine: false,
    }
    return new Promise<Output>((resolve, reject) => {
      // as: the queue keeps commands of all kinds; what comes out is what this one's `perform` gave.
      const done = resolve as (output: unknown) => void
      this.#queue.add({ command, id: newId<CommandId>(), input, ...place, resolve: done, reject })
    })
  }

  /** Resolves when everything accepted so far is committed and answered. */
  idle(): Promise<void> {
    return this.#queue.idle()
  }

  // Nobody outside a room may contend its lock or learn from timing; decided again under the lock. (SPEC A5)
  async #turnAwayStrangers(command: Performable, roomId: RoomId, call: Call): Promise<void> {
    const standing = await this.#tools.db.read((reader) => readStanding(reader, roomId, call.actor.user.id))
    if (command.whenClosed && standing.closed?.by === call.actor.user.id) return
    try {
      requireInRoom(command.inRoom ?? 'see-room', standing, call.actor.user, this.#tools.now())
    } catch (refusal) {
      // Whoever left, was muted or lost a role since may still ask what became of a command that was stored before. (SPEC A6)
      if (command.receipt && (await this.#isRepeat(call))) return
      throw refusal
    }
  }

  async #isRepeat({ id, actor }: Call): Promise<boolean> {
    const key = { actor_id: actor.user.id, command_id: id }
    const rows = await this.#tools.db.read((reader) => reader.lookup('events', ['actor_id', 'command_id'], [key]))
    return rows.length > 0
  }

  async #run(asked: readonly Entry[], release: () => void): Promise<void> {
    const entries = asked.filter((entry) => this.#mayGoOn(entry))
    if (entries.length === 0) return
    try {
      const { outcomes, publications } = await runBatch(this.#tools, entries, {
        holds: this.#holds,
        committed: release,
      })
      entries.forEach((entry, index) => {
        const outcome = outcomes[index]
        if (!outcome) throw new Error('A batch answered fewer commands than it took.')
        if ('refusal' in outcome) entry.reject(outcome.refusal)
        else entry.resolve(outcome.output)
      })
      // Publish only after commit: a listener that reads back must never see less than it was told. (SPEC S3)
      this.#tools.fanout.publish(publications)
    } catch (error) {
      await this.#afterFailure(entries, error)
    }
  }

  // One bad command must not take its neighbours down: each is tried alone, and only the bad one fails. (SPEC A4)
  async #afterFailure(entries: readonly Entry[], error: unknown): Promise<void> {
    // A full disk or a lock not had in time is nobody's fault: trying each alone would only make everybody wait longer.
    if (entries.length === 1 || error instanceof Refusal) {
      for (const { lane } of entries) this.#countFailure(lane)
      for (const entry of entries) entry.reject(error)
      return
    }
    // Nothing is released before the last of them, or a later batch would come between.
    for (const entry of entries) await this.#run([entry], () => undefined)
  }

  // A failed command is repeated by its lane's outbox: what was asked after it and waits here, in this batch, in the queue or
  // for its check, must not be stored before it, or order would be lost. (SPEC F3)
  #mayGoOn({ lane, failures, reject }: Entry): boolean {
    if (failures === this.#failuresOf(lane)) return true
    this.#countFailure(lane) // What came since the failure would overtake this one.
    reject(new Refusal('busy', { retryAfterMs: AFTER_FAULT_MS }))
    return false
  }

  #countFailure(lane: object): void {
    this.#failures.set(lane, this.#failuresOf(lane) + 1)
  }

  #failuresOf(lane: object): number {
    return this.#failures.get(lane) ?? 0
  }
}

function commandNamed(name: string): Performable {
  if (!Object.hasOwn(registry, name)) refuse('unknown-name')
  return registry[name as StateCommandName] // as: just looked up
}

function parse(command: Performable, call: Call): unknown {
  const recognised = command.recognise?.(call.input)
  if (recognised !== undefined) return recognised
  const parsed = commands[call.name as CommandName].input.safeParse(call.input) // as: `commandNamed` knows it
  if (parsed.success) return parsed.data
  const issues = parsed.error.issues.slice(0, 5).map((issue) => `${issue.path.join('.') || 'input'}: ${issue.message}`)
  if (parsed.error.issues.some((issue) => issue.path[0] === 'emoji')) refuse('emoji-invalid')
  refuse('invalid-input', { issues })
}

function roomIn(input: unknown): RoomId | undefined {
  // as: `roomId` was parsed as one where a command has it.
  return typeof input === 'object' && input !== null && 'roomId' in input ? (input.roomId as RoomId) : undefined
}
