import type { RoomId } from '@parley/protocol'
import { PROTOCOL_VERSION } from '@parley/protocol'
import { RawSocket } from '../../apps/server/src/testing/raw-socket.contract.ts'
import { memoryKb } from '../../bench/lib/proc.ts'
import { startServer, type TestServer } from '../support/harness.ts'
import { enterAsGuest } from '../support/person.ts'
import { OpenLine, spread } from './line.ts'

export interface SlowReadersResult {
  readonly stalled: number
  readonly posts: number
  /** From sending a post to another person's getting it. */
  readonly before: ReturnType<typeof spread>
  readonly during: ReturnType<typeof spread>
  readonly grownMb: number
  /** Closed as too slow. */
  readonly cut: number
  readonly resumed: number
  readonly problems: readonly string[]
}

export interface SlowReadersOptions {
  readonly stalled: number
  readonly seconds: number
  readonly people?: number
  readonly rooms?: number
  /** How many times as long news may take at p99 when they have stopped as while they read. */
  readonly mostTimes: number
}

const POSTS_PER_S = 200
/** Nearly the longest message, so that what waits for them piles up as fast as it can. */
const BODY = 'x'.repeat(7_800)
const MEMORY_MB = 200

/** People who post and read under load, among others in their rooms who read as well and then stop. */
export async function slowReaders(options: SlowReadersOptions): Promise<SlowReadersResult> {
  const { stalled: count, seconds, people = 20, rooms = 10, mostTimes } = options
  const limits = 'guests=100000/s,all-guests=100000/s,posts=1000000/s,queries=1000000/s'
  await using server = await startServer({ env: { PARLEY_LIMITS: limits } })
  const talk = await Talk.begins(server, { people, rooms })
  const stalled = await Promise.all(
    Array.from({ length: count }, (_, index) => Stalled.arrives(server, talk.room(index), index)),
  )
  const before = await talk.goesOn(Math.min(seconds, 20))
  const memoryBefore = memoryKb(server.pid ?? 0).rss
  for (const one of stalled) one.stops()
  let most = memoryBefore
  const during = await talk.goesOn(seconds, () => {
    most = Math.max(most, memoryKb(server.pid ?? 0).rss)
  })
  const grownMb = Math.round((most - memoryBefore) / 1024)
  const metrics = await (await fetch(`${server.url}/metrics`)).text()
  const cut = Number(/^parley_closed_too_slow_total (\d+)/m.exec(metrics)?.[1])
  const back = await Promise.all(stalled.map((one) => one.comesBack(server.url, talk)))
  const problems = [...talk.problems, ...back.filter((problem) => problem !== undefined)]
  const times = spread(during).p99 / Math.max(1, spread(before).p99)
  if (grownMb > MEMORY_MB) problems.push(`${grownMb} MiB more memory`)
  if (times > mostTimes) problems.push(`news took ${times.toFixed(1)} times as long at p99`)
  const resumed = back.filter((problem) => problem === undefined).length
  talk.ends()
  return {
    stalled: count,
    posts: talk.posts,
    before: spread(before),
    during: spread(during),
    grownMb,
    cut,
    resumed,
    problems,
  }
}

class Talk {
  readonly problems: string[] = []
  readonly #people: readonly OpenLine[]
  readonly #rooms: readonly RoomId[]
  readonly #heads = new Map<RoomId, number>()
  #latencies: number[] = []
  #count = 0
  #unheard = 0

  static async begins(server: TestServer, { people: count, rooms: roomCount }: { people: number; rooms: number }) {
    const people = await Promise.all(
      Array.from({ length: count }, (_, index) => OpenLine.dials(server.url, `talk ${index}`)),
    )
    const rooms: RoomId[] = []
    for (let index = 0; index < roomCount; index++) rooms.push(await pick(people, index).createsRoom(`Talk ${index}`))
    const talk = new Talk(people, rooms)
    for (const [index, person] of people.entries()) await talk.#joins(person, pick(rooms, index))
    return talk
  }

  private constructor(people: readonly OpenLine[], rooms: readonly RoomId[]) {
    this.#people = people
    this.#rooms = rooms
  }

  get posts(): number {
    return this.#count
  }

  room(index: number): RoomId {
    return pick(this.#rooms, index)
  }

  headOf(roomId: RoomId): number {
    return this.#heads.get(roomId) ?? 0
  }

  /** Posts for so long, and answers with how long each took to each other person in the room. */
  async goesOn(seconds: number, look: () => void = () => {}): Promise<readonly number[]> {
    this.#latencies = []
    const startedAt = performance.now()
    const answers: Promise<void>[] = []
    for (let done = 0; performance.now() < startedAt + seconds * 1_000; ) {
      const due = ((performance.now() - startedAt) / 1_000) * POSTS_PER_S
      for (; done < due; done++) answers.push(this.#post(done))
      look()
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    await Promise.all(answers)
    // Everybody else in the room hears each of them, and the last of them soon.
    const deadline = performance.now() + 10_000
    while (this.#unheard > 0 && performance.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 20))
    if (this.#unheard > 0) this.problems.push(`${this.#unheard} posts were not heard by somebody who reads`)
    return this.#latencies
  }

  ends(): void {
    for (const person of this.#people) person.hangsUp()
  }

  async #joins(person: OpenLine, roomId: RoomId): Promise<void> {
    await person.enters(roomId)
    const opened = new Promise<void>((resolve) => {
      person.heard = (frame) => {
        if (frame.type === 'opened') resolve()
        if (frame.type === 'events') this.#hears(JSON.stringify(frame.events))
      }
    })
    person.looksAt(roomId)
    await opened
  }

  #hears(events: string): void {
    for (const [, at] of events.matchAll(/sent at (\d+\.\d+) /g)) {
      this.#latencies.push(performance.now() - Number(at))
      this.#unheard -= 1
    }
  }

  async #post(index: number): Promise<void> {
    this.#count += 1
    const person = index % this.#people.length
    const roomId = pick(this.#rooms, person)
    this.#unheard += this.#people.filter((_, other) => pick(this.#rooms, other) === roomId).length
    const body = `sent at ${performance.now().toFixed(3)} ${BODY}`
    const answer = await pick(this.#people, person).asks('post-message', { roomId, body })
    if (answer?.type !== 'reply') this.problems.push(`a post was answered ${JSON.stringify(answer)}`)
    else this.#heads.set(roomId, Math.max(this.headOf(roomId), (answer.output as { seq: number }).seq)) // as: of `post-message`
  }
}

/** Somebody in a room whose machine reads nothing more. */
class Stalled {
  readonly #line: RawSocket
  readonly #token: string
  readonly #roomId: RoomId

  static async arrives(server: TestServer, roomId: RoomId, index: number): Promise<Stalled> {
    const { token } = await enterAsGuest(server.url, `stalled ${index}`)
    const first = await OpenLine.returns(server.url, token)
    await first.enters(roomId)
    first.hangsUp()
    const line = new RawSocket(server.port)
    await line.upgrade({ Authorization: `Bearer ${token}` })
    line.text({ type: 'hello', protocol: PROTOCOL_VERSION })
    line.text({ type: 'open', place: { kind: 'room', roomId } })
    await line.seesText('"opened"')
    line.heedsNothing()
    return new Stalled(line, { token, roomId })
  }

  private constructor(line: RawSocket, { token, roomId }: { token: string; roomId: RoomId }) {
    this.#line = line
    this.#token = token
    this.#roomId = roomId
  }

  stops(): void {
    // The server is to see that it was there until now.
    this.#line.text({ type: 'pong' })
    this.#line.stall()
  }

  /** Dials again and opens the room; answers with what is wrong if that does not show everything. */
  async comesBack(url: string, talk: Talk): Promise<string | undefined> {
    this.#line.destroy()
    const line = await OpenLine.returns(url, this.#token)
    const seq = await new Promise<number>((resolve) => {
      line.heard = (frame) => frame.type === 'opened' && resolve(frame.seq)
      line.looksAt(this.#roomId)
    })
    line.hangsUp()
    const head = talk.headOf(this.#roomId)
    return seq >= head ? undefined : `came back to ${seq} of ${head}`
  }
}

function pick<Item>(all: readonly Item[], index: number): Item {
  const item = all[index % all.length]
  if (item === undefined) throw new Error('There is nobody.')
  return item
}
