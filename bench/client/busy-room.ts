import type { Browser } from '@playwright/test'
import { type Guest, inParallel } from '../lib/api.ts'
import { openPage, type Place, type Watched } from './page.ts'
import type { PageSeen } from './page-probe.ts'
import { timeSwitch, watchRows } from './page-probe.ts'
import { Talker, talkSteadily } from './talker.ts'
import { followTasks, type TaskTime } from './task-times.ts'

export interface BusyRoom {
  readonly perSecond: number
  readonly seconds: number
  readonly switches: number
}

export interface BusyRoomSeen {
  /** Stored while one scrolled and typed. */
  readonly said: number
  /** Tasks of the page's main thread over 50 ms by the clock; what the collections took is not among them. */
  readonly longTasks: readonly TaskTime[]
  /** The one that took most of a core. */
  readonly longestCpuMs: number
  /** From a key to the paint after it, where the browser tells. */
  readonly keyMs: readonly number[]
  readonly mostRows: number
  /** After a forced collection, evenly over the time. */
  readonly heapMb: readonly number[]
  readonly switchMs: readonly number[]
}

/** One person at a browser in a room where others talk without a pause. */
export async function measureBusyRoom(
  browser: Browser,
  server: { readonly url: string; readonly port: number },
  { busy, other, guests, load }: { busy: Place; other: Place; guests: readonly Guest[]; load: BusyRoom },
): Promise<BusyRoomSeen> {
  const talkers = await inParallel(guests, 8, (guest) => Talker.connects(server.port, guest))
  const page = await openPage(browser, server.url)
  const { who } = page
  try {
    await who.page.goto('/')
    await who.enters('Reader')
    for (const { name } of [other, busy]) {
      await who.goesToLobby()
      await who.entersRoom(name)
      await who.messages.locator('[data-message]').first().waitFor()
    }
    await who.page.evaluate(watchRows)
    const stopTalking = talkSteadily(talkers, busy.roomId, load.perSecond)
    // Until as many messages are loaded as ever will be: up to there the heap has to grow.
    await scrollAndType(page, WARM_UP_SECONDS)
    const before = await page.seen()
    const heapMb = [await page.heapMb()]
    const tasks: TaskTime[] = []
    for (let part = 0; part < PARTS; part++) {
      const stopFollowing = await followTasks(browser, who.page)
      await scrollAndType(page, load.seconds / PARTS)
      tasks.push(...(await stopFollowing()))
      heapMb.push(await page.heapMb())
    }
    const after = await page.seen()
    const switchMs = await switchRooms(page, [other, busy], load.switches)
    const said = await stopTalking()
    if (who.faults.length > 0) throw new Error(`The page broke: ${who.faults.join('\n')}`)
    return { said, heapMb, switchMs, ...longOf(tasks), ...since(before, after) }
  } finally {
    for (const talker of talkers) talker.leave()
    await who.context.close()
  }
}

const WARM_UP_SECONDS = 20
const PARTS = 4
export const LONG_MS = 50

function longOf(tasks: readonly TaskTime[]): Pick<BusyRoomSeen, 'longTasks' | 'longestCpuMs'> {
  return {
    longTasks: tasks.filter(({ wallMs }) => wallMs > LONG_MS),
    longestCpuMs: tasks.reduce((most, { cpuMs }) => Math.max(most, cpuMs), 0),
  }
}

function since(before: PageSeen, after: PageSeen) {
  return {
    keyMs: after.inputs.slice(before.inputs.length).flatMap(({ name, ms }) => (name === 'keydown' ? [ms] : [])),
    mostRows: after.mostRows,
  }
}

const TEXT = 'While they all talk I would like to say this much. '

/** In turns: up through what was said, back to the end, and a message of one's own, key by key. */
async function scrollAndType({ who }: Watched, seconds: number): Promise<void> {
  const until = performance.now() + seconds * 1_000
  while (performance.now() < until) {
    await who.messages.hover()
    for (let turn = 0; turn < 25; turn++) {
      await who.page.mouse.wheel(0, turn < 20 ? -300 : 300)
      await who.page.waitForTimeout(40)
    }
    const jump = who.page.getByRole('button', { name: /^Jump to latest/ })
    if (await jump.isVisible()) await jump.click()
    await who.composer.pressSequentially(TEXT, { delay: 40 })
    await who.composer.press('Enter')
  }
}

async function switchRooms({ who }: Watched, places: readonly Place[], times: number): Promise<number[]> {
  const took: number[] = []
  for (let time = 0; time < times; time++) {
    const { name } = places[time % places.length] as Place // as: the index is below the length
    const link = who.roomInSidebar(name)
    await link.hover()
    const timed = who.page.evaluate(timeSwitch, name)
    await link.click()
    took.push(await timed)
  }
  return took
}
