import { readFileSync } from 'node:fs'
import { inParallel } from './api.ts'
import { DayClient } from './day-client.ts'
import { DayCrowd } from './day-crowd.ts'
import { DayFindings } from './day-findings.ts'
import { oneOf } from './day-model.ts'
import type { DayReport } from './day-report.ts'
import { DayRoom } from './day-room.ts'
import type { DayWorld } from './day-world.ts'
import { Meter } from './meter.ts'
import { quantile } from './quantiles.ts'

/** What the process is told, as a JSON file. */
export interface DayPlan {
  readonly port: number
  readonly dataFolder: string
  readonly world: DayWorld
  readonly warmUp: number
  readonly seconds: number
}

const [planFile = ''] = process.argv.slice(2)
const plan = JSON.parse(readFileSync(planFile, 'utf8')) as DayPlan // as: written by the scenario
const findings = new DayFindings()
const rooms = plan.world.rooms.map((id) => new DayRoom(id))
const clients = plan.world.people.map(({ token, rooms: own }) => {
  const ownRooms = own.flatMap((index) => rooms[index] ?? [])
  const place = oneOf(ownRooms)
  if (!place) throw new Error('Everybody has a room.')
  return new DayClient(`ws://127.0.0.1:${plan.port}/socket`, token, ownRooms, place, findings)
})
for (const { roomId, pair } of plan.world.directs) {
  const [one, other] = [clients[pair[0]], clients[pair[1]]]
  if (!one || !other) throw new Error('A pair lacks a person.')
  const room = new DayRoom(roomId)
  one.directs.push({ room, peer: other })
  other.directs.push({ room, peer: one })
}

await inParallel(clients, 64, (client) => client.connect())
say('connected')
const crowd = new DayCrowd(clients, findings)
crowd.begin()
await wait(plan.warmUp * 1_000)
findings.forgetTimes()
const before = counts()
const doneBefore = { ...crowd.done }
const meter = new Meter(process.pid)
say('measuring')
await wait(plan.seconds * 1_000)
say('measured')
const { cpuNs, seconds, void: reasons } = meter.stop()
const after = counts()
const times = {
  delivery: spread(findings.audit.latencies),
  ack: spread(findings.ackMs),
  open: spread(findings.openMs),
  resume: spread(findings.resumeMs),
  page: spread(findings.pageMs),
  late: spread(findings.lateMs),
}
crowd.end()
await settle()
const { audit } = findings
const stored = audit.checkStored(plan.dataFolder)
audit.checkHeads(
  plan.dataFolder,
  clients.flatMap(({ room, cursor }) => (room ? [{ roomId: room.id, cursor }] : [])),
)
const unanswered = clients.reduce((sum, client) => sum + client.unanswered, 0)
const late = clients.filter(({ isLive }) => !isLive).length
for (const client of clients) client.leaves()
const report: DayReport = {
  seconds,
  share: cpuNs / seconds / 1e9,
  done: Object.fromEntries(Object.entries(crowd.done).map(([name, count]) => [name, count - (doneBefore[name] ?? 0)])),
  counts: Object.fromEntries(Object.entries(after).map(([name, count]) => [name, count - (before[name] ?? 0)])),
  times,
  audit: {
    posted: audit.posted,
    acked: audit.acked,
    stored,
    unanswered,
    late,
    deliveries: audit.deliveries,
    resetsWithCursor: audit.resetsWithCursor,
    closings: audit.closings,
    faults: audit.faults,
    notes: audit.faultNotes.slice(0, 5),
  },
  void: reasons,
}
say(JSON.stringify(report))
process.exit(0)

function counts(): Record<string, number> {
  const { audit, frames, characters, signals, marks, busy } = findings
  return { posts: audit.posted, deliveries: audit.deliveries, frames, characters, ...signals, marks, busy }
}

function spread(values: readonly number[]): readonly [p50: number, p99: number, count: number] {
  return [quantile(values, 0.5), quantile(values, 0.99), values.length]
}

/** Whoever is away comes back, what was begun is said, and everybody gets to the end of what anybody has seen. */
async function settle(): Promise<void> {
  const deadline = performance.now() + 60_000
  const isSettled = () =>
    clients.every(
      ({ isIdle, unanswered: open, room, cursor }) => isIdle && open === 0 && (!room || cursor === room.lastSeq),
    )
  while (!isSettled() && performance.now() < deadline) await wait(100)
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}

function wait(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms))
}
