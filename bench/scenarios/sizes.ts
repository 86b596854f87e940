import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { median } from '../lib/quantiles.ts'
import { count, keepResult, printTable, say } from '../lib/report.ts'
import { root } from '../lib/server-process.ts'
import { SizesWorld } from '../lib/sizes-world.ts'
import { lineChart } from '../lib/svg-chart.ts'

const BLOCKS = 3
/** Hundred times the data may cost 1.6 times as much before it counts as growing. */
const MOST_WHERE_CONSTANT = 0.1
const MOST_WHERE_LINEAR = 1.1
const COLOURS = ['#2a7', '#c63', '#47f', '#a4c', '#b90', '#888', '#d36', '#099']

interface Work {
  readonly name: string
  readonly growth: 'constant' | 'linear'
  readonly times: number
  run(world: SizesWorld, size: number): Promise<unknown>
}

interface Group {
  readonly name: string
  readonly what: string
  readonly sizes: readonly number[]
  grow(world: SizesWorld, by: number): Promise<void>
  readonly works: readonly Work[]
}

const constant = (name: string, run: Work['run'], times = 30): Work => ({ name, growth: 'constant', times, run })
const linear = (name: string, run: Work['run'], times = 3): Work => ({ name, growth: 'linear', times, run })

const post = constant('post', (world) => world.perform('post-message', { roomId: world.roomId, body: 'hello' }))
const join_ = constant('join', (world) => world.state.roomSnapshot(world.actor, world.roomId))
const enter = constant('a guest enters', (world) => world.enterSomebody(), 20)
const welcome: Work['run'] = (world) => world.state.welcome(world.actor)
const page = (ask: object): Work['run'] => {
  return (world) => world.query('list-messages', { roomId: world.roomId, ...ask })
}

const GROUPS: readonly Group[] = [
  {
    name: 'messages',
    what: 'messages in a room',
    sizes: [1_000, 10_000, 100_000],
    grow: (world, by) => world.addMessages(by),
    works: [
      join_,
      post,
      constant('newest page', page({})),
      constant('older page', (world, size) => page({ before: Math.floor(size / 2) })(world, size)),
      constant('around', (world, size) => page({ around: Math.floor(size / 3) })(world, size)),
      constant('50 missed', async (world) => {
        const { seq } = await world.state.roomSnapshot(world.actor, world.roomId)
        return world.state.catchUp(world.actor, world.roomId, seq - 50)
      }),
      constant('greeting', welcome),
    ],
  },
  {
    name: 'rooms',
    what: 'listed rooms',
    sizes: [1_000, 10_000, 100_000],
    grow: (world, by) => world.addRooms(by),
    works: [
      constant('lobby', (world) => world.state.lobbyRooms({ first: 400, ids: [] })),
      constant('next page', (world) => world.query('list-rooms', { list: 'existing' })),
      linear('filter, nothing found', (world) => world.query('list-rooms', { list: 'existing', filter: 'nowhere' })),
      constant('create room', (world) => world.perform('create-room', { name: `New ${crypto.randomUUID()}` }), 20),
      post,
      constant('greeting', welcome, 10),
    ],
  },
  {
    name: 'members',
    what: 'members of a room',
    sizes: [1_000, 10_000, 100_000],
    grow: (world, by) => world.addPeople(by, { asMembers: true }),
    works: [
      join_,
      constant('look at it', (world) => world.query('get-room', { roomId: world.roomId })),
      constant('page of members', (world) => world.query('list-members', { roomId: world.roomId })),
      post,
    ],
  },
  {
    name: 'people',
    what: 'people',
    sizes: [1_000, 10_000, 100_000],
    grow: (world, by) => world.addPeople(by, { asMembers: false }),
    works: [
      enter,
      constant('find, common', (world) => world.query('find-people', { text: 'per' })),
      linear('find, nobody', (world) => world.query('find-people', { text: 'zzz' })),
      post,
    ],
  },
  {
    name: 'own-rooms',
    what: 'rooms of one person',
    sizes: [9, 90, 900],
    grow: (world, by) => world.addOwnRooms(by),
    works: [
      linear('greeting', welcome, 20),
      linear('list-my-rooms', (world) => world.query('list-my-rooms', {}), 20),
      post,
    ],
  },
]

interface Line {
  readonly group: string
  readonly work: string
  readonly growth: Work['growth']
  readonly us: readonly number[]
  readonly exponent: number
}

/**
 * What each thing costs at 1, 10 and 100 times the data: CPU of the process, all threads, without sockets and HTTP. What
 * should be constant and is not, or grows faster than its data, is named. Takes about two minutes.
 */
export async function sizes(): Promise<void> {
  const lines: Line[] = []
  for (const group of GROUPS) lines.push(...(await measureGroup(group)))
  const heading = ['what grows', 'work', '1 ×', '10 ×', '100 ×', 'exponent', 'state']
  const rows = lines.map(({ group, work, us, exponent, ...rest }) => [
    group,
    work,
    ...us.map((value) => `${value.toFixed(0)} µs`),
    exponent.toFixed(2),
    stateOf({ exponent, ...rest }),
  ])
  say(`CPU of one call, median of ${BLOCKS} blocks, without sockets.\n`)
  printTable([heading, ...rows])
  for (const group of GROUPS)
    draw(
      group,
      lines.filter((line) => line.group === group.what),
    )
  keepResult('sizes', lines)
}

async function measureGroup({ works, grow, sizes: steps, what }: Group): Promise<Line[]> {
  const world = await SizesWorld.opens()
  const costs = new Map(works.map((work) => [work, [] as number[]]))
  try {
    let has = 0
    for (const size of steps) {
      await grow(world, size - has)
      if (has === 0) for (const work of works) await costOf(work, world, size) // Compiled.
      has = size
      for (const [work, us] of costs) us.push(await costOf(work, world, size))
    }
  } finally {
    await world.close()
  }
  return [...costs].map(([{ name, growth }, us]) => {
    const line = { group: what, work: name, growth, us, exponent: exponentOf(steps, us) }
    console.log(`${what.padEnd(20)} ${name.padEnd(24)} ${us.map((value) => value.toFixed(0)).join(' ')} µs`)
    return line
  })
}

async function costOf({ run, times }: Work, world: SizesWorld, size: number): Promise<number> {
  for (let index = 0; index < times; index++) await run(world, size) // Compiled, and its pages read.
  const blocks: number[] = []
  for (let block = 0; block < BLOCKS; block++) {
    const before = process.cpuUsage()
    for (let index = 0; index < times; index++) await run(world, size)
    const { user, system } = process.cpuUsage(before)
    blocks.push((user + system) / times)
  }
  return median(blocks)
}

/** The slope of log cost over log size, by least squares. */
function exponentOf(steps: readonly number[], costs: readonly number[]): number {
  const points = steps.map((size, index) => [Math.log(size), Math.log(costs[index] ?? 1)] as const)
  const mean = (of: 0 | 1) => points.reduce((sum, point) => sum + point[of], 0) / points.length
  const [x, y] = [mean(0), mean(1)]
  const over = points.reduce((sum, point) => sum + (point[0] - x) * (point[1] - y), 0)
  return over / points.reduce((sum, point) => sum + (point[0] - x) ** 2, 0)
}

function stateOf({ growth, exponent }: Pick<Line, 'growth' | 'exponent'>): string {
  const most = growth === 'constant' ? MOST_WHERE_CONSTANT : MOST_WHERE_LINEAR
  if (exponent <= most) return growth
  return growth === 'constant' ? '**grows**' : '**super-linear**'
}

function draw({ name, what, sizes: steps }: Group, lines: readonly Line[]): void {
  const chart = lineChart({
    title: `CPU of one call, by ${what}`,
    xLabel: `${what}, 10^x`,
    yLabel: 'µs, 10^y',
    series: lines.map(({ work, us }, index) => ({
      name: work,
      colour: COLOURS[index % COLOURS.length] ?? '#888',
      points: us.map((value, step) => [Math.log10(steps[step] ?? 1), Math.log10(value)] as const),
    })),
  })
  writeFileSync(join(root, `docs/sizes-${name}.svg`), chart)
  say(`\n![CPU of one call, by ${what}, up to ${count(steps.at(-1) ?? 0)}](sizes-${name}.svg)`)
}
