import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { RoomId } from '@parley/protocol'
import { buildNative } from './native.ts'
import { dieWithParent, pinned } from './server-process.ts'

/** A connection of the generator: who signs in, and which room (by number and id) it opens. */
export interface Seat<Id extends string = RoomId> {
  readonly token: string
  readonly room: number
  readonly roomId: Id
}

/** What the generator speaks: Parley's own (as the references do), rooms over plain WebSocket or Socket.IO, IRC, XMPP. */
export type Protocol = 'parley' | 'rooms' | 'socketio' | 'irc' | 'xmpp'

export interface Load {
  readonly port: number
  /** All processes of the server. */
  readonly serverPid: number | readonly number[]
  /** Default: Parley's. */
  readonly protocol?: Protocol
  readonly seats: readonly Seat<string>[]
  /** How many connections may be on their way in at a time. Default: 32. */
  readonly entering?: number
  readonly senders: number
  readonly outstanding?: number
  /** Posts per second in all; without it, a closed loop. */
  readonly rate?: number
  readonly warmUp?: number
  readonly seconds: number
  readonly core?: number
  /** Where to write a line for each acknowledged post. */
  readonly acksFile?: string
  /** The last connection asks a query every 20 ms. */
  readonly probe?: boolean
  /** The n-th sender posts as often as 1/n of the first, instead of everybody in turn. */
  readonly zipf?: boolean
  /** So many of the last seats read 1 kB a second once they are in; none of them is waited for. */
  readonly slow?: number
  /** So many of the last seats, after the slow ones, stop reading once they are in. */
  readonly stalled?: number
}

type Quantiles = readonly [p50: number, p99: number, most: number]

export interface LoadResult {
  readonly seconds: number
  readonly posted: number
  readonly acked: number
  /** Every post acknowledged, and delivered to everybody, once and in one order. */
  readonly complete: boolean
  readonly faults: number
  readonly refusals: number
  readonly acks: number
  readonly deliveries: number
  readonly acksPerSecond: number
  readonly deliveriesPerSecond: number
  readonly serverNs: number
  /** Shares of a core. */
  readonly serverShare: number
  readonly generatorShare: number
  readonly steal: number
  readonly bytesPerDelivery: number
  readonly ackMs: Quantiles
  readonly deliveryMs: Quantiles
  readonly probeMs: Quantiles
  /** The server's own memory in kilobytes when all are in the room and nothing was said yet. */
  readonly ownKb: number
  /** Why this run proves nothing. */
  readonly void: readonly string[]
}

/** Runs the generator once. Faults are in the result, not thrown: the scenario decides. */
export async function runLoad(load: Load): Promise<LoadResult> {
  const { folder, loadgen } = buildNative()
  const file = join(folder, `seats-${load.port}.txt`)
  writeFileSync(file, load.seats.map(({ token, room, roomId }) => `${token} ${room} ${roomId}\n`).join(''))
  const options = {
    port: load.port,
    file,
    senders: load.senders,
    outstanding: load.outstanding ?? 1,
    seconds: load.seconds,
    'warm-up': load.warmUp ?? 1,
    'server-pid': [load.serverPid].flat().join(','),
    protocol: load.protocol ?? 'parley',
    entering: load.entering ?? 32,
    ...(load.rate !== undefined && { rate: load.rate }),
    slow: load.slow ?? 0,
    stalled: load.stalled ?? 0,
    ...(load.acksFile !== undefined && { acks: load.acksFile }),
  }
  const words = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)])
  if (load.probe) words.push('--probe')
  if (load.zipf) words.push('--zipf')
  const [program = '', ...rest] = [...dieWithParent, ...pinned(load.core), loadgen, ...words]
  const child = spawn(program, rest, { stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  let complaints = ''
  child.stdout.on('data', (data: Buffer) => {
    output += data.toString()
  })
  child.stderr.on('data', (data: Buffer) => {
    complaints = (complaints + data.toString()).slice(-4_000)
  })
  await new Promise((resolve) => child.once('close', resolve))
  if (output === '') throw new Error(`The load generator failed: ${complaints}`)
  const result = JSON.parse(output) as Omit<LoadResult, 'void'> // as: written by our own program
  return { ...result, void: reasons(result, complaints) }
}

const MOST_GENERATOR_SHARE = 0.85
const MOST_STEAL = 0.01

function reasons(result: Omit<LoadResult, 'void'>, complaints: string): string[] {
  const found: string[] = []
  if (result.faults > 0) found.push(`${result.faults} faults: ${complaints.split('\n')[0]}`)
  if (!result.complete) found.push(`not everything arrived (${result.acked} of ${result.posted} acknowledged)`)
  if (result.generatorShare > MOST_GENERATOR_SHARE) found.push(`generator at ${percent(result.generatorShare)}`)
  if (result.steal > MOST_STEAL) found.push(`steal ${percent(result.steal)}`)
  return found
}

export const percent = (share: number): string => `${(share * 100).toFixed(1)} %`
