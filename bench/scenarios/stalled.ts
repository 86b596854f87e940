import { Api, inParallel } from '../lib/api.ts'
import { type LoadResult, percent, runLoad } from '../lib/loadgen.ts'
import { memoryKb } from '../lib/proc.ts'
import { median } from '../lib/quantiles.ts'
import { count, keepResult, printTable, say } from '../lib/report.ts'
import { startServer } from '../lib/server-process.ts'

const RATE = 100
const MOST_RATIO = 1.1
const KINDS = ['all read', '1 % stalled, 5 % slow'] as const
type Kind = (typeof KINDS)[number]

interface Block {
  readonly kind: Kind
  readonly ownMb: number
  readonly result: LoadResult
}

export interface StalledOptions {
  readonly connections: number
  readonly seconds: number
  readonly blocks: number
}

/** One room in which some do not read, or hardly: what the others feel of it, and what the server keeps for them. */
export async function stalled({ connections, seconds, blocks: rounds }: StalledOptions): Promise<void> {
  const server = await startServer({ core: 0 })
  try {
    const api = new Api(server.port)
    const guests = await api.enterAll(Array.from({ length: connections }, (_, index) => `Member ${index}`))
    const [owner] = guests
    if (!owner) throw new Error('There is at least one connection.')
    const blocks: Block[] = []
    for (let round = -1; round < rounds; round++) {
      for (const kind of round % 2 === 0 ? KINDS : KINDS.toReversed()) {
        const roomId = await api.createRoom(owner, `Room ${round} ${kind}`)
        await inParallel(guests, 32, (guest) => api.enterRoom(guest, roomId))
        const ill = kind === 'all read' ? 0 : connections
        const result = await runLoad({
          port: server.port,
          serverPid: server.pid,
          seats: guests.map(({ token }) => ({ token, room: 0, roomId })),
          senders: 20,
          rate: RATE,
          outstanding: 8,
          seconds: round < 0 ? 2 : seconds,
          core: 1,
          slow: Math.round(ill * 0.05),
          stalled: Math.round(ill * 0.01),
        })
        if (round < 0) continue // Compiled.
        const ownMb = memoryKb(server.pid).own / 1_024
        blocks.push({ kind, ownMb, result })
        const note = result.void.length > 0 ? `  VOID: ${result.void.join('; ')}` : ''
        console.log(`${kind.padEnd(22)} p99 ${result.deliveryMs[1]} ms, ${percent(result.serverShare)}${note}`)
      }
    }
    report(blocks, connections)
  } finally {
    await server.stop()
  }
}

function report(blocks: readonly Block[], connections: number): void {
  const valid = (kind: Kind) => blocks.filter((block) => block.kind === kind && block.result.void.length === 0)
  const middle = (kind: Kind, of: (block: Block) => number) => median(valid(kind).map(of))
  const p99 = (kind: Kind) => middle(kind, ({ result }) => result.deliveryMs[1])
  say(`One room of ${count(connections)} connections, ${RATE} posts/s; figures of those who read.\n`)
  printTable([
    ['connections', 'valid', 'delivery p50 ms', 'p99 ms', 'own memory MB'],
    ...KINDS.map((kind) => [
      kind,
      `${valid(kind).length}/${blocks.filter((block) => block.kind === kind).length}`,
      middle(kind, ({ result }) => result.deliveryMs[0]).toFixed(1),
      p99(kind).toFixed(1),
      middle(kind, ({ ownMb }) => ownMb).toFixed(0),
    ]),
  ])
  const ratio = p99(KINDS[1]) / p99(KINDS[0])
  const words = Number.isFinite(ratio) && ratio > 0 ? `${ratio.toFixed(2)}` : 'void'
  say(
    `\n- S10: the others' p99 is ${words} × what it is without them, at most ${MOST_RATIO}: ${words === 'void' ? 'void' : ratio <= MOST_RATIO ? 'met' : 'not met'}`,
  )
  keepResult('stalled', { blocks, ratio })
}
