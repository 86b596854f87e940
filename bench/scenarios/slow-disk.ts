import { type LoadResult, runLoad, type Seat } from '../lib/loadgen.ts'
import { buildNative } from '../lib/native.ts'
import { keepResult, printTable, say } from '../lib/report.ts'
import { type BenchServer, startServer } from '../lib/server-process.ts'
import { soloRooms } from './posts.ts'

export interface SlowDiskOptions {
  readonly seconds: number
}

const SENDERS = 64
const OUTSTANDING = 8
const INJECTED_MS = 10
const AS_IT_IS = 'as it is'
const SLOWER = `${INJECTED_MS} ms slower`
/** The latest acknowledgement at half load, p99 in milliseconds. */
const TARGETS = [
  { name: AS_IT_IS, most: 10 },
  { name: SLOWER, most: 60 },
] as const

interface Row {
  readonly disk: string
  readonly load: string
  readonly result: LoadResult
}

/** What a disk costs whose every sync takes 10 ms longer: how late acknowledgements come, and how long sockets stall. */
export async function slowDisk({ seconds }: SlowDiskOptions): Promise<void> {
  const rows: Row[] = []
  for (const [disk, env] of [
    [AS_IT_IS, {}],
    [SLOWER, { LD_PRELOAD: buildNative().sync, PARLEY_BENCH_SYNC: String(INJECTED_MS) }],
  ] as const) {
    const server = await startServer({ core: 0, env })
    try {
      const seats = await soloRooms(server.port)
      const full = await run(server, seats, { seconds })
      const half = await run(server, seats, { seconds, rate: full.acksPerSecond / 2 })
      const light = await run(server, seats, { seconds, rate: 20 })
      rows.push(
        { disk, load: `full (${Math.round(full.acksPerSecond)}/s)`, result: full },
        { disk, load: `half (${Math.round(half.acksPerSecond)}/s)`, result: half },
        { disk, load: '20/s', result: light },
      )
    } finally {
      await server.stop()
    }
  }
  printTable([
    ['sync', 'load', 'ack p50', 'ack p99', 'ack max', 'query p50', 'query p99', 'query max', 'void'],
    ...rows.map(({ disk, load, result }) => [
      disk,
      load,
      ...[...result.ackMs, ...result.probeMs].map((ms) => `${ms.toFixed(1)} ms`),
      result.void.join('; '),
    ]),
  ])
  const verdicts = TARGETS.map(({ name, most }) => {
    const half = rows.find(({ disk, load }) => disk === name && load.startsWith('half'))?.result
    const late = half && half.void.length === 0 ? half.ackMs[1] : undefined
    const state = late === undefined ? 'void' : `${late.toFixed(0)} ms: ${late <= most ? 'met' : 'not met'}`
    return `- ack p99 at half load, sync ${name}, at most ${most} ms: ${state}`
  })
  say(`\n${verdicts.join('\n')}`)
  say('\nquery: asked every 20 ms on a connection that posts nothing; a stalled event loop shows here.')
  keepResult('slow-disk', { seconds, rows })
}

function run(
  server: BenchServer,
  seats: readonly Seat[],
  { seconds, rate }: { seconds: number; rate?: number },
): Promise<LoadResult> {
  return runLoad({
    port: server.port,
    serverPid: server.pid,
    seats: seats.slice(0, SENDERS + 1), // The last one only asks.
    senders: SENDERS,
    outstanding: OUTSTANDING,
    seconds,
    core: 1,
    probe: true,
    ...(rate !== undefined && { rate }),
  })
}
