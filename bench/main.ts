import { parseArgs } from 'node:util'
import { loadAverage } from './lib/proc.ts'
import { runAll } from './lib/run-all.ts'
import { backup } from './scenarios/backup.ts'
import { client } from './scenarios/client.ts'
import { day } from './scenarios/day.ts'
import { fanout } from './scenarios/fanout.ts'
import { growth } from './scenarios/growth.ts'
import { idle } from './scenarios/idle.ts'
import { instances } from './scenarios/instances.ts'
import { join } from './scenarios/join.ts'
import { peers } from './scenarios/peers.ts'
import { posts } from './scenarios/posts.ts'
import { resume } from './scenarios/resume.ts'
import { rooms } from './scenarios/rooms.ts'
import { scaling } from './scenarios/scaling.ts'
import { sizes } from './scenarios/sizes.ts'
import { slowDisk } from './scenarios/slow-disk.ts'
import { stalled } from './scenarios/stalled.ts'
import { startUp } from './scenarios/start-up.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    again: { type: 'boolean', default: false },
    seconds: { type: 'string' },
    connections: { type: 'string' },
    messages: { type: 'string' },
    load: { type: 'string', multiple: true },
    peer: { type: 'string', multiple: true },
  },
})
const seconds = Number(values.seconds ?? (values.quick ? 3 : 8))
const connections = Number(values.connections ?? 1_000)

const scenarios: Record<string, () => Promise<void>> = {
  fanout: () => fanout({ connections, seconds, ...(values.load && { loads: values.load }) }),
  posts: () => posts({ seconds, blocks: values.quick ? 1 : 4 }),
  'slow-disk': () => slowDisk({ seconds }),
  'start-up': () => startUp(),
  scaling: async () => scaling(),
  instances: () => instances({ connections, seconds, blocks: values.quick ? 2 : 4 }),
  rooms: () => rooms({ connections: Number(values.connections ?? 12_000), seconds, blocks: values.quick ? 2 : 8 }),
  stalled: () => stalled({ connections, seconds, blocks: values.quick ? 2 : 6 }),
  join: () => join({ messages: Number(values.messages ?? (values.quick ? 100_000 : 1_000_000)) }),
  resume: () => resume({ connections: Number(values.connections ?? 2_000), blocks: values.quick ? 2 : 4 }),
  idle: () => idle({ connections: Number(values.connections ?? 18_000) }),
  peers: () =>
    peers({
      connections,
      seconds: Number(values.seconds ?? (values.quick ? 1 : 4)),
      quick: values.quick,
      ...(values.peer && { names: values.peer }),
    }),
  day: () =>
    day({ people: Number(values.connections ?? 10_000), seconds: Number(values.seconds ?? (values.quick ? 20 : 75)) }),
  client: () =>
    client({
      seconds: Number(values.seconds ?? (values.quick ? 20 : 60)),
      messages: Number(values.messages ?? 50_000),
      loads: values.quick ? 2 : 7,
    }),
  growth: () => growth({ seconds: seconds * 8 }),
  sizes: () => sizes(),
  backup: () => backup({ messages: Number(values.messages ?? (values.quick ? 20_000 : 1_000_000)) }),
}

/** About how long each takes on a quiet machine; what ran here tells by itself. */
const MINUTES: Readonly<Record<string, number>> = {
  fanout: 8,
  posts: 4,
  'slow-disk': 2,
  'start-up': 1,
  scaling: 0,
  instances: 8,
  rooms: 10,
  stalled: 4,
  join: 5,
  resume: 5,
  idle: 3,
  peers: 16,
  day: 4,
  growth: 2,
  sizes: 3,
  backup: 15,
}

const unknown = positionals.filter((name) => name !== 'all' && !(name in scenarios))
if (unknown.length > 0) {
  console.error(`Unknown: ${unknown.join(', ')}.
npm run bench -- [${Object.keys(scenarios).join(' | ')} | all [--again]] [--quick] [--seconds 8] [--connections 1000] [--messages 1000000] [--load quiet] [--peer ws]`)
  process.exit(2)
}
if (loadAverage() > 0.5)
  console.log(`The machine is busy (load ${loadAverage()}): compare ratios and CPU times, not rates.\n`)
if (positionals.length === 0 || positionals.includes('all')) {
  const words = process.argv.slice(2).filter((word) => word !== 'all' && word !== '--again')
  const all = Object.fromEntries(Object.keys(scenarios).map((name) => [name, MINUTES[name] ?? 5]))
  const failed = await runAll({ scenarios: all, words, again: values.again })
  process.exit(failed.length > 0 ? 1 : 0)
}
for (const name of positionals) {
  console.log(`\n== ${name}\n`)
  await scenarios[name]?.()
}
process.exit(0)
