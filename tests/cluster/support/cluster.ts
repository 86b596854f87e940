import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Nginx, startNginx } from '../../../scripts/services/nginx.ts'
import { type Postgres, startPostgres } from '../../../scripts/services/postgres.ts'
import { type Redis, startRedis } from '../../../scripts/services/redis.ts'
import { type FaultProxy, startFaultProxy } from '../../support/fault-proxy.ts'
import { startServer, type TestServer } from '../../support/harness.ts'

export interface ClusterOptions {
  readonly instances?: number
  /** Further settings of every instance. */
  readonly env?: Readonly<Record<string, string>>
}

/** One of several equal servers, with the lines that it hangs on. */
export interface Instance {
  readonly name: string
  readonly server: TestServer
  /** Past Nginx, for those who want to speak to this very one. */
  readonly url: string
  readonly toDatabase: FaultProxy
  readonly toRedis: FaultProxy
  readonly fromNginx: FaultProxy
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
export async function startCluster({ instances: count = 3, env = {} }: ClusterOptions = {}): Promise<Cluster> {
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
    const [postgres, redis] = await Promise.all([kept(startPostgres()), kept(startRedis())])
    const databaseUrl = await postgres.createDatabase('parley')
    const instances = await Promise.all(
      Array.from({ length: count }, async (_, index): Promise<Instance> => {
        const [toDatabase, toRedis] = await Promise.all([line(postgres.port), line(redis.port)])
        const settings = {
          PARLEY_REDIS_URL: `redis://127.0.0.1:${toRedis.port}`,
          PARLEY_TRUSTED_PROXIES: '127.0.0.1',
          PARLEY_LIMITS: NO_LIMITS,
        }
        const throughProxy = new URL(databaseUrl)
        throughProxy.port = String(toDatabase.port)
        const server = await kept(startServer({ databaseUrl: throughProxy.href, env: { ...settings, ...env } }))
        const fromNginx = await line(server.port)
        return { name: `instance ${index + 1}`, server, url: server.url, toDatabase, toRedis, fromNginx }
      }),
    )
    const upstreamPorts = instances.map(({ fromNginx }) => fromNginx.port)
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

const CONFIGURATION = join(fileURLToPath(new URL('../../..', import.meta.url)), 'deploy/nginx.conf')
