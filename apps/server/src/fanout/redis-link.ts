import type { Redis, RedisOptions } from 'ioredis'
import type { Log } from '../log.ts'
import { StartError } from '../start-error.ts'

/** This instance's way to Redis: one connection for commands, others for listening, all of them coming back for ever. */
export interface RedisLink {
  /** Whatever this deployment calls anything in Redis begins so; another one may use the same Redis. */
  readonly prefix: string
  /** For commands. While Redis is away every call rejects at once; nothing is queued or sent again. */
  readonly commands: Redis
  /** Whether commands can be sent now. */
  readonly isUp: boolean
  /** Returns how to stop. */
  onChange(listener: (isUp: boolean) => void): () => void
  /** One more connection, not opened yet, for somebody who listens. */
  newConnection(): Redis
  close(): Promise<void>
}

interface RedisLinkOptions {
  readonly url: string
  readonly prefix: string
  readonly log: Log
}

const START_LIMIT_MS = 5_000
const LEAST_VERSION = [6, 2] as const
const FIRST_WAIT_MS = 100
const LONGEST_WAIT_MS = 2_000

/** Connects and checks the server. Errors: `StartError` with the remedy in words. */
export async function openRedisLink({ url, prefix, log }: RedisLinkOptions): Promise<RedisLink> {
  // Loaded here, because an instance on its own should neither wait for it nor keep it in memory.
  const { Redis } = await import('ioredis')
  const newConnection = () => quiet(new Redis(url, { ...OPTIONS, retryStrategy: waitBeforeRetry }))
  await check(quiet(new Redis(url, { ...OPTIONS, retryStrategy: null })))
  const commands = newConnection()
  const listeners = new Set<(isUp: boolean) => void>()
  let isUp = false
  const become = (now: boolean) => {
    if (isUp === now) return
    isUp = now
    for (const listener of listeners) listener(now)
  }
  await connected(commands)
  isUp = true
  commands.on('ready', () => become(true))
  commands.on('close', () => become(false))
  listeners.add((now) => {
    if (now) log.info('Redis is back.')
    else log.warn('Redis is away: news of other instances is read from the database until it is back.')
  })
  return {
    prefix,
    commands,
    get isUp() {
      return isUp
    },
    onChange(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    newConnection,
    async close() {
      listeners.clear()
      commands.disconnect()
    },
  }
}

const OPTIONS = {
  // Pub/Sub needs no more, and every server and proxy speaks it.
  protocol: 2,
  lazyConnect: true,
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  autoResubscribe: false,
  maxRetriesPerRequest: 0,
  connectTimeout: START_LIMIT_MS,
  keepAlive: 10_000,
  connectionName: 'parley',
  disableClientInfo: true,
} as const satisfies RedisOptions

/** Full jitter, so that instances do not come back in step. */
function waitBeforeRetry(attempt: number): number {
  return 20 + Math.random() * Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(attempt, 8))
}

// Each failed attempt is an `error`; whether there is a connection is all that anybody here wants to know.
function quiet(redis: Redis): Redis {
  redis.on('error', () => undefined)
  return redis
}

/** Opens a connection. Errors: what the server or the system answered. */
export async function connected(redis: Redis): Promise<void> {
  let reason: unknown
  const note = (error: unknown) => {
    reason ??= error
  }
  redis.on('error', note)
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${START_LIMIT_MS / 1_000} s`)), START_LIMIT_MS)
  })
  try {
    await Promise.race([redis.connect(), late])
  } catch (error) {
    redis.disconnect()
    throw reason ?? error
  } finally {
    clearTimeout(timer)
    redis.off('error', note)
  }
}

async function check(redis: Redis): Promise<void> {
  try {
    await connected(redis)
    const version = /redis_version:(\d+)\.(\d+)\S*/.exec(await redis.info('server'))
    if (version && isOlder(Number(version[1]), Number(version[2]))) {
      throw new StartError(
        `Redis at PARLEY_REDIS_URL is too old (${version[0].slice('redis_version:'.length)}): Parley needs version 6.2 or newer, or Valkey.`,
      )
    }
  } catch (error) {
    throw explained(error)
  } finally {
    redis.disconnect()
  }
}

function isOlder(major: number, minor: number): boolean {
  const [leastMajor, leastMinor] = LEAST_VERSION
  return major < leastMajor || (major === leastMajor && minor < leastMinor)
}

/** What kept Redis from being used, with the remedy in words. */
export function explained(error: unknown): StartError {
  if (error instanceof StartError) return error
  const reason = error instanceof Error ? error.message : String(error)
  if (/^(WRONGPASS|NOAUTH|ERR (invalid password|Client sent AUTH|AUTH))/.test(reason)) {
    return new StartError(`Redis refused the user or password of PARLEY_REDIS_URL (${reason}).`)
  }
  if (reason.startsWith('NOPERM')) {
    return new StartError(`The user of PARLEY_REDIS_URL may not do what Parley needs (${reason}).`)
  }
  return new StartError(
    `Redis at PARLEY_REDIS_URL cannot be reached (${reason}). Start it, or correct the address; a single instance needs none.`,
  )
}
