import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { type Nginx, startNginx } from '../../../scripts/services/nginx.ts'
import { type Postgres, startPostgres } from '../../../scripts/services/postgres.ts'
import { type Redis, startRedis } from '../../../scripts/services/redis.ts'
import { type FaultProxy, startFaultProxy } from '../../support/fault-proxy.ts'
import { startServer, type TestServer } from '../../support/harness.ts'
import type { Namespaces } from './namespaces.ts'

export interface ClusterOptions {
  readonly instances?: number
  /** Each instance in a network of its own, whose lines the packet filter breaks. Default: proxies on loopback. */
  readonly namespaces?: Namespaces
  /** Further settings of every instance. */
  readonly env?: Readonly<Record<string, string>>
}

/** Between two parts, to be broken and healed. */
export interface Line {
  /** `refuses`: who connects is cut at once. */
  readonly faults: { refuses: boolean }
  /** Ends what is connected now. */
  cut(): void
  /** Nothing passes until `resume`, and nothing is lost. */
  pause(): void
  resume(): void
  /** Nothing passes any more, and nobody is told, until `heal`. */
  blackhole(): void
  heal(): void
}

/** One of several equal servers, with the lines that it hangs on. */
export interface Instance {
  readonly name: string
  readonly server: TestServer
  /** Past Nginx, for those who want to speak to this very one. */
  readonly url: string
  readonly toDatabase: Line
  readonly toRedis: Line
  readonly fromNginx: Line
}

/** The scaled set-up, each part a real process of its own and each line between two of them a proxy that can be cut. */
export interface Cluster {
  /** Where clients come in: the line to Nginx. */
  readonly url: string
  readonly front: FaultProxy
  readonly instances: readonly Instance[]
  readonly postgres: Postgres
  readonly redis: Redis
  readonly nginx: Nginx
  /** Past every proxy, for readers of the final log. */
  readonly databaseUrl: string
  stop(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** What a public server bears at once from one address is not what these tests are about. */
export const NO_LIMITS =
  'guests=1000000/s,all-guests=1000000/s,posts=1000000/s,queries=1000000/s,links=1000000/s,passwords=1000000/s,all-passwords=1000000/s'

/** Starts PostgreSQL, Redis, the instances and Nginx in front of them. They end with this process at the latest. */
export async function startCluster({
  instances: count = 3,
  env = {},
  namespaces,
}: ClusterOptions = {}): Promise<Cluster> {
  const started: (() => Promise<unknown>)[] = []
  const stop = async () => {
    for (const end of started.splice(0).reverse()) await end()
  }
  const kept = async <Part extends { stop(): Promise<unknown> }>(starting: Promise<Part>): Promise<Part> => {
    const part = await starting
    started.push(() => part.stop())
    return part
  }
  const line = async (port: number): Promise<FaultProxy> => {
    const proxy = await startFaultProxy({ target: { port }, isOpaque: true })
    started.push(() => proxy.close())
    return proxy
  }
  try {
    const also = namespaces?.address
    const [postgres, redis] = await Promise.all([
      kept(startPostgres(also === undefined ? {} : { listen_addresses: `127.0.0.1,${also}` })),
      kept(startRedis(also === undefined ? {} : { also })),
    ])
    if (namespaces) await letIn(postgres, namespaces.network)
    const databaseUrl = await postgres.createDatabase('parley')
    const common = { PARLEY_LIMITS: NO_LIMITS, ...env }

    const onLoopback = async (name: string): Promise<Placed> => {
      const [toDatabase, toRedis] = await Promise.all([line(postgres.port), line(redis.port)])
      const settings = {
        PARLEY_REDIS_URL: `redis://127.0.0.1:${toRedis.port}`,
        PARLEY_TRUSTED_PROXIES: '127.0.0.1',
      }
      const server = await kept(
        startServer({ databaseUrl: at(databaseUrl, '127.0.0.1', toDatabase.port), env: { ...settings, ...common } }),
      )
      const fromNginx = await line(server.port)
      return { name, server, url: server.url, toDatabase, toRedis, fromNginx, upstream: fromNginx.port }
    }

    const inNamespace = async (name: string, spaces: Namespaces): Promise<Placed> => {
      const { space, ...place } = spaces.add()
      const settings = {
        PARLEY_REDIS_URL: `redis://${spaces.address}:${redis.port}`,
        PARLEY_TRUSTED_PROXIES: spaces.address,
      }
      const address = at(databaseUrl, spaces.address, postgres.port)
      const server = await kept(startServer({ databaseUrl: address, place, env: { ...settings, ...common } }))
      return {
        name,
        server,
        url: server.url,
        toDatabase: spaces.line(space, { port: postgres.port, isOwn: false }),
        toRedis: spaces.line(space, { port: redis.port, isOwn: false }),
        fromNginx: spaces.line(space, { port: server.port, isOwn: true }),
        upstream: `${place.host}:${server.port}`,
      }
    }

    const names = Array.from({ length: count }, (_, index) => `instance ${index + 1}`)
    const instances = await Promise.all(
      names.map((name) => (namespaces ? inNamespace(name, namespaces) : onLoopback(name))),
    )
    const upstreamPorts = instances.map(({ upstream }) => upstream)
    const nginx = await kept(startNginx({ configuration: CONFIGURATION, upstreamPorts }))
    const front = await line(nginx.port)
    return {
      url: front.url,
      front,
      instances,
      postgres,
      redis,
      nginx,
      databaseUrl,
      stop,
      [Symbol.asyncDispose]: stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Where Nginx finds it. */
type Placed = Instance & { readonly upstream: number | string }

/** PostgreSQL lets in whom its own file names; at first that is loopback. */
async function letIn({ dataFolder, url }: Postgres, network: string): Promise<void> {
  appendFileSync(join(dataFolder, 'pg_hba.conf'), `host all all ${network} trust\n`)
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query('select pg_reload_conf()')
  await client.end()
}

function at(url: string, host: string, port: number): string {
  const moved = new URL(url)
  moved.hostname = host
  moved.port = String(port)
  return moved.href
}

const CONFIGURATION = join(fileURLToPath(new URL('../../..', import.meta.url)), 'deploy/nginx.conf')
