import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { type CommandId, newId, type RoomId } from '@parley/protocol'
import { Api, type Guest, inParallel } from '../lib/api.ts'
import { cpuNs, loadAverage, memoryKb } from '../lib/proc.ts'
import { quantile } from '../lib/quantiles.ts'
import { root, startServer } from '../lib/server-process.ts'
import { Audit } from './audit.ts'
import { plotSoak } from './plot-soak.ts'
import { SoakClient } from './soak-client.ts'

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '60' },
    sockets: { type: 'string', default: '5000' },
    rooms: { type: 'string', default: '100' },
    rate: { type: 'string', default: '20' },
    folder: { type: 'string', default: join(root, 'bench/results/soak') },
    help: { type: 'boolean', default: false },
  },
})
if (values.help) {
  console.log(`npm run soak -- [--minutes 60] [--sockets 5000] [--rooms 100] [--rate 20] [--folder bench/results/soak]

Holds that many sockets on one Parley (SQLite, FULL), posts at that rate per second, and cuts every socket once a minute.
Appends a line every ten seconds to <folder>/soak.jsonl and draws <folder>/soak.svg. A run that was interrupted is taken
up again by the same command: the data folder, the guests and the elapsed minutes are kept.`)
  process.exit(0)
}

const folder = resolve(values.folder)
const dataFolder = join(folder, 'data')
const journal = join(folder, 'soak.jsonl')
const setUpFile = join(folder, 'set-up.json')
const socketCount = Number(values.sockets)
const limitMs = Number(values.minutes) * 60_000
const SAMPLE_MS = 10_000
const STORM_MS = 60_000

mkdirSync(folder, { recursive: true })
const server = await startServer({
  dataFolder,
  onOutput: (text) => appendFileSync(join(folder, 'server.log'), text),
})
const { guests, roomIds } = await setUp()
const audit = new Audit()
const clients = guests.map(
  ({ token }, index) =>
    new SoakClient({ port: server.port, token, roomId: roomIds[index % roomIds.length] as RoomId, audit }), // as: not empty
)
note({ kind: 'start', pid: server.pid, sockets: socketCount, rooms: roomIds.length, rate: Number(values.rate) })
await inParallel(clients, 64, async (client) => {
  client.connect()
  while (!client.isLive) await wait(20)
})

const before = elapsedBefore()
const startedAt = Date.now()
const elapsed = () => before + Date.now() - startedAt
let isStopping = false
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stopSoon)
void server.ended.then(() => {
  if (!isStopping) note({ kind: 'crash' })
  isStopping = true
})

function stopSoon(): void {
  isStopping = true
}

let sampledAt = 0
let stormedAt = 0
let postedUntil = startedAt
while (!isStopping && elapsed() < limitMs) {
  postDue()
  const now = Date.now()
  if (now - sampledAt >= SAMPLE_MS) {
    sampledAt = now
    sample()
  }
  if (now - stormedAt >= STORM_MS) {
    if (stormedAt > 0) storm()
    stormedAt = now
  }
  await wait(25)
}
await settle()
isStopping = true
for (const client of clients) client.stop()
await server.stop()
plotSoak(journal, join(folder, 'soak.svg'))
console.log(`${journal}\n${audit.faults} faults`, audit.faultNotes.slice(0, 5))
process.exit(audit.faults === 0 ? 0 : 1)

async function setUp(): Promise<{ guests: Guest[]; roomIds: RoomId[] }> {
  if (existsSync(setUpFile))
    return JSON.parse(readFileSync(setUpFile, 'utf8')) as { guests: Guest[]; roomIds: RoomId[] } // as: written below
  const api = new Api(server.port)
  const people = await api.enterAll(Array.from({ length: socketCount }, (_, index) => `Soaker ${index}`))
  const owners = people.slice(0, Number(values.rooms))
  const rooms = await inParallel(owners, 16, (owner, index) => api.createRoom(owner, `Soak ${index}`))
  await inParallel(people, 32, async (guest, index) => {
    await api.enterRoom(guest, rooms[index % rooms.length] as RoomId) // as: not empty
  })
  writeFileSync(setUpFile, JSON.stringify({ guests: people, roomIds: rooms }))
  return { guests: people, roomIds: rooms }
}

function postDue(): void {
  const gap = 1_000 / Number(values.rate)
  for (; postedUntil + gap <= Date.now(); postedUntil += gap) {
    const client = clients[Math.floor(Math.random() * clients.length)]
    audit.posted += 1
    client?.post(newId<CommandId>(), `message ${audit.posted} of the soak at ${Date.now()}`)
  }
}

/** Everybody's network goes away at once; every third time only a fifth of it, three times in a row. */
function storm(): void {
  const isPartial = Math.floor(elapsed() / STORM_MS) % 3 === 2
  for (const client of clients) if (!isPartial || Math.random() < 0.2) client.drop()
  if (!isPartial) return
  for (const delay of [4_000, 8_000]) {
    setTimeout(() => {
      if (!isStopping) for (const client of clients) if (Math.random() < 0.2) client.drop()
    }, delay)
  }
}

function sample(): void {
  const { latencies } = audit
  audit.latencies = []
  const checked = audit.checkStored(dataFolder)
  note({
    kind: 'sample',
    minute: elapsed() / 60_000,
    ...memoryKb(server.pid),
    cpuS: cpuNs(server.pid) / 1e9,
    load: loadAverage(),
    live: clients.filter((client) => client.isLive).length,
    posted: audit.posted,
    acked: audit.acked,
    checked,
    deliveries: audit.deliveries,
    resets: audit.resets,
    resetsWithCursor: audit.resetsWithCursor,
    faults: audit.faults,
    p50: quantile(latencies, 0.5),
    p99: quantile(latencies, 0.99),
  })
}

/** No more posts or storms: everybody must come back, be answered, and stand at the head. */
async function settle(): Promise<void> {
  const deadline = Date.now() + 60_000
  const isQuiet = () => clients.every((client) => client.isLive && client.unanswered === 0)
  while (!isQuiet() && Date.now() < deadline) await wait(100)
  await wait(2_000)
  const late = clients.filter((client) => !client.isLive || client.unanswered > 0).length
  audit.checkStored(dataFolder)
  audit.checkHeads(dataFolder, clients)
  sample()
  note({
    kind: 'end',
    minute: elapsed() / 60_000,
    late,
    posted: audit.posted,
    acked: audit.acked,
    deliveries: audit.deliveries,
    faults: audit.faults,
    faultNotes: audit.faultNotes,
    closings: audit.closings,
  })
}

function elapsedBefore(): number {
  if (!existsSync(journal)) return 0
  const minutes = readFileSync(journal, 'utf8')
    .split('\n')
    .flatMap((line) => /"minute":([\d.]+)/.exec(line)?.[1] ?? [])
    .map(Number)
  return Math.max(0, ...minutes) * 60_000
}

function note(entry: Readonly<Record<string, unknown>>): void {
  appendFileSync(journal, `${JSON.stringify({ at: new Date().toISOString(), ...entry })}\n`)
}

function wait(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms))
}
