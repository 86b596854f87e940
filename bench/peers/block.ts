import { type LoadResult, percent, runLoad } from '../lib/loadgen.ts'
import { memoryKb } from '../lib/proc.ts'
import { count } from '../lib/report.ts'
import type { Peer, PeerServer } from './peer.ts'

/** How hard one room is driven: at a rate that all bear, or by senders who wait for nothing but the acknowledgement. */
export interface Drive {
  readonly name: 'steady' | 'loop'
  readonly connections: number
  readonly senders: number
  /** Posts a second in all; absent in a closed loop. */
  readonly rate?: number
}

export interface Block {
  readonly server: string
  /** Whose pair of blocks this belongs to. */
  readonly beside: string
  readonly drive: Drive
  readonly result: LoadResult
  /** Kilobytes of the server's own memory just after its start. */
  readonly emptyKb: number
}

export interface Running {
  readonly peer: Peer
  readonly server: PeerServer
  readonly emptyKb: number
}

/** Starts a server and weighs it while it is empty. */
export async function run(peer: Peer): Promise<Running> {
  const server = await peer.start()
  const emptyKb = server.pids.reduce((sum, pid) => sum + memoryKb(pid).own, 0)
  return { peer, server, emptyKb }
}

const LEAST_OF_THE_RATE = 0.95
const REPEATS_OF_VOID = 1

export interface Pace {
  readonly seconds: number
  /** Shorter before the measuring. */
  readonly quick: boolean
  /** When, by `performance.now()`, blocks that are void by steal are no longer run once more. */
  readonly repeatsUntil: number
}

/** Drives one room of a server, once more if the machine was taken away meanwhile. */
export async function runBlock({ peer, server }: Running, drive: Drive, pace: Pace): Promise<LoadResult> {
  for (let attempt = 0; ; attempt++) {
    const result = await audited({ peer, server }, drive, pace)
    print(peer, drive, result)
    const isStolen = result.void.some((reason) => reason.startsWith('steal'))
    if (!isStolen || attempt === REPEATS_OF_VOID || performance.now() > pace.repeatsUntil) return result
  }
}

async function audited(
  { peer, server }: Pick<Running, 'peer' | 'server'>,
  drive: Drive,
  { seconds, quick }: Pace,
): Promise<LoadResult> {
  const seats = await server.seats(drive.connections)
  const storedBefore = server.storedPosts?.() ?? 0
  const result = await runLoad({
    port: server.port,
    serverPid: server.pids,
    protocol: peer.protocol,
    seats,
    ...(peer.entering !== undefined && { entering: peer.entering }),
    senders: drive.senders,
    ...(drive.rate !== undefined && { rate: drive.rate }),
    seconds,
    warmUp: quick ? 0.5 : 1,
    core: 1,
  })
  const reasons = [...result.void]
  const stored = server.storedPosts && server.storedPosts() - storedBefore
  if (stored !== undefined && stored !== result.acked)
    reasons.push(`${result.acked} acknowledged, ${stored} in the database`)
  if (drive.rate && result.acksPerSecond < drive.rate * LEAST_OF_THE_RATE)
    reasons.push(`saturated: ${result.acksPerSecond} of ${drive.rate} posts/s`)
  return { ...result, void: reasons }
}

function print(peer: Peer, drive: Drive, result: LoadResult): void {
  const rate = `${count(result.deliveriesPerSecond)} deliveries/s`
  const note = result.void.length > 0 ? `  VOID: ${result.void.join('; ')}` : ''
  console.log(
    `${drive.name.padEnd(6)} ${peer.name.padEnd(9)} ${rate.padStart(21)} ${nsPerDelivery(result).toFixed(0).padStart(7)} ns each, server ${percent(result.serverShare)}, generator ${percent(result.generatorShare)}${note}`,
  )
}

export const nsPerDelivery = ({ serverNs, deliveries }: LoadResult): number => serverNs / Math.max(1, deliveries)
