import { writeFileSync } from 'node:fs'
import { LIMITS, PROTOCOL_VERSION, type RoomId, type UserId } from '@parley/protocol'
import { StartError } from '../../../server/src/start-error.ts'
import { amount } from '../say.ts'
import { Belongings, type Removal } from './belongings.ts'
import { ChatServer } from './chat-server.ts'
import { Crowd } from './crowd.ts'
import { type Around, type CheckAsk, gather, requireGoingOn, type Scene } from './gather.ts'
import { History } from './history.ts'
import type { HistoryEntry } from './history-entry.ts'
import { judge, type Verdict, wholeHistory } from './judge.ts'
import { Pace } from './pace.ts'
import { type Reader, type RoomLog, Unheard } from './reader.ts'
import { SeededRandom } from './seeded-random.ts'
import { CONVERGE_WITHIN_MS, settle } from './settle.ts'
import { pause } from './wait-for.ts'

export interface CheckReport {
  readonly url: string
  readonly build: string
  readonly seed: number
  readonly isGood: boolean
  readonly people: number
  readonly rooms: number
  readonly seconds: number
  readonly lineCuts: number
  readonly verdicts: readonly Verdict[]
  /** What is worth knowing and breaks no promise. */
  readonly notes: readonly string[]
  readonly removal: Removal
}

const REMOVE_WITHIN_MS = 30_000
const THERE_WITHIN_MS = 15_000
const READ_ON_EVERY_MS = 3_000

/**
 * Makes people and rooms, lets the people talk, judges what everybody saw, and removes all of it, whatever happened.
 * Errors: `StartError`, when nothing could be judged; it names what could not be removed.
 */
export async function runCheck(ask: CheckAsk, around: Around): Promise<CheckReport> {
  const belongings = new Belongings()
  const pace = new Pace(ask.rate)
  const server = new ChatServer(ask.url, pace)
  const remove = () => belongings.remove(server, { withinMs: REMOVE_WITHIN_MS, progress: around.progress })
  try {
    const judged = await observe({ ask, around, belongings, pace, server })
    return { ...judged, removal: await remove() }
  } catch (error) {
    const { left } = await remove()
    const rest = left.map((what) => `Not removed: ${what}.`)
    if (error instanceof Unheard) throw new StartError([`${ask.url}: ${error.message}.`, ...rest].join('\n'))
    if (error instanceof StartError) throw new StartError([error.message, ...rest].join('\n'))
    for (const line of rest) process.stderr.write(`parley: ${line}\n`)
    throw error
  }
}

async function observe(scene: Scene): Promise<Omit<CheckReport, 'removal'>> {
  const { ask, around, pace, server } = scene
  const { signal, progress } = around
  const { url, seed } = ask
  const random = new SeededRandom(seed)
  const history = new History({ seed, isLossy: false, convergeWithinMs: CONVERGE_WITHIN_MS })
  const { visitors, stranger, reader, rooms } = await gather(scene, { history, random })
  const roomIds = rooms.map((room) => room.id)
  try {
    const crowd = new Crowd({ server, history, random: random.fork(), pace, visitors, stranger, rooms })
    await talk(crowd, { ask, around, reader, roomIds })
    await requireThere(scene)
    progress({ what: 'Settling until everybody has everything', done: 0, total: 1 })
    const heads = async () => headsOf(await Promise.all(roomIds.map((roomId) => reader.readsToTheEnd(roomId))))
    const settled = await settle({ visitors, roomIds, history, random, signal, heads })
    requireGoingOn(signal)
    progress({ what: 'Judging', done: 0, total: 1 })
    const logs = await Promise.all(roomIds.map((roomId) => reader.readsToTheEnd(roomId)))
    const others = await othersIn(logs, scene)
    history.finish()
    const evidence = {
      entries: history.entries,
      logs,
      others,
      repeats: history.repeats,
      also: [
        ...settled.violations,
        ...reader.changed.map((what) => ({ invariant: 'I5' as const, what })),
        ...crowd.overheard.map((what) => ({ invariant: 'I10' as const, what })),
      ],
    }
    const whole = wholeHistory(evidence)
    if (ask.keepHistory !== undefined) keep(ask.keepHistory, whole)
    const verdicts = judge(whole, evidence)
    return {
      url,
      build: reader.build,
      seed,
      isGood: verdicts.every(({ result }) => result !== 'broken'),
      people: visitors.length,
      rooms: rooms.length,
      seconds: ask.seconds,
      lineCuts: visitors.reduce((sum, { line }) => sum + line.cuts, 0),
      verdicts,
      notes: [
        ...slowness(pace, ask.rate),
        ...settled.troubles,
        ...company(others),
        ...history.frameFaults.map(unknownWords),
      ],
    }
  } finally {
    for (const visitor of [...visitors, stranger]) visitor.goes()
  }
}

/** People talk for as long as was asked, while the reader keeps up with them. */
async function talk(crowd: Crowd, { ask, around, reader, roomIds }: Talk): Promise<void> {
  const { signal, progress } = around
  const endsAt = performance.now() + ask.seconds * 1_000
  let readAt = performance.now()
  crowd.start()
  while (performance.now() < endsAt && !signal.aborted) {
    const leftMs = endsAt - performance.now()
    progress({ what: 'Talking', done: ask.seconds * 1_000 - leftMs, total: ask.seconds * 1_000 })
    await pause(Math.min(leftMs, 250), signal)
    if (performance.now() - readAt < READ_ON_EVERY_MS) continue
    readAt = performance.now()
    // Whoever cannot read now reads more the next time; at the end it has to be all.
    void reader.readsOn(roomIds).catch(() => undefined)
  }
  await crowd.stop()
}

/** Whoever settles waits long for a server that has only lost a line, which would be in vain for one that is gone. */
async function requireThere({ server, around: { signal } }: Scene): Promise<void> {
  const answer = await server.patiently(() => server.get('/api/instance'), { withinMs: THERE_WITHIN_MS, signal })
  requireGoingOn(signal)
  if (answer.kind !== 'reply') {
    throw new StartError(`${server.url} went away while it was checked, so nothing was judged.`)
  }
}

interface Talk {
  readonly ask: CheckAsk
  readonly around: Around
  readonly reader: Reader
  readonly roomIds: readonly RoomId[]
}

/** Anybody may come into a public room, also into those of a check. Whoever the server does not know is nobody. */
async function othersIn(logs: readonly RoomLog[], { belongings, server }: Scene): Promise<ReadonlySet<string>> {
  const own = new Set<UserId>(belongings.people.map(({ user }) => user.id))
  const actors = new Set(logs.flatMap(({ events }) => events.map((event) => event.actorId)))
  const ids = [...actors].filter((id) => !own.has(id)).slice(0, LIMITS.usersPerQuery)
  const [asker] = belongings.people
  if (ids.length === 0 || !asker) return new Set()
  const answer = await server.patiently(() => server.query('get-users', { ids }, asker.token), { withinMs: 10_000 })
  return new Set(answer.kind === 'reply' ? answer.output.users.map((user) => user.id) : [])
}

const headsOf = (logs: readonly RoomLog[]): ReadonlyMap<RoomId, number> =>
  new Map(logs.map(({ roomId, head }) => [roomId, head.seq]))

function slowness(pace: Pace, rate: number): string[] {
  if (pace.refusals === 0) return []
  const slowed = pace.perSecond < rate ? `, so it slowed down from ${rate} to ${pace.perSecond} a second` : ''
  return [
    `The server asked the check ${amount(pace.refusals, 'time')} to wait${slowed}. That is its right and no fault.`,
  ]
}

const company = (others: ReadonlySet<string>): string[] =>
  others.size === 0 ? [] : [`${amount(others.size, 'person', 'people')} who are not of the check came into its rooms.`]

const unknownWords = (fault: string): string => `Said what protocol ${PROTOCOL_VERSION} does not describe: ${fault}`

function keep(path: string, history: readonly HistoryEntry[]): void {
  writeFileSync(path, `${history.map((entry) => JSON.stringify(entry)).join('\n')}\n`)
}
