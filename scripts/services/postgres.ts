import { chmodSync, closeSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import pg from 'pg'
import { isAlive, signal, withChildren } from './processes.ts'
import { programPath } from './programs.ts'

/** A PostgreSQL cluster of one's own on a free loopback port; everybody who reaches it is its administrator. */
export type Postgres = {
  readonly url: string // of the administrative database
  readonly port: number
  readonly dataFolder: string
  createDatabase: (name: string) => Promise<string> // its URL
  stop: () => Promise<void> // removes the data too
  kill9: () => Promise<void> // as a crash of the machine would, but for what the kernel still holds
  restart: () => Promise<void>
  pause: () => void
  resume: () => void
}

const startLimitMs = 30_000

/** `own`: settings that differ from a test's usual ones, like `{ fsync: 'off' }`. */
export async function startPostgres(own: Readonly<Record<string, string>> = {}): Promise<Postgres> {
  const bin = dirname(programPath('postgres'))
  sweep()
  const folder = mkdtempSync(join(tmpdir(), `parley-postgres-${process.pid}-`))
  const owner = unprivileged()
  if (owner) Bun.spawnSync(['chown', owner.user, folder])
  chmodSync(folder, 0o700)
  const dataFolder = join(folder, 'data')
  const initdb = [
    join(bin, 'initdb'),
    '-D',
    dataFolder,
    '-U',
    'postgres',
    '-A',
    'trust',
    '-E',
    'UTF8',
    '--locale=C',
    '--no-sync',
  ]
  const { exitCode, stderr } = Bun.spawnSync([...(owner?.prefix ?? []), ...initdb], { cwd: folder, env: plainEnv() })
  if (exitCode !== 0) throw new Error(`initdb failed: ${stderr}`)

  const port = await freePort()
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`
  let server = await launch()
  let isStopped = false
  const killNow = () => {
    if (isStopped) return
    isStopped = true
    for (const pid of withChildren(server.pid)) signal(pid, 'SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  }
  process.once('exit', killNow)

  async function launch(): Promise<Bun.Subprocess> {
    const log = openSync(join(folder, 'log'), 'a')
    const command = [join(bin, 'postgres'), '-D', dataFolder, ...settings(port, own)]
    const started = Bun.spawn([...(owner?.prefix ?? dieWithParent()), ...command], {
      cwd: folder,
      env: plainEnv(),
      stdio: ['ignore', log, log],
    })
    closeSync(log)
    started.unref()
    await ready(url, started, join(folder, 'log'))
    return started
  }

  async function end(kind: 'SIGINT' | 'SIGKILL'): Promise<void> {
    const all = kind === 'SIGKILL' ? withChildren(server.pid) : [server.pid]
    for (const pid of all) signal(pid, kind)
    await server.exited
    while (all.some(isAlive)) await Bun.sleep(5) // A child may outlive its postmaster by a moment and hold the memory.
  }

  return {
    url,
    port,
    dataFolder,
    createDatabase: (name) => createDatabase(url, name),
    stop: async () => {
      if (isStopped) return
      await end('SIGINT')
      killNow()
      process.off('exit', killNow)
    },
    kill9: () => end('SIGKILL'),
    restart: async () => {
      if (server.exitCode === null && server.signalCode === null) await end('SIGINT')
      server = await launch()
    },
    pause: () => {
      for (const pid of withChildren(server.pid)) signal(pid, 'SIGSTOP')
    },
    resume: () => {
      for (const pid of withChildren(server.pid)) signal(pid, 'SIGCONT')
    },
  }
}

/** Makes an empty database that sorts by bytes; answers with its URL. */
export async function createDatabase(adminUrl: string, name: string): Promise<string> {
  await withClient(adminUrl, (client) =>
    client.query(
      `CREATE DATABASE ${pg.escapeIdentifier(name)} TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'`,
    ),
  )
  const url = new URL(adminUrl)
  url.pathname = `/${encodeURIComponent(name)}`
  return url.href
}

/** Drops a database with whatever is still connected to it. */
export async function dropDatabase(adminUrl: string, name: string): Promise<void> {
  await withClient(adminUrl, (client) =>
    client.query(`DROP DATABASE IF EXISTS ${pg.escapeIdentifier(name)} WITH (FORCE)`),
  )
}

async function withClient(url: string, use: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await use(client)
  } finally {
    await client.end()
  }
}

function settings(port: number, own: Readonly<Record<string, string>>): string[] {
  const values = {
    port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    fsync: 'on',
    synchronous_commit: 'on',
    shared_buffers: '32MB',
    max_connections: 200,
    timezone: 'UTC',
    ...own,
  }
  return Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${value}`])
}

async function ready(url: string, server: Bun.Subprocess, log: string): Promise<void> {
  const deadline = Date.now() + startLimitMs
  for (;;) {
    if (server.exitCode !== null)
      throw new Error(`PostgreSQL did not start:\n${readFileSync(log, 'utf8').slice(-2000)}`)
    try {
      return await withClient(url, (client) => client.query('SELECT 1'))
    } catch (error) {
      if (Date.now() > deadline) throw error
      await Bun.sleep(20)
    }
  }
}

/** PostgreSQL refuses to run as root: then it runs as its own user, or as nobody. */
function unprivileged(): { user: string; prefix: string[] } | undefined {
  if (process.getuid?.() !== 0) return undefined
  const user = readFileSync('/etc/passwd', 'utf8').includes('\npostgres:') ? 'postgres' : 'nobody'
  const group = Bun.spawnSync(['id', '-gn', user]).stdout.toString().trim()
  return { user, prefix: ['setpriv', `--reuid=${user}`, `--regid=${group}`, '--clear-groups', '--pdeathsig=KILL'] }
}

function dieWithParent(): string[] {
  return Bun.which('setpriv') ? ['setpriv', '--pdeathsig=KILL'] : []
}

function plainEnv(): Record<string, string> {
  return { PATH: process.env.PATH ?? '', LC_ALL: 'C', TZ: 'UTC' } // PGPORT and the like must not leak in.
}

/** Removes what runs that were killed have left behind; the folder's name carries the process that made it. */
function sweep(): void {
  for (const name of readdirSync(tmpdir())) {
    const pid = /^parley-postgres-(\d+)-/.exec(name)?.[1]
    if (pid !== undefined && !isAlive(Number(pid))) rmSync(join(tmpdir(), name), { recursive: true, force: true })
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      const port = typeof address === 'object' && address ? address.port : 0
      server.close(() => resolve(port))
    })
  })
}
