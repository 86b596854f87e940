import { type CommandId, newId, type RoomId } from '@parley/protocol'
import type { EntryOf } from '../../../apps/cli/src/check/history-entry.ts'
import { readFinalLog } from '../../support/final-log.ts'
import { SeededRandom } from '../../support/seeded-random.ts'
import type { Cluster } from './cluster.ts'
import { truthOf } from './cluster-run.ts'
import { type Answer, ask, type Caller, Device, does, entersAt } from './device.ts'

export interface RepeatsResult {
  readonly seed: number
  readonly posts: number
  readonly sent: number
  readonly unknown: number
  /** What must not be: doubled, lost, or answered in two ways. */
  readonly problems: readonly string[]
}

const LANES = 16
/** Whoever has no answer yet asks again, as clients do. */
const MOST_ROUNDS = 40

type Posted = Extract<Answer<'post-message'>, { output: unknown }>['output']

/** Posts, each sent one to five times under one command id, at once or one after another, over new connections to any instance. */
export async function sendRepeatedly(
  cluster: Cluster,
  { seed, posts }: { seed: number; posts: number },
): Promise<RepeatsResult> {
  const random = new SeededRandom(seed)
  const urls = cluster.instances.map(({ url }) => url)
  const callers = await Promise.all(
    Array.from({ length: LANES }, (_, index) => entersAt(cluster.url, `repeats ${seed} ${index}`)),
  )
  const roomIds = await roomsOf(cluster, callers, `${seed}`)
  const answers = new Map<CommandId, Posted>()
  const problems: string[] = []
  const tally = { sent: 0, unknown: 0 }

  const once = async (caller: Caller, post: { id: CommandId; roomId: RoomId }): Promise<void> => {
    tally.sent += 1
    const answer = await sendOnce(random.pick(urls), caller, post, random.chance(0.3))
    if ('code' in answer) {
      if (answer.code === 'unknown' || answer.code === 'busy' || answer.code === 'internal') tally.unknown += 1
      else problems.push(`${post.id} was refused as ${answer.code}`)
      return
    }
    const first = answers.get(post.id)
    if (!first) answers.set(post.id, answer.output)
    else if (first.seq !== answer.output.seq || first.messageId !== answer.output.messageId)
      problems.push(`${post.id} was answered ${first.seq} and then ${answer.output.seq}`)
  }

  let left = posts
  const lane = async (caller: Caller) => {
    while (left > 0) {
      left -= 1
      const post = { id: newId<CommandId>(), roomId: random.pick(roomIds) }
      const times = random.between(1, 5)
      if (random.chance(0.5)) await Promise.all(Array.from({ length: times }, () => once(caller, post)))
      else for (let time = 0; time < times; time++) await once(caller, post)
      for (let round = 0; !answers.has(post.id) && round < MOST_ROUNDS; round++) {
        await new Promise((resolve) => setTimeout(resolve, 250))
        await once(caller, post)
      }
      if (!answers.has(post.id)) problems.push(`${post.id} was never answered`)
    }
  }
  await Promise.all(callers.map(lane))

  const rows = (await readFinalLog(truthOf(cluster))).filter((entry): entry is EntryOf<'log'> => entry.kind === 'log')
  const logged = Map.groupBy(
    rows.filter((row) => row.type === 'message-posted'),
    (row) => row.commandId,
  )
  for (const [id, { seq }] of answers) {
    const found = logged.get(id) ?? []
    if (found.length !== 1 || found[0]?.seq !== seq)
      problems.push(`${id} was answered ${seq} and is logged as ${found.map((row) => row.seq).join(', ') || 'nothing'}`)
  }
  return { seed, posts, ...tally, problems: problems.slice(0, 50) }
}

async function roomsOf(cluster: Cluster, callers: readonly Caller[], name: string): Promise<RoomId[]> {
  const [first] = callers
  const roomIds: RoomId[] = []
  for (let index = 0; index < 4; index++) {
    const input = { name: `Repeats ${name} ${index}` }
    const { roomId } = await does(cluster.url, first, { name: 'create-room', input })
    roomIds.push(roomId)
    await Promise.all(callers.slice(1).map((one) => does(cluster.url, one, { name: 'enter-room', input: { roomId } })))
  }
  return roomIds
}

async function sendOnce(
  url: string,
  caller: Caller,
  { id, roomId }: { id: CommandId; roomId: RoomId },
  overSocket: boolean,
): Promise<Answer<'post-message'>> {
  const call = { name: 'post-message', input: { roomId, body: `post ${id}` }, id, withinMs: 10_000 } as const
  if (!overSocket) return ask(url, caller, call)
  let device: Device | undefined
  try {
    device = await Device.connects(url, caller)
    device.tell({ type: 'command', id, name: call.name, input: call.input })
    const isAnswer = (frame: { type: string; id?: string }) =>
      (frame.type === 'reply' || frame.type === 'refusal') && frame.id === id
    const frame = await device.sees('an answer', isAnswer, { withinMs: 10_000 })
    if (frame.type === 'refusal') return { code: frame.code }
    return { output: (frame.type === 'reply' && frame.output) as Posted } // as: our server keeps the protocol
  } catch {
    return { code: 'unknown' } // The instance stands still, or is gone.
  } finally {
    device?.hangsUp()
  }
}
