import { chmodSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import pg from 'pg'
import { freePort } from './free-port.ts'
import { programPath } from './programs.ts'
import { dieWithParent, ownFolder, plainEnv, type Service, startService } from './service.ts'

/**
 * A PostgreSQL cluster of one's own on a free loopback port; everybody who reaches it is its administrator. `kill9` is what a
 * crash of the machine would do, but for what the kernel still holds.
 */
export type Postgres = Service & {
  readonly url: string // of the administrative database
  readonly port: number
  readonly dataFolder: string
  createDatabase: (name: string) => Promise<string> // its URL
}

const startLimitMs = 30_000

/** `own`: settings that differ from a test's usual ones, like `{ fsync: 'off' }`. */
export async function startPostgres(own: Readonly<Record<string, string>> = {}): Promise<Postgres> {
  const bin = dirname(programPath('postgres'))
  const folder = ownFolder('postgres')
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
  const service = await startService({
    name: 'PostgreSQL',
    folder,
    command: [...(owner?.prefix ?? dieWithParent()), join(bin, 'postgres'), '-D', dataFolder, ...settings(port, own)],
    gently: 'SIGINT',
    startLimitMs,
    isReady: async () => {
      await withClient(url, (client) => client.query('SELECT 1'))
      return true
    },
  })
  return { ...service, url, port, dataFolder, createDatabase: (name) => createDatabase(url, name) }
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

/** PostgreSQL refuses to run as root: then it runs as its own user, or as nobody. */
function unprivileged(): { user: string; prefix: string[] } | undefined {
  if (process.getuid?.() !== 0) return undefined
  const user = readFileSync('/etc/passwd', 'utf8').includes('\npostgres:') ? 'postgres' : 'nobody'
  const group = Bun.spawnSync(['id', '-gn', user]).stdout.toString().trim()
  return { user, prefix: ['setpriv', `--reuid=${user}`, `--regid=${group}`, '--clear-groups', '--pdeathsig=KILL'] }
}
