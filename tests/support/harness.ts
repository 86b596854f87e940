import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort } from '../../scripts/services/free-port.ts'
import { isAlive } from '../../scripts/services/processes.ts'
import { temporaryDatabase } from './temporary-database.ts'

export interface ServerOptions {
  /** Default: SQLite. PostgreSQL gets a fresh database on the shared cluster unless `databaseUrl` names one. */
  readonly database?: 'sqlite' | 'postgres'
  readonly databaseUrl?: string
  /** Default: a temporary folder that goes with the server. A given one is left alone. */
  readonly dataFolder?: string
  /** Further settings, like `{ PARLEY_LIMITS: 'posts=1000/s' }`. */
  readonly env?: Readonly<Record<string, string>>
  /** Default: any free one. */
  readonly port?: number
  /** Where it runs and listens, if not here on loopback: an address, and the words that bring a program there. */
  readonly place?: { readonly host: string; readonly within: readonly string[] }
}

/** Starts the real server process and waits until it is ready. Works in Bun and in Node. */
export async function startServer(options: ServerOptions = {}): Promise<TestServer> {
  sweepOnce()
  const isPostgres = options.database === 'postgres'
  const database = isPostgres && options.databaseUrl === undefined ? await temporaryDatabase() : undefined
  const server = new TestServer(options, database?.url ?? options.databaseUrl, database?.drop)
  running.add(server)
  try {
    await server.start()
  } catch (error) {
    await server.stop()
    throw error
  }
  return server
}

/** For `afterAll`: stops whatever the tests of this process have started and not stopped. */
export async function stopServers(): Promise<void> {
  await Promise.all([...running].map((server) => server.stop()))
}

/** One server on one port and data folder, over all its restarts. */
export class TestServer {
  readonly dataFolder: string
  readonly databaseUrl: string | undefined
  readonly #options: ServerOptions
  readonly #dropDatabase: (() => Promise<void>) | undefined
  #port: number
  #child: ChildProcess | undefined
  #exited: Promise<Exit> | undefined
  #output = ''

  constructor(
    options: ServerOptions,
    databaseUrl: string | undefined,
    dropDatabase: (() => Promise<void>) | undefined,
  ) {
    this.#options = options
    this.#port = options.port ?? 0
    this.databaseUrl = databaseUrl
    this.#dropDatabase = dropDatabase
    this.dataFolder = options.dataFolder ?? mkdtempSync(join(tmpdir(), `parley-server-${process.pid}-`))
  }

  get url(): string {
    return `http://${this.#host}:${this.#port}`
  }

  get port(): number {
    return this.#port
  }

  get #host(): string {
    return this.#options.place?.host ?? '127.0.0.1'
  }

  /** Of the present process; undefined while none runs. */
  get pid(): number | undefined {
    return this.#child?.pid
  }

  /** The end of what the present process, or the last one, has written to its standard output and error. */
  get output(): string {
    return this.#output
  }

  /** Starts the process; the port stays the same from the first start on. */
  async start(env: Readonly<Record<string, string>> = {}): Promise<void> {
    if (this.#child) throw new Error('The server runs already.')
    // Not one that the system gives away: somebody's connection could have it when the server comes back.
    if (this.#port === 0) this.#port = await freePort()
    const within = this.#options.place?.within ?? []
    const [program = '', ...words] = [
      ...dieWithParent,
      ...within,
      join(root, 'node_modules/.bin/bun'),
      'apps/server/src/main.ts',
    ]
    const child = spawn(program, words, {
      cwd: root,
      env: { ...cleanEnvironment(), ...this.#settings(), ...this.#options.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#child = child
    this.#exited = new Promise((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })))
    void this.#exited.then(() => {
      if (this.#child === child) this.#child = undefined
    })
    this.#output = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8')
      stream?.on('data', (text: string) => this.#keep(text))
    }
    await this.#ready(child)
  }

  /** What the operating system does to a process that it kills: no goodbye, no flush. */
  async kill9(): Promise<void> {
    await this.#end('SIGKILL')
  }

  /** Asks the server to stop, as a service manager would, and waits until it has. */
  terminate(): Promise<Exit> {
    return this.#end('SIGTERM')
  }

  /** Ends what runs (gently), then starts again on the same port, folder and database. */
  async restart(env?: Readonly<Record<string, string>>): Promise<void> {
    if (this.#child) await this.terminate()
    await this.start(env)
  }

  /** Freezes the process: its sockets stay open and nobody answers. */
  pause(): void {
    this.#child?.kill('SIGSTOP')
  }

  resume(): void {
    this.#child?.kill('SIGCONT')
  }

  /** Ends the process and removes what it left. */
  async stop(): Promise<void> {
    running.delete(this)
    await this.#end('SIGKILL')
    if (this.#options.dataFolder === undefined) rmSync(this.dataFolder, { recursive: true, force: true })
    await this.#dropDatabase?.()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  /** For the end of this very process, when nothing can be waited for. */
  abandon(): void {
    this.#child?.kill('SIGKILL')
    if (this.#options.dataFolder === undefined) rmSync(this.dataFolder, { recursive: true, force: true })
  }

  async #end(signal: 'SIGKILL' | 'SIGTERM'): Promise<Exit> {
    this.#child?.kill(signal)
    return (await this.#exited) ?? { code: null, signal: null }
  }

  #settings(): Record<string, string> {
    const settings = { PARLEY_HOST: this.#host, PARLEY_PORT: String(this.#port), PARLEY_DATA: this.dataFolder }
    return this.databaseUrl === undefined ? settings : { ...settings, PARLEY_DATABASE_URL: this.databaseUrl }
  }

  #keep(text: string): void {
    this.#output = (this.#output + text).slice(-KEPT_OUTPUT)
  }

  async #ready(child: ChildProcess): Promise<void> {
    const deadline = Date.now() + START_LIMIT_MS
    for (;;) {
      if (this.#child !== child) throw new Error(`The server ended instead of starting.\n${this.#tail()}`)
      // It says so once the command line can reach it, too.
      if (this.#output.includes('Parley is open') && (await answers(`${this.url}/readyz`))) return
      if (Date.now() > deadline) throw new Error(`The server was not ready in time.\n${this.#tail()}`)
      await new Promise((resolve) => setTimeout(resolve, POLL_MS))
    }
  }

  #tail(): string {
    return this.#output.split('\n').slice(-40).join('\n')
  }
}

export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

const START_LIMIT_MS = 20_000
const POLL_MS = 10
const KEPT_OUTPUT = 1024 * 1024

const root = fileURLToPath(new URL('../..', import.meta.url))
const running = new Set<TestServer>()
process.on('exit', () => {
  for (const server of running) server.abandon()
})

let hasSwept = false

/** Removes the folders that runs which were killed have left behind; a folder's name carries the process that made it. */
function sweepOnce(): void {
  if (hasSwept) return
  hasSwept = true
  for (const name of readdirSync(tmpdir())) {
    const pid = /^parley-server-(\d+)-/.exec(name)?.[1]
    if (pid !== undefined && !isAlive(Number(pid))) rmSync(join(tmpdir(), name), { recursive: true, force: true })
  }
}

/** So that a test run that is itself killed leaves no server behind. */
const setpriv = ['/usr/bin/setpriv', '/bin/setpriv'].find((path) => existsSync(path))
const dieWithParent = setpriv ? [setpriv, '--pdeathsig=KILL'] : []

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2_000) })
    await response.body?.cancel()
    return response.ok
  } catch {
    return false // Not listening yet.
  }
}

/** What surrounds the tests must not configure the server: settings of Parley are only those given. */
function cleanEnvironment(): Record<string, string> {
  const kept = Object.entries(process.env).filter(([name]) => !/^(PARLEY_|PG|NODE_OPTIONS|NODE_ENV)/.test(name))
  return Object.fromEntries(kept.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])))
}
