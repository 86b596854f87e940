import { test as base, expect } from '@playwright/test'
import { startServer, type TestServer } from '../harness.ts'
import { type PersonAtBrowser, person, visitor } from './people.ts'

type PersonOptions = Parameters<typeof person>[3]

interface JourneyWorld {
  /** One for all journeys of a file; each uses names of its own. */
  readonly server: TestServer
  /** A server that this journey may stop, kill and start. */
  readonly ownServer: TestServer
  /** `PARLEY_LIMITS` of the own server, for journeys that ask more than people do: `test.use({ ownLimits: … })`. */
  readonly ownLimits: string
  /** Somebody with a browser of their own, signed in. They go home at the end, and nothing may have broken. */
  readonly arrives: (name: string, options?: PersonOptions) => Promise<PersonAtBrowser>
  /** Somebody who has only opened the page. */
  readonly visits: (path?: string, options?: PersonOptions) => Promise<PersonAtBrowser>
  /** A name or title that no other journey uses. */
  readonly unique: (text: string) => string
}

/** What a project of playwright.config.ts may choose. */
export interface JourneyOptions {
  readonly database: 'sqlite' | 'postgres'
}

interface WorkerWorld extends JourneyOptions {
  readonly sharedServer: TestServer
}

let counter = 0

export const test = base.extend<JourneyWorld, WorkerWorld>({
  database: ['sqlite', { option: true, scope: 'worker' }],
  sharedServer: [
    async ({ database }, use) => {
      const server = await startServer({ database })
      await use(server)
      await server.stop()
    },
    { scope: 'worker' },
  ],
  server: ({ sharedServer }, use) => use(sharedServer),
  ownLimits: ['', { option: true }],
  ownServer: async ({ database, ownLimits }, use) => {
    const server = await startServer({ database, env: { PARLEY_LIMITS: ownLimits } })
    await use(server)
    await server.stop()
  },
  arrives: async ({ browser, server }, use) => {
    const present: PersonAtBrowser[] = []
    await use(async (name, options) => {
      const someone = await person(browser, server, name, options)
      present.push(someone)
      return someone
    })
    await goHome(present)
  },
  visits: async ({ browser, server }, use) => {
    const present: PersonAtBrowser[] = []
    await use(async (path, options) => {
      const someone = await visitor(browser, server, options, path)
      present.push(someone)
      return someone
    })
    await goHome(present)
  },
  // A letter ends it: a number after it, as names that are still free have, makes no other journey's name.
  unique: ({ browserName }, use, info) => use((text) => `${text} ${info.workerIndex}n${++counter}${browserName[0]}`),
})

export { expect }

async function goHome(present: readonly PersonAtBrowser[]): Promise<void> {
  const faults = present.flatMap((someone) => someone.faults)
  await Promise.all(present.map((someone) => someone.leaves()))
  expect(faults, 'nothing broke in anybody’s page').toEqual([])
}
