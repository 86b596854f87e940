import { Database as SqliteHandle } from 'bun:sqlite'
import { join } from 'node:path'
import type { Settings, User } from '@parley/protocol'
import pg from 'pg'
import { freePort } from '../../../../../scripts/services/free-port.ts'
import { testDatabase } from '../../../../../scripts/test-services.ts'
import { type IdentityProvider, startIdentityProvider } from '../../../../../tests/support/identity-provider.ts'
import { ProviderBrowser } from '../../../../../tests/support/provider-browser.ts'
import { systemClock } from '../../clock.ts'
import { startTestServer, type TestServer } from '../../testing/test-server.contract.ts'

/** The whole server, with a provider named `corp` and one named `lab`, on one of the databases. */
export interface ProviderWorld {
  readonly origin: string
  readonly server: TestServer
  readonly corp: IdentityProvider
  readonly lab: IdentityProvider
  browser(): ProviderVisitor
  /** Everything that the database keeps of people under way. */
  keptOnTheWay(): Promise<string>
  settings(changed: Partial<Settings>): Promise<void>
  disable(user: User): Promise<void>
  stop(): Promise<void>
}

export const PEOPLE = {
  'corp-ann': { name: 'Ann Lee', email: 'ann@example.org', email_verified: true },
  'corp-ben': { name: 'Ben Oak', email: 'ben@example.org', email_verified: false },
} as const

export type DatabaseName = 'SQLite' | 'PostgreSQL'

export async function providerWorld(
  database: DatabaseName,
  options: { readonly settings?: Readonly<Record<string, string>>; readonly now?: () => number } = {},
): Promise<ProviderWorld> {
  const postgres = database === 'PostgreSQL' ? await testDatabase() : undefined
  const port = await freePort()
  const origin = `http://127.0.0.1:${port}`
  const corp = await startIdentityProvider({ origin, people: PEOPLE, names: ['corp'] })
  const lab = await startIdentityProvider({ origin, people: {}, names: ['lab'] })
  const server = await startTestServer({
    ...(options.now && { clock: { ...systemClock, now: options.now } }),
    settings: {
      PARLEY_PORT: String(port),
      ...(postgres && { PARLEY_DATABASE_URL: postgres.url }),
      ...corp.settings('CORP'),
      ...lab.settings('LAB'),
      ...options.settings,
    },
  })
  await untilReady(origin, 'corp', 'lab')
  const query = postgres ? postgresQuery(postgres.url) : sqliteQuery(server.folder)
  return {
    origin,
    server,
    corp,
    lab,
    browser: () => new ProviderVisitor(origin),
    keptOnTheWay: async () => JSON.stringify(await query('select * from verifications')),
    async settings(changed) {
      const value = JSON.stringify({ signUp: 'open', guests: true, emailDomains: [], ...changed })
      await query(
        `insert into meta (key, value) values ('settings', '${value}') on conflict (key) do update set value = excluded.value`,
      )
    },
    disable: async (user) => void (await query(`update users set disabled_at = 1 where id = '${user.id}'`)),
    async stop() {
      await server.stop()
      await Promise.all([corp.stop(), lab.stop()])
      await postgres?.drop()
    },
  }
}

/** Waits until Parley has read the documents of these. */
export async function untilReady(origin: string, ...names: string[]): Promise<void> {
  const deadline = Date.now() + 10_000
  for (;;) {
    const states = await readiness(origin)
    if (names.every((name) => states[name] === 'ready')) return
    if (Date.now() > deadline) throw new Error(`Not ready within ten seconds: ${JSON.stringify(states)}`)
  }
}

export async function readiness(origin: string): Promise<Record<string, string>> {
  const { providers = {} } = (await (await fetch(`${origin}/readyz`)).json()) as {
    providers?: Record<string, string>
  }
  return providers
}

/** Somebody's browser, at Parley. */
export class ProviderVisitor extends ProviderBrowser {
  readonly #origin: string

  constructor(origin: string) {
    super()
    this.#origin = origin
  }

  /** From the button to the provider's page, whose address it gives. */
  async leavesFor(provider: string, query = ''): Promise<URL> {
    this.forgetAllBut(this.#origin)
    const page = await this.goes(`${this.#origin}/api/sign-in/${provider}${query}`)
    if (page.origin === this.#origin) throw new Error(`It did not leave: ${page.href}`)
    return page
  }

  /** From a page of the provider to the address that the provider sends the browser back to, which is not asked yet. */
  async confirms(person: string, page: URL): Promise<URL> {
    return this.goes(await this.signsInAs(person, page), { stopAt: (url) => url.origin === this.#origin })
  }

  /** All the way; gives the address of the page where it ends. */
  async signsIn(provider: string, person: string, query = ''): Promise<URL> {
    return this.goes(await this.confirms(person, await this.leavesFor(provider, query)))
  }

  /** From the settings: signed in already. */
  links(provider: string, person: string): Promise<URL> {
    return this.#goesRound(provider, person, 'link')
  }

  /** Shows once more who they are. */
  proves(provider: string, person: string): Promise<URL> {
    return this.#goesRound(provider, person, 'confirm')
  }

  async #goesRound(provider: string, person: string, mode: 'link' | 'confirm'): Promise<URL> {
    this.forgetAllBut(this.#origin)
    const answer = await this.starts(provider, { mode, goTo: '/settings/account' })
    const { url, ...other } = (await answer.json()) as { url?: string }
    if (url === undefined) throw new Error(`It did not leave: ${JSON.stringify(other)}`)
    return this.goes(await this.confirms(person, await this.goes(url)))
  }

  /** The `POST` that begins. */
  starts(
    provider: string,
    body: object,
    headers: Record<string, string> = { origin: this.#origin },
  ): Promise<Response> {
    return this.asks(`${this.#origin}/api/sign-in/${provider}`, { method: 'POST', headers, body: JSON.stringify(body) })
  }

  command(name: string, input: object): Promise<Response> {
    const headers = { origin: this.#origin, 'content-type': 'application/json' }
    const body = JSON.stringify(input)
    return this.asks(`${this.#origin}/api/commands/${name}`, { method: 'POST', headers, body })
  }

  /** With the ticket that the address of the page holds. */
  finishes(page: URL, handle: string, name: string): Promise<Response> {
    return this.command('finish-sign-up', { ticket: page.hash.slice(1), handle, name })
  }

  /** Signs up by a provider for the first time. */
  async signsUp(provider: string, person: string, handle: string): Promise<User> {
    const page = await this.signsIn(provider, person)
    const response = await this.finishes(page, handle, handle)
    if (!response.ok) throw new Error(`${page.href}: ${await response.text()}`)
    return ((await response.json()) as { user: User }).user
  }

  async entersAsGuest(name: string): Promise<User> {
    const response = await this.command('enter', { name, secret: crypto.randomUUID() })
    if (!response.ok) throw new Error(await response.text())
    return ((await response.json()) as { user: User }).user
  }

  /** Who Parley takes the browser for. */
  async user(): Promise<User | null> {
    const response = await this.asks(`${this.#origin}/api/session`)
    return ((await response.json()) as { user: User | null }).user
  }
}

function sqliteQuery(folder: string) {
  return async (sql: string): Promise<unknown[]> => {
    const handle = new SqliteHandle(join(folder, 'parley.db'))
    handle.run('pragma busy_timeout = 5000')
    try {
      return handle.prepare(sql).all()
    } finally {
      handle.close()
    }
  }
}

function postgresQuery(connectionString: string) {
  return async (sql: string): Promise<unknown[]> => {
    const client = new pg.Client({ connectionString })
    await client.connect()
    try {
      return (await client.query(sql)).rows
    } finally {
      await client.end()
    }
  }
}
