import { createHash } from 'node:crypto'
import type { Clock } from '../clock.ts'
import type { Log } from '../log.ts'
import type { Fanout } from './fanout.ts'
import { localFanout } from './local-fanout.ts'
import { openRedisLink, type RedisLink } from './redis-link.ts'

interface OpenFanoutOptions {
  readonly redisUrl: string
  /** Of the database that the instances have in common: it tells deployments apart that use the same Redis. */
  readonly epoch: string
  readonly clock: Clock
  readonly log: Log
  fault(error: unknown): void
}

export interface Telling {
  readonly fanout: Fanout
  /** Undefined for a single instance. */
  readonly redis: RedisLink | undefined
  /** Whether Redis takes and brings what is said; undefined for a single instance. */
  readonly hasRedis?: () => boolean
  close(): Promise<void>
}

export function tellAlone(fault: (error: unknown) => void): Telling {
  const fanout = localFanout(fault)
  return { fanout, redis: undefined, close: () => fanout.close() }
}

/** Joins the other instances. Errors: `StartError`. */
export async function tellOthers({ redisUrl, epoch, clock, log, fault }: OpenFanoutOptions): Promise<Telling> {
  const deployment = createHash('sha256').update(`parley deployment ${epoch}`).digest('base64url').slice(0, 12)
  const redis = await openRedisLink({ url: redisUrl, prefix: `parley:${deployment}:`, log })
  try {
    const { openRedisFanout } = await import('./redis-fanout.ts')
    const fanout = await openRedisFanout({ link: redis, clock, fault })
    return {
      fanout,
      redis,
      hasRedis: () => fanout.hasRedis,
      async close() {
        await fanout.close()
        await redis.close()
      },
    }
  } catch (error) {
    await redis.close()
    throw error
  }
}
