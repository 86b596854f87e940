import { ensureWebBuild } from '../../scripts/setup.mjs'
import { LONG_MS, measureBusyRoom } from '../client/busy-room.ts'
import { CPU_SLOWDOWN, measureFirstLoad } from '../client/first-load.ts'
import { launchBrowser } from '../client/page.ts'
import { fillByTalking, Talker } from '../client/talker.ts'
import { Api, inParallel } from '../lib/api.ts'
import { median, quantile } from '../lib/quantiles.ts'
import { keepResult, printTable, say } from '../lib/report.ts'
import { startServer } from '../lib/server-process.ts'

export interface ClientOptions {
  /** How long others talk while one scrolls and types. */
  readonly seconds: number
  readonly messages: number
  readonly loads: number
}

const PER_SECOND = 50
const OTHER_MESSAGES = 2_000
const PEOPLE = 8

/** What a person at a browser waits for: the first load of a room, and everything in a busy one. */
export async function client({ seconds, messages, loads }: ClientOptions): Promise<void> {
  await ensureWebBuild()
  const server = await startServer()
  const url = `http://127.0.0.1:${server.port}`
  const browser = await launchBrowser()
  try {
    const { guests, busy, other } = await fillRooms(server.port, messages)
    const first = await measureFirstLoad(browser, url, other, loads)
    console.log(`first load: cold ${inWords(first.cold)}; warm ${inWords(first.warm)}`)
    const load = { perSecond: PER_SECOND, seconds, switches: 20 }
    const room = await measureBusyRoom(browser, { url, port: server.port }, { busy, other, guests, load })
    report(first, room, { seconds, messages, loads })
  } finally {
    await browser.close()
    await server.stop()
  }
}

async function fillRooms(port: number, messages: number) {
  const api = new Api(port)
  const guests = await api.enterAll(Array.from({ length: PEOPLE }, (_, index) => `Speaker ${index}`))
  const [owner] = guests
  if (!owner) throw new Error('Nobody could enter.')
  const make = async (name: string) => {
    const roomId = await api.createRoom(owner, name)
    await inParallel(guests, 8, (guest) => api.enterRoom(guest, roomId))
    return { name, roomId }
  }
  const [busy, other] = [await make('Busy harbour'), await make('Other harbour')]
  const talkers = await inParallel(guests, 8, (guest) => Talker.connects(port, guest))
  await fillByTalking(talkers, busy.roomId, messages)
  await fillByTalking(talkers, other.roomId, OTHER_MESSAGES)
  for (const talker of talkers) talker.leave()
  return { guests, busy, other }
}

type First = Awaited<ReturnType<typeof measureFirstLoad>>
type Room = Awaited<ReturnType<typeof measureBusyRoom>>

/** How much a heap that does not grow may move between two collections. */
const HEAP_GROWTH = 1.1

function report(first: First, room: Room, options: ClientOptions): void {
  const [cold, warm] = [median(first.cold), median(first.warm)]
  const [start = 0, ...later] = room.heapMb
  const end = later.at(-1) ?? Number.NaN
  const slowSwitch = quantile(room.switchMs, 0.9)
  say(
    `First load: ${options.loads} times in a fresh profile, 150 ms and 1.6 Mbit/s, a processor ${CPU_SLOWDOWN} times slower; warm is the same address again in a new tab. Busy room: ${options.messages} messages, and ${PER_SECOND} a second from ${PEOPLE} people for ${options.seconds} s while one scrolls and types.\n`,
  )
  printTable([
    ['what', 'measured', 'target', 'state'],
    ['room readable, cold (median)', inWords(first.cold), '< 2.5 s', state(cold < 2_500)],
    ['room readable, warm (median)', inWords(first.warm), '< 0.7 s', state(warm < 700)],
    [
      'script, gzipped',
      `${first.scriptKb.toFixed(1)} KB`,
      '≤ 100 KB',
      state(first.scriptKb > 0 && first.scriptKb <= 100),
    ],
    ['style, gzipped', `${first.styleKb.toFixed(1)} KB`, '≤ 20 KB', state(first.styleKb > 0 && first.styleKb <= 20)],
    ['requests to others', String(first.foreign.length), 'none', state(first.foreign.length === 0)],
    ['longest task, on the core', `${room.longestCpuMs.toFixed(0)} ms`, '≤ 50 ms', state(room.longestCpuMs <= LONG_MS)],
    ['tasks over 50 ms by the clock', String(room.longTasks.length), 'none', clockState(room)],
    ['message nodes', `at most ${room.mostRows}`, '≤ 150', state(room.mostRows > 0 && room.mostRows <= 150)],
    [
      'heap after collections',
      `${room.heapMb.map((mb) => mb.toFixed(1)).join(', ')} MB`,
      `at the end ≤ ${HEAP_GROWTH} × the start`,
      state(end <= start * HEAP_GROWTH),
    ],
    ['room switch (9 of 10)', inWords(room.switchMs, 0.9), '≤ 100 ms', state(slowSwitch <= 100)],
  ])
  say(
    `\nFrom a key to the paint after it: 99 of 100 within ${quantile(room.keyMs, 0.99).toFixed(0)} ms (${room.keyMs.length} took 16 ms or more). ${room.said} messages came meanwhile.`,
  )
  keepResult('client', { options, first, room })
}

/** Where no task took the core for so long, those that took it by the clock were waiting for it. */
function clockState({ longTasks, longestCpuMs }: Room): string {
  if (longTasks.length > 0 && longestCpuMs <= LONG_MS) return 'void: they waited for a core'
  return state(longTasks.length === 0)
}

const state = (isMet: boolean): string => (isMet ? 'met' : '**not met**')

function inWords(values: readonly number[], share = 0.5): string {
  const middle = share === 0.5 ? median(values) : quantile(values, share)
  return `${middle.toFixed(0)} ms (${Math.min(...values).toFixed(0)}–${Math.max(...values).toFixed(0)})`
}
