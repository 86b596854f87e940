import { spawn } from 'node:child_process'
import type { RoomId } from '@parley/protocol'
import { freePort } from '../../scripts/services/free-port.ts'
import { Api, type Guest, inParallel } from '../lib/api.ts'
import { type LoadResult, percent, runLoad, type Seat } from '../lib/loadgen.ts'
import { buildNative } from '../lib/native.ts'
import { median } from '../lib/quantiles.ts'
import { count, keepResult, printTable, say, verdict } from '../lib/report.ts'
import { dieWithParent, pinned, startServer } from '../lib/server-process.ts'

export interface FanoutOptions {
  readonly connections: number
  readonly seconds: number
  /** Only these loads, by name. */
  readonly loads?: readonly string[]
}

/** `same-size` is the batched reference, forwarding as many bytes per message as Parley's event has. */
type Kind = 'parley' | 'naive' | 'batched' | 'same-size'
interface Target {
  readonly kind: Kind
  readonly pid: number
  readonly port: number
  /** Seats in a room where nothing was said yet. */
  seats(): Promise<Seat[]>
  stop(): Promise<void>
}

const MODES = [
  { name: 'quiet', senders: 1, rate: 40 },
  { name: 'K=1', senders: 1 },
  { name: 'K=20', senders: 20 },
  { name: 'K=200', senders: 200 },
] as const satisfies readonly Mode[]
type Mode = { readonly name: string; readonly senders: number; readonly rate?: number }
/** Also warms the server's compiler up, as does a quiet while after it: otherwise what it compiles counts as delivering. */
const CALIBRATION: Mode = { name: 'before', senders: 20 }
const WARM_UP_SECONDS = 15
// Each server runs in the middle and at the edges, so that a machine that grows slower or faster hurts all alike.
const ORDER: readonly Kind[] = ['parley', 'naive', 'batched', 'same-size', 'same-size', 'batched', 'naive', 'parley']
const REPEATS_OF_VOID = 2

interface Block {
  readonly mode: string
  readonly kind: Kind
  readonly result: LoadResult
}

/** One room, everything stored, against two servers in C that only forward. */
export async function fanout(options: FanoutOptions): Promise<void> {
  // Whoever sends is in the room.
  const modes = MODES.filter(
    ({ name, senders }) => senders <= options.connections && (options.loads?.includes(name) ?? true),
  )
  const parley = await startParley(options)
  const targets = [parley, await startReference('naive', options), await startReference('batched', options)]
  const blocks: Block[] = []
  try {
    const { bytesPerDelivery } = await runBlock(parley, CALIBRATION, { ...options, seconds: 2 })
    await runBlock(parley, { ...MODES[0], name: 'before' }, { ...options, seconds: WARM_UP_SECONDS })
    targets.push(await startReference('same-size', options, Math.round(bytesPerDelivery)))
    for (const mode of modes) {
      for (const kind of ORDER) {
        const target = targets.find((one) => one.kind === kind)
        if (target) blocks.push({ mode: mode.name, kind, result: await runBlock(target, mode, options) })
      }
    }
  } finally {
    for (const target of targets) await target.stop()
  }
  report(blocks, options)
}

async function runBlock(target: Target, mode: Mode, { seconds }: FanoutOptions): Promise<LoadResult> {
  for (let attempt = 0; ; attempt++) {
    const result = await runLoad({
      port: target.port,
      serverPid: target.pid,
      seats: await target.seats(),
      senders: mode.senders,
      ...(mode.rate !== undefined && { rate: mode.rate }),
      seconds,
      warmUp: 1,
      core: 1,
    })
    const note = result.void.length > 0 ? `  VOID: ${result.void.join('; ')}` : ''
    const rate = `${count(result.deliveriesPerSecond)} deliveries/s`
    console.log(
      `${mode.name.padEnd(6)} ${target.kind.padEnd(8)} ${rate.padStart(22)} ${nsPerDelivery(result).toFixed(0).padStart(7)} ns each, server ${percent(result.serverShare)}, generator ${percent(result.generatorShare)}${note}`,
    )
    if (result.void.length === 0 || attempt === REPEATS_OF_VOID) return result
  }
}

const nsPerDelivery = ({ serverNs, deliveries }: LoadResult): number => serverNs / Math.max(1, deliveries)

const ratio = (reference: number, own: number): string =>
  reference > 0 && own > 0 ? (reference / own).toFixed(2) : 'void'

function report(blocks: readonly Block[], options: FanoutOptions): void {
  const of = (mode: string, kind: Kind) =>
    blocks.filter((block) => block.mode === mode && block.kind === kind && block.result.void.length === 0)
  const middle = (mode: string, kind: Kind, pick: (result: LoadResult) => number) =>
    median(of(mode, kind).map(({ result }) => pick(result)))
  const rows = MODES.filter(({ name }) => of(name, 'parley').length > 0).flatMap(({ name }) =>
    (['parley', 'naive', 'batched', 'same-size'] as const).map((kind) => {
      const valid = of(name, kind).length
      const all = blocks.filter((block) => block.mode === name && block.kind === kind).length
      const ns = middle(name, kind, nsPerDelivery)
      const share = (pick: (result: LoadResult) => number) => middle(name, kind, pick)
      return [
        name,
        kind,
        `${valid}/${all}`,
        ns.toFixed(0),
        ratio(middle(name, 'naive', nsPerDelivery), ns),
        ratio(middle(name, 'batched', nsPerDelivery), ns),
        count(share((result) => result.deliveriesPerSecond)),
        percent(share((result) => result.serverShare)),
        share((result) => result.deliveryMs[1]).toFixed(1),
        share((result) => result.bytesPerDelivery).toFixed(0),
      ]
    }),
  )
  say(
    `One room of ${options.connections} connections. Parley stores everything with FULL sync; the references store nothing.\n`,
  )
  printTable([
    [
      'load',
      'server',
      'valid',
      'CPU ns/delivery',
      '× naive',
      '× batched',
      'deliveries/s',
      'server core',
      'p99 ms',
      'bytes',
    ],
    ...rows,
  ])
  const quiet = middle('quiet', 'naive', nsPerDelivery) / middle('quiet', 'parley', nsPerDelivery)
  const naive = middle('K=200', 'naive', nsPerDelivery) / middle('K=200', 'parley', nsPerDelivery)
  const batched = middle('K=200', 'batched', nsPerDelivery) / middle('K=200', 'parley', nsPerDelivery)
  const sameSize = middle('K=200', 'same-size', nsPerDelivery) / middle('K=200', 'parley', nsPerDelivery)
  say(`\n- quiet, CPU per delivery against naive C: ${verdict(quiet, 0.8)}`)
  say(`- 200 senders, CPU per delivery against naive C: ${verdict(naive, 20)}`)
  say(`- 200 senders, CPU per delivery against batched C: ${verdict(batched, 0.8)}`)
  say(`- 200 senders, against batched C with the same bytes: ${verdict(sameSize, 0.8)}`)
  keepResult('fanout', { options, blocks, quiet, naive, batched, sameSize })
}

async function startParley({ connections }: FanoutOptions): Promise<Target> {
  const server = await startServer({ core: 0 })
  const api = new Api(server.port)
  const guests = await api.enterAll(Array.from({ length: connections }, (_, index) => `Member ${index}`))
  const [owner] = guests as [Guest] // as: at least one connection
  let rooms = 0
  return {
    kind: 'parley',
    pid: server.pid,
    port: server.port,
    async seats() {
      const roomId = await api.createRoom(owner, `Fan-out ${++rooms}`)
      await inParallel(guests, 32, (guest) => api.enterRoom(guest, roomId))
      return guests.map(({ token }) => ({ token, room: 0, roomId }))
    },
    stop: () => server.stop(),
  }
}

async function startReference(
  kind: Exclude<Kind, 'parley'>,
  { connections }: FanoutOptions,
  bytes = 0,
): Promise<Target> {
  const { reference } = buildNative()
  const port = await freePort()
  const [program = '', ...rest] = [
    ...dieWithParent,
    ...pinned(0),
    reference,
    kind === 'naive' ? 'naive' : 'batched',
    String(port),
    String(bytes),
  ]
  const child = spawn(program, rest, { stdio: ['ignore', 'inherit', 'inherit'] })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  process.on('exit', () => child.kill('SIGKILL'))
  const seat: Seat = { token: 'none', room: 0, roomId: '00000000-0000-7000-8000-000000000000' as RoomId } // as: any will do
  return {
    kind,
    pid: child.pid ?? 0,
    port,
    seats: async () => Array.from({ length: connections }, () => seat),
    async stop() {
      child.kill('SIGKILL')
      await ended
    },
  }
}
