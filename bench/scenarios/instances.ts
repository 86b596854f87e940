import { join } from 'node:path'
import { type Nginx, startNginx } from '../../scripts/services/nginx.ts'
import { startPostgres } from '../../scripts/services/postgres.ts'
import { startRedis } from '../../scripts/services/redis.ts'
import { Api, inParallel } from '../lib/api.ts'
import { type LoadResult, percent, runLoad, type Seat } from '../lib/loadgen.ts'
import { median } from '../lib/quantiles.ts'
import { count, keepResult, printTable, say } from '../lib/report.ts'
import { type BenchServer, root, startServer } from '../lib/server-process.ts'

export interface InstancesOptions {
  readonly connections: number
  readonly seconds: number
  readonly blocks: number
}

interface Stage {
  readonly name: 'one' | 'two'
  readonly servers: readonly BenchServer[]
  readonly nginx: Nginx
  readonly redisUrl: string
  seats(): Promise<Seat[]>
}

interface Block {
  readonly load: string
  readonly stage: 'one' | 'two'
  /** Of all instances together. */
  readonly nsPerDelivery: number
  readonly publishesPerPost: number
  readonly results: readonly LoadResult[]
  readonly void: readonly string[]
}

/** At a fixed rate frames hold as many messages on one instance as on two, so that the cost of a delivery can be compared. */
const LOADS = [
  { name: 'quiet', senders: 1, rate: 40 },
  { name: 'busy', senders: 20, rate: 200 },
  { name: 'closed loop', senders: 20 },
] as const
type LoadShape = { readonly name: string; readonly senders: number; readonly rate?: number }
const MOST_RATIO = 1.15

/**
 * One room whose people are on one instance, and the same spread over two by Nginx, on the same PostgreSQL and Redis: what
 * the second instance costs for each delivery, and how much is said over Redis.
 */
export async function instances(options: InstancesOptions): Promise<void> {
  const postgres = await startPostgres()
  const redis = await startRedis()
  const stop: (() => Promise<unknown>)[] = [() => postgres.stop(), () => redis.stop()]
  const stages: Stage[] = []
  try {
    for (const [name, servers] of [
      ['one', 1],
      ['two', 2],
    ] as const) {
      // A database for each, so that neither hears of the other.
      const env = { PARLEY_DATABASE_URL: await postgres.createDatabase(name), PARLEY_REDIS_URL: redis.url }
      const started = await inParallel(Array.from({ length: servers }), 1, () => startServer({ core: 0, env }))
      for (const server of started) stop.unshift(() => server.stop())
      const nginx = await startNginx({
        configuration: join(root, 'deploy/nginx.conf'),
        upstreamPorts: started.map(({ port }) => port),
      })
      stop.unshift(() => nginx.stop())
      stages.push({ name, servers: started, nginx, redisUrl: redis.url, seats: await room(nginx, options) })
    }
    const [one, two] = stages
    if (!one || !two) throw new Error('There are two stages.')
    const blocks: Block[] = []
    for (const load of LOADS)
      for (let block = 0; block < options.blocks; block++)
        for (const stage of block % 2 === 0 ? [one, two] : [two, one]) blocks.push(await runBlock(stage, load, options))
    report(blocks, options)
  } finally {
    for (const end of stop) await end()
  }
}

/** Gives seats in a fresh room, for the people who came in once. */
async function room({ port }: Nginx, { connections }: InstancesOptions): Promise<() => Promise<Seat[]>> {
  const api = new Api(port)
  const guests = await api.enterAll(Array.from({ length: connections }, (_, index) => `Guest ${index}`))
  let rooms = 0
  return async () => {
    const [owner, ...others] = guests
    if (!owner) throw new Error('Nobody came in.')
    const roomId = await api.createRoom(owner, `Room ${++rooms}`)
    await inParallel(others, 16, (guest) => api.enterRoom(guest, roomId))
    return guests.map(({ token }) => ({ token, room: 0, roomId }))
  }
}

/** The generator sees the processor time of one process, so it runs once for each instance. */
async function runBlock(stage: Stage, shape: LoadShape, { seconds }: InstancesOptions): Promise<Block> {
  const results: LoadResult[] = []
  let said = 0
  for (const server of stage.servers) {
    const seats = await stage.seats()
    const before = await publishes(stage.redisUrl)
    const { name: _, ...rest } = shape
    const load = { port: stage.nginx.port, serverPid: server.pid, seats, ...rest, seconds, warmUp: 1, core: 1 }
    results.push(await runLoad(load))
    said += (await publishes(stage.redisUrl)) - before
  }
  const posted = results.reduce((sum, result) => sum + result.acked, 0)
  const block = {
    load: shape.name,
    stage: stage.name,
    nsPerDelivery: results.reduce((sum, { serverNs, deliveries }) => sum + serverNs / Math.max(1, deliveries), 0),
    publishesPerPost: said / Math.max(1, posted),
    results,
    void: results.flatMap((result) => result.void),
  }
  const note = block.void.length > 0 ? `  VOID: ${block.void.join('; ')}` : ''
  const rate = median(results.map(({ deliveriesPerSecond }) => deliveriesPerSecond))
  console.log(
    `${shape.name.padEnd(11)} ${stage.name.padEnd(4)} ${count(rate).padStart(8)} deliveries/s  ${block.nsPerDelivery.toFixed(0)} ns each  ` +
      `${block.publishesPerPost.toFixed(2)} Redis messages per post  ` +
      `servers ${results.map(({ serverShare }) => percent(serverShare)).join(' + ')}${note}`,
  )
  return block
}

/** How many messages were ever published, as Redis itself counts. */
async function publishes(url: string): Promise<number> {
  const client = new Bun.RedisClient(url)
  try {
    const stats = String(await client.send('INFO', ['commandstats']))
    return Number(/cmdstat_publish:calls=(\d+)/.exec(stats)?.[1] ?? 0)
  } finally {
    client.close()
  }
}

function report(blocks: readonly Block[], options: InstancesOptions): void {
  const valid = (load: string, stage: Block['stage']) =>
    blocks.filter((block) => block.load === load && block.stage === stage && block.void.length === 0)
  const middle = (load: string, stage: Block['stage'], pick: (block: Block) => number) =>
    median(valid(load, stage).map(pick))
  const rows = LOADS.flatMap(({ name }) => {
    const ns = (stage: Block['stage']) => middle(name, stage, ({ nsPerDelivery }) => nsPerDelivery)
    return (['one', 'two'] as const).map((stage) => [
      name,
      stage,
      String(valid(name, stage).length),
      ns(stage).toFixed(0),
      ns('one') > 0 ? (ns(stage) / ns('one')).toFixed(2) : 'void',
      middle(name, stage, ({ publishesPerPost }) => publishesPerPost).toFixed(2),
    ])
  })
  say(`One room of ${options.connections} connections behind Nginx, on the same PostgreSQL and Redis.\n`)
  printTable([['load', 'instances', 'valid blocks', 'ns per delivery', 'ratio', 'Redis messages per post'], ...rows])
  const ratio = Number(rows.find(([load, stage]) => load === 'busy' && stage === 'two')?.[4])
  const words = ratio > 0 ? `${ratio <= MOST_RATIO ? 'met' : 'not met'} (${ratio})` : 'void'
  say(`\n- S9: two instances cost at most ${MOST_RATIO} × one for each delivery, at 200 posts/s: ${words}`)
  keepResult('instances', { options, rows, blocks })
}
