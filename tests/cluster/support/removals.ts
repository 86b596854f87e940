import { newId, type RoomId, type ServerFrame } from '@parley/protocol'
import { readFinalLog } from '../../support/final-log.ts'
import { SeededRandom } from '../../support/seeded-random.ts'
import type { Cluster } from './cluster.ts'
import { truthOf } from './cluster-run.ts'
import { ask, type Caller, Device, does, entersAt } from './device.ts'

export interface RemovalsResult {
  readonly seed: number
  readonly races: number
  /** Posts of the removed, before their removal and after it. */
  readonly stored: number
  readonly refused: number
  /** Events and snapshots that reached the removed people's devices. */
  readonly delivered: number
  /** From the acknowledged removal until the slowest device of the removed person was told. */
  readonly toldMs: { readonly median: number; readonly most: number }
  readonly problems: readonly string[]
}

/** Lanes race in rooms of their own; a person comes back after each removal, for the next one. */
export async function raceRemovals(
  cluster: Cluster,
  { seed, races, lanes }: { seed: number; races: number; lanes: number },
): Promise<RemovalsResult> {
  const random = new SeededRandom(seed)
  const problems: string[] = []
  const toldMs: number[] = []
  const tally = { stored: 0, refused: 0, delivered: 0 }
  let left = races
  const lane = async (index: number) => {
    const scene = await Scene.opens(cluster, random.fork(), `${seed} ${index}`)
    try {
      while (left > 0) {
        left -= 1
        const outcome = await scene.race()
        tally.stored += outcome.stored
        tally.refused += outcome.refused
        tally.delivered += outcome.delivered
        toldMs.push(outcome.toldMs)
        problems.push(...outcome.problems.map((problem) => `lane ${index}: ${problem}`))
      }
      problems.push(...(await scene.strayPosts()).map((problem) => `lane ${index}: ${problem}`))
    } finally {
      scene.ends()
    }
  }
  await Promise.all(Array.from({ length: Math.min(lanes, races) }, (_, index) => lane(index)))
  toldMs.sort((a, b) => a - b)
  const told = { median: Math.round(toldMs[toldMs.length >> 1] ?? 0), most: Math.round(toldMs.at(-1) ?? 0) }
  return { seed, races, ...tally, toldMs: told, problems: problems.slice(0, 50) }
}

interface Outcome {
  readonly problems: readonly string[]
  readonly stored: number
  readonly refused: number
  readonly delivered: number
  readonly toldMs: number
}

class Scene {
  readonly #cluster: Cluster
  readonly #random: SeededRandom
  readonly #urls: readonly string[]
  readonly #ann: Caller
  readonly #bob: Caller
  readonly #cid: Caller
  readonly #roomId: RoomId
  /** One of the removed person's at each instance, and one of somebody who stays. */
  readonly #devices: readonly Device[]
  readonly #witness: Device
  /** Which seqs are times when Bob was out: from each removal to his coming back. */
  readonly #absences: { from: number; to: number }[] = []

  static async opens(cluster: Cluster, random: SeededRandom, name: string): Promise<Scene> {
    const [ann, bob, cid] = await Promise.all(
      ['ann', 'bob', 'cid'].map((who) => entersAt(cluster.url, `${who} ${name}`)),
    )
    if (!ann || !bob || !cid) throw new Error('Nobody came.')
    const { roomId } = await does(cluster.url, ann, {
      name: 'create-room',
      input: { name: `Removals ${name}`, kind: 'private' },
    })
    await does(cluster.url, ann, { name: 'add-member', input: { roomId, userId: cid.user.id } })
    const devices = await Promise.all(cluster.instances.map(({ url }) => Device.connects(url, bob)))
    const witness = await Device.connects(random.pick(cluster.instances).url, cid)
    await witness.opens(roomId)
    return new Scene({ cluster, random, people: [ann, bob, cid], roomId, devices, witness })
  }

  private constructor(set: {
    cluster: Cluster
    random: SeededRandom
    people: readonly [Caller, Caller, Caller]
    roomId: RoomId
    devices: readonly Device[]
    witness: Device
  }) {
    this.#cluster = set.cluster
    this.#random = set.random
    this.#urls = set.cluster.instances.map(({ url }) => url)
    ;[this.#ann, this.#bob, this.#cid] = set.people
    this.#roomId = set.roomId
    this.#devices = set.devices
    this.#witness = set.witness
  }

  async race(): Promise<Outcome> {
    const random = this.#random
    const roomId = this.#roomId
    const problems: string[] = []
    const before = this.#devices.map(({ frames }) => frames.length)
    const adding = { roomId, userId: this.#bob.user.id }
    const { seq: joinedAt } = await does(random.pick(this.#urls), this.#ann, { name: 'add-member', input: adding })
    const last = this.#absences.at(-1)
    if (last) last.to = joinedAt
    // One looks elsewhere.
    const [elsewhere, ...looking] = random.shuffled(this.#devices)
    await Promise.all([elsewhere?.opensLobby(), ...looking.map((device) => device.opens(roomId))])

    const tally = { stored: 0, refused: 0 }
    const posts = async () => {
      const answer = await this.#post(this.#bob, 'of Bob')
      if ('output' in answer) tally.stored += 1
      else if (answer.code === 'not-a-member' || answer.code === 'room-not-found') tally.refused += 1
      else if (answer.code !== 'busy') problems.push(`a post was answered ${answer.code}`)
    }
    let removed = { seq: 0, at: 0 }
    const removes = async () => {
      const input = { roomId, userId: this.#bob.user.id }
      const { seq } = await does(random.pick(this.#urls), this.#ann, { name: 'remove-member', input })
      removed = { seq, at: performance.now() }
    }
    const contest = [
      removes,
      posts,
      posts,
      () => this.#post(this.#cid, 'of Cid'),
      () => this.#post(this.#ann, 'of Ann'),
    ]
    await Promise.all(
      random.shuffled(contest).map(async (begin) => {
        await new Promise((resolve) => setTimeout(resolve, random.between(0, 6)))
        await begin()
      }),
    )
    this.#absences.push({ from: removed.seq, to: Number.MAX_SAFE_INTEGER })
    const after = await this.#post(this.#cid, 'after the removal')
    if (!('output' in after)) throw new Error(`The room died: ${after.code}`)

    await Promise.all(
      this.#devices.flatMap((device, index) => {
        const from = before[index] ?? 0
        const isClosed = (frame: ServerFrame) => frame.type === 'closed'
        return [
          device.sees('the removal', (frame) => isEnd(frame, roomId), { from }),
          ...(device === elsewhere ? [] : [device.sees('the end of the room', isClosed, { from })]),
        ]
      }),
    )
    const toldMs = performance.now() - removed.at
    const isLast = (frame: { type: string }) => JSON.stringify(frame).includes(after.output.messageId)
    await this.#witness.sees('what came after the removal', isLast)

    let delivered = 0
    for (const [index, device] of this.#devices.entries()) {
      const frames = device.frames.slice(before[index])
      delivered += device.seqsOf(roomId, before[index]).length
      const looked = device === elsewhere ? [] : device.seqsOf(roomId, before[index])
      const leaks = [
        ...looked.filter((seq) => seq > removed.seq).map((seq) => `seq ${seq} after the removal at ${removed.seq}`),
        ...wordsAfterTheEnd(frames, roomId, device === elsewhere ? 'events' : 'closed'),
      ]
      problems.push(...leaks.map((leak) => `device ${index}: ${leak.slice(0, 300)}`))
    }
    return { problems, delivered, toldMs, ...tally }
  }

  /** What the log holds of Bob from times when he was out. */
  async strayPosts(): Promise<string[]> {
    const log = await readFinalLog(truthOf(this.#cluster))
    return log.flatMap((row) => {
      if (row.kind !== 'log' || row.stream !== `room:${this.#roomId}`) return []
      if (row.actorId !== this.#bob.user.id || row.type !== 'message-posted') return []
      const isStray = this.#absences.some(({ from, to }) => row.seq > from && row.seq < to)
      return isStray ? [`stored after a removal: ${row.seq}`] : []
    })
  }

  ends(): void {
    for (const device of [...this.#devices, this.#witness]) device.hangsUp()
  }

  #post(caller: Caller, body: string) {
    const input = { roomId: this.#roomId, body }
    return ask(this.#random.pick(this.#urls), caller, { name: 'post-message', input, id: newId() })
  }
}

/** Whatever names the room after the person was told that it is none of theirs any more, but for telling it once more. */
function wordsAfterTheEnd(frames: readonly ServerFrame[], roomId: RoomId, told: 'closed' | 'events'): string[] {
  const isFarewell = (frame: ServerFrame) =>
    isEnd(frame, roomId) || (frame.type === 'closed' && frame.place.kind === 'room' && frame.place.roomId === roomId)
  const end = frames.findIndex((frame) => frame.type === told && isFarewell(frame))
  const leftAt = frames.findLastIndex((frame) => isEnd(frame, roomId))
  return frames.slice(end + 1).flatMap((frame, index) => {
    const text = JSON.stringify(frame)
    // The person's own log may be behind the room's: it still says that they came, and then that they left.
    const isOwnPast = isOwnEntering(frame) && end + 1 + index < leftAt
    return text.includes(roomId) && !isFarewell(frame) && !isOwnPast ? [`after the end: ${text}`] : []
  })
}

function isOwnEntering(frame: ServerFrame): boolean {
  return (
    frame.type === 'events' &&
    frame.stream.startsWith('user:') &&
    frame.events.every(({ type }) => type === 'room-entered')
  )
}

function isEnd(frame: { type: string }, roomId: RoomId): boolean {
  return (
    frame.type === 'events' && JSON.stringify(frame).includes(`"room-left"`) && JSON.stringify(frame).includes(roomId)
  )
}
