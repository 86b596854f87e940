import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { DayPlan } from '../lib/day-generator.ts'
import type { DayReport } from '../lib/day-report.ts'
import { makeDayWorld } from '../lib/day-world.ts'
import { percent } from '../lib/loadgen.ts'
import { Meter } from '../lib/meter.ts'
import { memoryKb } from '../lib/proc.ts'
import { count, keepResult, printTable, say } from '../lib/report.ts'
import { bun, dieWithParent, pinned, root, startServer } from '../lib/server-process.ts'

const WARM_UP = 15
const MOST_DELIVERY_MS = 100
const MOST_MB = 1_024
const MOST_GENERATOR_SHARE = 0.85
/** Times count from when something was due; a generator later than this is what they would show. */
const MOST_LATE_MS = 20
/** The generator holds a file for each person, and may hold 20,000. */
const MOST_PEOPLE = 19_000

export interface DayOptions {
  readonly people: number
  readonly seconds: number
}

/**
 * A realistic day at its busiest: everybody connected to one server on one core, in rooms of all sizes by Zipf's law, doing
 * what people do as often as `HABITS` (bench/lib/day-model.ts) says: 8 posts an hour each, every fifth to one person, typed
 * for 8 s, a third given up; 20 changes of room, 3 looks at the lobby, 4 older pages, 2.4 reactions; whoever looks marks as
 * read what comes; 30 % are phones that lose their connection every five minutes. There is no search yet. Everything is begun
 * at random times of its own, whether the server is slow or not. Every acknowledged post is looked up in the database; every
 * client gets every event of the room it looks at once, in order, and stands at the room's head at the end, also after
 * dropping and resuming. A run with one fault prints no figure.
 */
export async function day({ people, seconds }: DayOptions): Promise<void> {
  if (people > MOST_PEOPLE) throw new Error(`At most ${MOST_PEOPLE} people: each is an open file of one process.`)
  const folder = mkdtempSync(join(tmpdir(), 'parley-bench-'))
  const dataFolder = join(folder, 'data')
  try {
    const world = await makeDayWorld(dataFolder, people)
    console.log(
      `${count(people)} people in ${count(world.rooms.length)} rooms and ${count(world.directs.length)} conversations of two`,
    )
    const server = await startServer({ dataFolder, core: 0 })
    try {
      const planFile = join(folder, 'plan.json')
      const plan: DayPlan = { port: server.port, dataFolder, world, warmUp: WARM_UP, seconds }
      writeFileSync(planFile, JSON.stringify(plan), { mode: 0o600 })
      const { crowd, server: spent } = await runGenerator(planFile, server.pid)
      report(crowd, { ...spent, peakMb: memoryKb(server.pid).peak / 1_024 }, people)
    } finally {
      await server.stop()
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

interface Spent {
  readonly cpuNs: number
  readonly seconds: number
  readonly void: readonly string[]
}

async function runGenerator(planFile: string, serverPid: number): Promise<{ crowd: DayReport; server: Spent }> {
  const [program = '', ...rest] = [
    ...dieWithParent,
    ...pinned(1),
    bun,
    join(root, 'bench/lib/day-generator.ts'),
    planFile,
  ]
  const child = spawn(program, rest, { stdio: ['ignore', 'pipe', 'inherit'] })
  let meter: Meter | undefined
  let server: Spent | undefined
  let crowd: DayReport | undefined
  for await (const line of createInterface({ input: child.stdout })) {
    if (line === 'measuring') meter = new Meter(serverPid)
    else if (line === 'measured') server = meter?.stop()
    else if (line.startsWith('{'))
      crowd = JSON.parse(line) as DayReport // as: written by our own program
    else console.log(line)
  }
  if (!crowd || !server) throw new Error('The generator ended before its time.')
  return { crowd, server }
}

function report(crowd: DayReport, server: Spent & { peakMb: number }, people: number): void {
  const { audit, counts, done, times } = crowd
  const perSecond = (sum = 0) => count(sum / crowd.seconds)
  const reasons = [...faultsOf(crowd), ...server.void]
  if (crowd.share > MOST_GENERATOR_SHARE) reasons.push(`generator at ${percent(crowd.share)}`)
  if (times.late[1] > MOST_LATE_MS) reasons.push(`generator late by ${times.late[1].toFixed(0)} ms (p99)`)
  console.log(
    `generator at ${percent(crowd.share)} of a core, p99 ${times.late[1].toFixed(1)} ms late`,
    counts,
    done,
    audit,
  )
  const share = server.cpuNs / server.seconds / 1e9
  say(
    `${count(people)} people, all connected, ${server.seconds.toFixed(0)} s of their busiest hour: ${perSecond(counts.posts)} posts, ` +
      `${perSecond(counts.deliveries)} deliveries of them, ${perSecond(counts.marks)} read markers and ${perSecond(counts.frames)} frames a second; ` +
      `${count(audit.acked)} posts acknowledged and found, ${count(audit.deliveries)} deliveries counted, ` +
      `${done.drop ?? 0} connections dropped and resumed.\n`,
  )
  if (reasons.length > 0) {
    say(`**Void**: ${reasons.join('; ')}`)
  } else {
    printTable([
      ['', 'p50 ms', 'p99 ms', 'how many'],
      ...(
        [
          ['delivery to everybody in the room', times.delivery],
          ['acknowledgement', times.ack],
          ['going to another place', times.open],
          ['connecting and resuming', times.resume],
          ['a page of older messages', times.page],
        ] as const
      ).map(([name, [p50, p99, many]]) => [name, p50.toFixed(1), p99.toFixed(1), count(many)]),
    ])
    const isMet = times.delivery[1] < MOST_DELIVERY_MS && server.peakMb <= MOST_MB
    say(
      `\n- S8: one core (${percent(share)} of it used), ${server.peakMb.toFixed(0)} MB at most (of ${MOST_MB}), delivery p99 ` +
        `${times.delivery[1].toFixed(1)} ms (below ${MOST_DELIVERY_MS}): ${isMet ? 'met' : 'not met'}`,
    )
  }
  keepResult('day', { people, share, peakMb: server.peakMb, void: reasons, crowd })
}

function faultsOf({ audit }: DayReport): string[] {
  const found: string[] = []
  if (audit.faults > 0) found.push(`${audit.faults} faults: ${audit.notes.join('; ')}`)
  if (audit.acked !== audit.posted || audit.unanswered > 0) found.push(`${audit.acked} of ${audit.posted} acknowledged`)
  if (audit.stored !== audit.acked) found.push(`${audit.stored} of ${audit.acked} looked up`)
  if (audit.late > 0) found.push(`${audit.late} did not come back`)
  return found
}
