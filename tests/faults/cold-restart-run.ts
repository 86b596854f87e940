import type { RoomId } from '@parley/protocol'
import { cpuNs } from '../../bench/lib/proc.ts'
import { does, entersAt } from '../cluster/support/device.ts'
import { readFinalLog, type Truth } from '../support/final-log.ts'
import { startServer, type TestServer } from '../support/harness.ts'
import { Crowd, type Findings } from './crowd.ts'
import type { Journey } from './crowd-client.ts'
import { type Quantiles, quantiles } from './lags.ts'

export interface ColdRestartOptions {
  readonly clients: number
  readonly restarts: number
  readonly perRoom?: number
}

export interface ColdRestartResult {
  readonly clients: number
  readonly restarts: readonly OneRestart[]
  readonly acknowledged: number
  readonly problems: readonly string[]
}

export interface OneRestart {
  /** From SIGTERM until the next process was ready. */
  readonly awayMs: number
  /** From each client's first attempt that the server was there for until it was current: what is promised. */
  readonly backMs: Quantiles
  /** The same from its very first attempt, which may have found nobody. */
  readonly triedMs: Quantiles
  /** From the moment when the server was ready. */
  readonly sinceReadyMs: Quantiles
  /** From SIGTERM until the last client was current. */
  readonly everybodyMs: number
  /** What the new process spent on a core until then, for each client. */
  readonly cpuUsEach: number
  /** How many clients needed more than one attempt, and the most that one needed. */
  readonly tried: { readonly again: number; readonly most: number }
}

const WRITE_EVERY_MS = 50
const WRITERS = 40
const BACK_WITHIN_MS = 120_000
const AWAY_AT_MOST_MS = 3_000
const BACK_AT_P99_MS = 2_000

/** One server on SQLite, thousands of clients in rooms, some of whom write all the time; it is stopped and started again. */
export async function coldRestartRun({
  clients,
  restarts,
  perRoom = 100,
}: ColdRestartOptions): Promise<ColdRestartResult> {
  const limits = ['guests', 'all-guests', 'posts', 'queries'].map((name) => `${name}=1000000/s`)
  await using server = await startServer({ env: { PARLEY_LIMITS: limits.join() } })
  const roomIds = await makeRooms(server.url, Math.max(1, Math.round(clients / perRoom)))
  const crowd = await Crowd.gathers({ url: server.url, clients, roomIds })
  try {
    await crowd.startWriting(WRITE_EVERY_MS, WRITERS)
    const done: OneRestart[] = []
    for (let index = 0; index < restarts; index++) done.push(await restart(server, crowd))
    await crowd.stopWriting()
    await crowd.settles(BACK_WITHIN_MS)
    const found = await judge(crowd, server)
    return {
      clients,
      restarts: done,
      acknowledged: found.acknowledged.length,
      problems: [...found.problems, ...tooSlow(done)],
    }
  } finally {
    crowd.leave()
  }
}

async function makeRooms(url: string, count: number): Promise<RoomId[]> {
  const owner = await entersAt(url, 'owner of the rooms')
  const roomIds: RoomId[] = []
  for (let index = 0; index < count; index++) {
    const { roomId } = await does(url, owner, { name: 'create-room', input: { name: `Room ${index + 1}` } })
    roomIds.push(roomId)
  }
  return roomIds
}

async function restart(server: TestServer, crowd: Crowd): Promise<OneRestart> {
  await crowd.forgetJourneys()
  const stoppedAt = now()
  await server.restart()
  const readyAt = now()
  const journeys = await crowd.comesBack(BACK_WITHIN_MS)
  const cpuUs = cpuNs(server.pid ?? 0) / 1_000
  const tries = journeys.map(({ dialledAt }) => dialledAt.length)
  return {
    awayMs: Math.round(readyAt - stoppedAt),
    backMs: quantiles(inOrder(journeys.map((journey) => backAfter(journey, readyAt)))),
    triedMs: quantiles(inOrder(journeys.map((journey) => backAfter(journey, 0)))),
    sinceReadyMs: quantiles(inOrder(journeys.map(({ currentAt = 0 }) => Math.max(0, currentAt - readyAt)))),
    everybodyMs: Math.round(Math.max(...journeys.map(({ currentAt = 0 }) => currentAt)) - stoppedAt),
    cpuUsEach: Math.round(cpuUs / journeys.length),
    tried: { again: tries.filter((count) => count > 1).length, most: Math.max(...tries) },
  }
}

/** From its first attempt since then; or from its last one, if that began before and was the one that succeeded. */
function backAfter({ dialledAt, currentAt = 0 }: Journey, since: number): number {
  const first = dialledAt.find((at) => at >= since) ?? dialledAt.at(-1)
  if (first === undefined) throw new Error('A client is current without an attempt.')
  return currentAt - first
}

/** Every acknowledged post lies where it was said to, and everybody has applied all of their room. */
async function judge(crowd: Crowd, truth: Truth): Promise<Findings> {
  const log = await readFinalLog(truth)
  const heads = Object.fromEntries(
    log.flatMap((entry) =>
      entry.kind === 'head' && entry.stream.startsWith('room:') ? [[entry.stream.slice(5), entry.seq]] : [],
    ),
  )
  const { problems, acknowledged } = await crowd.findings(heads, BACK_WITHIN_MS)
  const posts = new Map(
    log.flatMap((entry) => (entry.kind === 'log' && entry.type === 'message-posted' ? [[entry.commandId, entry]] : [])),
  )
  const bodies = new Map(
    log.flatMap((entry) => (entry.kind === 'message' ? [[`${entry.stream} ${entry.number}`, entry.body]] : [])),
  )
  const lost = acknowledged.filter(({ commandId, roomId, seq, number, body }) => {
    const row = posts.get(commandId)
    const isThere = row?.stream === `room:${roomId}` && row.seq === seq
    return !isThere || bodies.get(`room:${roomId} ${number}`) !== body
  })
  const stored = [...bodies].length
  return {
    acknowledged,
    problems: [
      ...problems.slice(0, 20),
      ...lost
        .slice(0, 20)
        .map(({ commandId }) => `the post ${commandId} was acknowledged and is not there as it was told`),
      ...(stored === acknowledged.length
        ? []
        : [`${stored} messages lie there, and ${acknowledged.length} were acknowledged`]),
    ],
  }
}

function tooSlow(restarts: readonly OneRestart[]): string[] {
  return restarts.flatMap(({ awayMs, backMs }, index) => [
    ...(awayMs > AWAY_AT_MOST_MS ? [`restart ${index + 1}: the server was away for ${awayMs} ms`] : []),
    ...(backMs.p99 > BACK_AT_P99_MS ? [`restart ${index + 1}: current again after ${backMs.p99} ms at p99`] : []),
  ])
}

const inOrder = (values: readonly number[]) => values.toSorted((a, b) => a - b)

/** Of the machine's clock, as the crowd's. */
const now = () => performance.timeOrigin + performance.now()
