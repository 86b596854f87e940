import type { RoomId } from '@parley/protocol'
import { type Browser, type BrowserContextOptions, type CDPSession, chromium } from '@playwright/test'
import config from '../../tests/playwright.config.ts'
import { PersonAtBrowser } from '../../tests/support/ui/people.ts'
import { installProbe, type PageSeen } from './page-probe.ts'

/** Someone whose page is watched from its first script on. */
export interface Watched {
  readonly who: PersonAtBrowser
  readonly devtools: CDPSession
  seen(): Promise<PageSeen>
  /** Megabytes of JavaScript objects that are still reachable. */
  heapMb(): Promise<number>
}

export interface Place {
  readonly name: string
  readonly roomId: RoomId
}

/** As the journeys launch it. */
export function launchBrowser(): Promise<Browser> {
  return chromium.launch({ ...config.use?.launchOptions, headless: true })
}

/** A fresh profile with an empty cache, and a blank page in it. */
export async function openPage(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<Watched> {
  const context = await browser.newContext({
    baseURL: url,
    locale: 'en-US',
    viewport: { width: 1280, height: 800 },
    ...options,
  })
  await context.addInitScript(installProbe)
  return watch(new PersonAtBrowser(context, await context.newPage()))
}

/** Another tab of the same browser, blank as well. */
export async function openTab({ who }: Watched): Promise<Watched> {
  return watch(new PersonAtBrowser(who.context, await who.context.newPage()))
}

async function watch(who: PersonAtBrowser): Promise<Watched> {
  const devtools = await who.context.newCDPSession(who.page)
  return {
    who,
    devtools,
    seen: () => who.page.evaluate(() => window.seen),
    async heapMb() {
      // Once is not enough: what finalizers let go of goes with the next.
      for (let time = 0; time < 2; time++) await devtools.send('HeapProfiler.collectGarbage')
      const { usedSize } = await devtools.send('Runtime.getHeapUsage')
      return usedSize / 1e6
    },
  }
}
