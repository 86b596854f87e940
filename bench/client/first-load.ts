import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { Browser } from '@playwright/test'
import { root } from '../lib/server-process.ts'
import { openPage, openTab, type Place, type Watched } from './page.ts'

export interface FirstLoad {
  /** Milliseconds until a message could be read. */
  readonly cold: readonly number[]
  readonly warm: readonly number[]
  /** Kilobytes (1,000 bytes), compressed with gzip, of what was asked for before the page's load event. */
  readonly scriptKb: number
  readonly styleKb: number
  /** The same with what is fetched ahead of its use once the room is there. */
  readonly scriptKbInAll: number
  /** Addresses of other hosts. */
  readonly foreign: readonly string[]
}

/** "Slow 4G" as Lighthouse defines it, on a processor that is six times slower. */
export const SLOW_4G = { latency: 150, downloadThroughput: 1_638_400 / 8, uploadThroughput: 768_000 / 8 }
export const CPU_SLOWDOWN = 6

interface Visit {
  readonly readableMs: number
  /** Before the load event. */
  readonly needed: readonly string[]
  readonly requested: readonly string[]
}

/** Someone who is a member of the room goes to its address, with an empty cache and then once more. */
export async function measureFirstLoad(browser: Browser, url: string, room: Place, times: number): Promise<FirstLoad> {
  const state = await becomeMember(browser, url, room)
  const [cold, warm]: [Visit[], Visit[]] = [[], []]
  for (let time = 0; time < times; time++) {
    const first = await openPage(browser, url, { storageState: state })
    cold.push(await visit(first, room))
    const again = await openTab(first)
    await first.who.page.close() // Or its own work would slow the other down.
    warm.push(await visit(again, room))
    await first.who.context.close()
  }
  const requested = [...new Set([...cold, ...warm].flatMap((one) => one.requested))]
  const needed = [...new Set(cold.flatMap((one) => one.needed))]
  return {
    cold: cold.map(({ readableMs }) => readableMs),
    warm: warm.map(({ readableMs }) => readableMs),
    scriptKb: sizeKb(needed, '.js'),
    styleKb: sizeKb(needed, '.css'),
    scriptKbInAll: sizeKb(requested, '.js'),
    foreign: requested.filter(
      (address) => /^(http|ws)s?:/.test(address) && new URL(address).host !== new URL(url).host,
    ),
  }
}

/** What a browser keeps of somebody who is in the room: cookies and local storage, neither cache nor databases. */
async function becomeMember(browser: Browser, url: string, { name }: Place) {
  const { who } = await openPage(browser, url)
  await who.page.goto('/')
  await who.enters('Visitor')
  await who.entersRoom(name)
  await who.messages.locator('[data-message]').first().waitFor()
  const state = await who.context.storageState()
  await who.context.close()
  return state
}

async function visit({ who, devtools, seen }: Watched, { roomId }: Place): Promise<Visit> {
  const requested: string[] = []
  who.page.on('request', (request) => requested.push(request.url()))
  who.page.on('websocket', (socket) => requested.push(socket.url()))
  await devtools.send('Network.enable')
  await devtools.send('Network.emulateNetworkConditions', { offline: false, ...SLOW_4G })
  await devtools.send('Emulation.setCPUThrottlingRate', { rate: CPU_SLOWDOWN })
  await who.page.goto(`/rooms/${roomId}`, { waitUntil: 'commit' })
  await who.page.waitForFunction(() => window.seen.readableAt !== undefined)
  const { readableAt = Number.NaN } = await seen()
  const needed = await who.page.evaluate(askedBeforeLoad)
  await who.page.waitForLoadState('networkidle') // What is fetched after the first sight may go to others as well.
  if (who.faults.length > 0) throw new Error(`The page broke: ${who.faults.join('\n')}`)
  return { readableMs: readableAt, needed, requested }
}

function askedBeforeLoad(): string[] {
  const [navigation] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[] // as: there is one
  const until = navigation?.loadEventStart || Number.POSITIVE_INFINITY
  const resources = performance.getEntriesByType('resource')
  return resources.filter(({ startTime }) => startTime < until).map(({ name }) => name)
}

function sizeKb(addresses: readonly string[], ending: string): number {
  const paths = addresses
    .map((address) => join(root, 'apps/web/dist', new URL(address).pathname))
    .filter((path) => path.endsWith(ending) && existsSync(path))
  return paths.reduce((sum, path) => sum + gzipSync(readFileSync(path), { level: 9 }).byteLength, 0) / 1_000
}
