import type { RoomId } from '@parley/protocol'
import { checkHistory, type Violation } from '../../apps/cli/src/check/history-checker.ts'
import type { HistoryEntry } from '../../apps/cli/src/check/history-entry.ts'
import { readFinalLog } from '../support/final-log.ts'
import { Actor } from './actor.ts'
import { expectLobbySameAsFresh, expectRoomSameAsFresh, expectSameAsFresh } from './same-as-fresh.ts'
import { World } from './world.ts'

export interface LifeOptions {
  readonly seed: number
  readonly databaseUrl?: string
  readonly people: number
  readonly rooms: number
  readonly acts: number
  /** How often the server is killed on the way. */
  readonly kills: number
  readonly loss: number
  /** Whether people also write to each other, block, make private rooms and change their names. */
  readonly mingles?: boolean
  /** Whether owners also remove, ban, add, mute and promote people while all of that goes on. */
  readonly moderates?: boolean
  /** Whether owners keep changing who may post when, and refusals are lost like all else. */
  readonly restrains?: boolean
}

export interface LifeResult {
  readonly steps: number
  readonly events: number
  readonly violations: readonly Violation[]
  readonly faults: readonly string[]
  readonly history: readonly HistoryEntry[]
}

/** A whole seeded run: people act while everything breaks, then everything heals, and everybody must see the truth. */
export async function live(options: LifeOptions): Promise<LifeResult> {
  const { seed, databaseUrl, loss, restrains = false } = options
  const world = await World.begins({
    seed,
    loss,
    losesRefusals: restrains,
    ...(databaseUrl === undefined ? {} : { databaseUrl }),
  })
  try {
    const actors: Actor[] = []
    for (let index = 0; index < options.people; index++) actors.push(await Actor.arrives(world, `person ${index + 1}`))
    const { scheduler } = world
    await scheduler.run({ isDone: () => actors.every((actor) => actor.isSettled), forMs: 60_000 })
    const roomIds = await makeRooms(world, actors, options.rooms)
    world.breaksThings(true)
    await breakThings(world, actors, roomIds, options)
    world.breaksThings(false)
    world.history.silence()
    for (const actor of actors) actor.hasLineAgain()
    await heals(world, actors)
    await compare(world, actors)
    world.history.finish()
    const log = await readFinalLog(world.truth)
    for (const entry of log) world.history.add(entry)
    if (process.env.PARLEY_KEEP) world.history.save(process.env.PARLEY_KEEP)
    return {
      steps: scheduler.steps,
      events: log.filter((entry) => entry.kind === 'log').length,
      violations: checkHistory(world.history.entries),
      faults: [...world.faults, ...world.history.frameFaults],
      history: world.history.entries,
    }
  } catch (error) {
    if (process.env.PARLEY_KEEP) world.history.save(process.env.PARLEY_KEEP)
    throw error
  } finally {
    await world.end()
  }
}

async function makeRooms(world: World, actors: readonly Actor[], count: number): Promise<RoomId[]> {
  const roomIds: RoomId[] = []
  for (let index = 0; index < count; index++) {
    const creator = actors[index % actors.length]
    void creator?.client.createRoom({ name: `Room ${index + 1}` }).then(({ roomId }) => roomIds.push(roomId))
  }
  await world.scheduler.run({ isDone: () => roomIds.length === count, forMs: 60_000 })
  return roomIds
}

async function breakThings(world: World, actors: readonly Actor[], roomIds: RoomId[], options: LifeOptions) {
  const { scheduler, random } = world
  let acts = 0
  const lives = options.kills + 1
  for (let life = 1; life <= lives; life++) {
    const until = Math.floor((options.acts * life) / lives)
    const act = () => {
      if (!random.chance(0.08)) return
      acts += 1
      const actor = random.pick(actors)
      if (options.mingles && random.chance(0.2)) actor.mingles(random.pick(actors))
      else if (options.moderates && random.chance(0.2)) actor.moderates(random.pick(actors))
      else if (options.restrains && random.chance(0.25)) actor.restrains(random.pick(actors))
      else actor.acts(roomIds)
    }
    await scheduler.run({ isDone: () => acts >= until, act })
    if (life === lives) return
    await world.killServer()
    // People go on for a while without a server.
    await scheduler.run({ forMs: random.between(0, 5_000), act })
    await world.startServer()
  }
}

/** Long enough for every backoff, repeat and heartbeat, and then until everybody is done. */
async function heals(world: World, actors: readonly Actor[]): Promise<void> {
  await world.scheduler.run({ forMs: 45_000 })
  await world.scheduler.run({ isDone: () => actors.every((actor) => actor.isSettled), forMs: 120_000 })
  await world.scheduler.run({ forMs: 25_000 })
}

async function compare(world: World, actors: readonly Actor[]): Promise<void> {
  for (const actor of actors) {
    if (!actor.isSettled) throw new Error(`${actor.name} never came to rest: ${describeActor(actor)}`)
    await expectSameAsFresh(world, actor)
    await comesBack(world, actor)
    if (actor.place === 'lobby') await expectLobbySameAsFresh(world, actor)
    else if (actor.place && isMember(actor, actor.place)) await expectRoomSameAsFresh(world, actor, actor.place)
  }
  for (const actor of actors) await visitsEverything(world, actor)
}

/** Whoever was removed from the open room and added again sees that it is closed, until they open it once more. */
async function comesBack({ scheduler }: World, actor: Actor): Promise<void> {
  const { place } = actor
  if (!place || place === 'lobby' || !isMember(actor, place)) return
  if (actor.client.room(place).view.value?.phase !== 'closed') return
  actor.goesTo('lobby')
  actor.goesTo(place)
  await scheduler.run({ isDone: () => actor.isSettled, forMs: 30_000 })
  await scheduler.run({ forMs: 5_000 })
}

/** Rooms that were not open are resumed from wherever the client had left them. */
async function visitsEverything(world: World, actor: Actor): Promise<void> {
  const { scheduler } = world
  for (const { id } of actor.client.rooms.value) {
    if (id === actor.place) continue
    actor.goesTo(id)
    await scheduler.run({ isDone: () => actor.isSettled, forMs: 30_000 })
    await scheduler.run({ forMs: 5_000 })
    await expectRoomSameAsFresh(world, actor, id)
  }
  actor.goesTo('lobby')
  await scheduler.run({ isDone: () => actor.isSettled, forMs: 30_000 })
  await scheduler.run({ forMs: 10_000 })
  await expectLobbySameAsFresh(world, actor)
}

const isMember = (actor: Actor, roomId: RoomId): boolean => actor.client.rooms.value.some((room) => room.id === roomId)

function describeActor(actor: Actor): string {
  const { connection, outbox, lobby } = actor.client
  const view = actor.place && actor.place !== 'lobby' ? actor.client.room(actor.place).view.value?.phase : lobby.value
  return JSON.stringify({ connection: connection.value, queued: outbox.value.entries, place: actor.place, view })
}
