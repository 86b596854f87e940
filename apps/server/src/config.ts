import { resolve } from 'node:path'
import { readTrustedProxies, type TrustedProxies } from './client-address.ts'
import { type Complain, type Environment, given, readSecretFile } from './environment.ts'
import { LIMIT_NAMES, type Limits, readLimits } from './limits.ts'
import { LOG_LEVELS, type LogLevel } from './log.ts'
import { isLoopback } from './loopback.ts'
import { nearest } from './nearest.ts'
import { type ProviderSettings, providerSettingNames, readProviders } from './provider-settings.ts'
import { StartError } from './start-error.ts'

/** Everything that can be set, already checked. Nothing is required. */
export interface Config {
  readonly host: string
  /** 0 takes any free port. */
  readonly port: number
  /** Absolute path. */
  readonly dataFolder: string
  /** A `postgres:` address; without it the database is SQLite in the data folder. */
  readonly databaseUrl?: string
  /** A `redis:` or `rediss:` address: this is one of several instances. */
  readonly redisUrl?: string
  /** The public address (`PARLEY_URL`), as an origin without a path. */
  readonly origin?: string
  readonly limits: Limits
  /** Proxies in front, whose word about who asks is taken. */
  readonly trustedProxies: TrustedProxies
  readonly logLevel: LogLevel
  /** From `PARLEY_SECRET_FILE`; otherwise the server makes its own on first start. */
  readonly secret?: string
  /** Ways to sign in besides passwords. */
  readonly providers?: readonly ProviderSettings[]
}

const NAMES = [
  'PARLEY_HOST',
  'PARLEY_PORT',
  'PARLEY_DATA',
  'PARLEY_DATABASE_URL',
  'PARLEY_DATABASE_URL_FILE',
  'PARLEY_REDIS_URL',
  'PARLEY_REDIS_URL_FILE',
  'PARLEY_SECRET_FILE',
  'PARLEY_URL',
  'PARLEY_LIMITS',
  'PARLEY_TRUSTED_PROXIES',
  'PARLEY_LOG',
]

/** Reads the environment. Throws one `StartError` that lists every wrong value. */
export function readConfig(environment: Environment): { config: Config; warnings: readonly string[] } {
  const problems: string[] = []
  const complain = (problem: string) => void problems.push(problem)
  const secret = readSecret(environment, complain)
  const databaseUrl = readAddress(environment, DATABASE, complain)
  const redisUrl = readAddress(environment, REDIS, complain)
  const origin = readOrigin(given(environment, 'PARLEY_URL'), complain)
  const providers = readProviders(environment, complain)
  const config: Config = {
    host: readHost(given(environment, 'PARLEY_HOST') ?? '127.0.0.1', complain),
    port: readPort(given(environment, 'PARLEY_PORT') ?? '8000', complain),
    dataFolder: resolve(given(environment, 'PARLEY_DATA') ?? 'data'),
    limits: limitsFrom(given(environment, 'PARLEY_LIMITS') ?? '', complain),
    trustedProxies: proxiesFrom(given(environment, 'PARLEY_TRUSTED_PROXIES') ?? '', complain),
    logLevel: readLogLevel(given(environment, 'PARLEY_LOG') ?? 'info', complain),
    ...(databaseUrl !== undefined && { databaseUrl }),
    ...(redisUrl !== undefined && { redisUrl }),
    ...(origin !== undefined && { origin }),
    ...(secret !== undefined && { secret }),
    ...(providers.length > 0 && { providers }),
  }
  if (config.providers && origin === undefined && !isLoopback(config.host) && config.host !== '::1') {
    complain('PARLEY_URL is missing: sign-in providers send people back to it; give the public address of this server')
  }
  if (redisUrl !== undefined && databaseUrl === undefined) {
    complain(
      'PARLEY_REDIS_URL is set, but PARLEY_DATABASE_URL is not: Redis connects several instances, and these need one PostgreSQL in common; a single instance needs no Redis',
    )
  }
  if (problems.length > 0) throw new StartError(problems.join('\n'))
  return { config, warnings: unknownNames(environment) }
}

function readHost(text: string, complain: Complain): string {
  if (!/^[A-Za-z0-9.:_-]+$/.test(text)) {
    complain(`PARLEY_HOST is "${text}": give an address to listen on, such as 127.0.0.1, 0.0.0.0 or ::`)
  }
  return text
}

function readPort(text: string, complain: Complain): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN
  if (!(port <= 65_535)) complain(`PARLEY_PORT is "${text}": give a whole number from 0 (any free port) to 65535`)
  return port
}

function readLogLevel(text: string, complain: Complain): LogLevel {
  const level = LOG_LEVELS.find((known) => known === text)
  if (level === undefined) complain(`PARLEY_LOG is "${text}": give one of ${LOG_LEVELS.join(', ')}`)
  return level ?? 'info'
}

function limitsFrom(text: string, complain: Complain): Limits {
  const { limits, problems } = readLimits(text)
  for (const part of problems) {
    complain(
      `PARLEY_LIMITS holds "${part}": give name=count/unit with a name of ${LIMIT_NAMES.join(', ')} and a unit of s, min, h`,
    )
  }
  return limits
}

function proxiesFrom(text: string, complain: Complain): TrustedProxies {
  const { proxies, problems } = readTrustedProxies(text)
  for (const part of problems) {
    complain(
      `PARLEY_TRUSTED_PROXIES holds "${part}": give addresses or networks, such as 127.0.0.1,10.0.0.0/8,fd00::/8`,
    )
  }
  return proxies
}

function readOrigin(text: string | undefined, complain: Complain): string | undefined {
  if (text === undefined) return undefined
  const url = URL.canParse(text) ? new URL(text) : undefined
  const isPlain =
    url !== undefined && url.pathname === '/' && url.search === '' && url.hash === '' && url.username === ''
  if (isPlain && (url.protocol === 'https:' || url.protocol === 'http:')) return url.origin
  complain(`PARLEY_URL is "${text}": give the public address without a path, such as https://chat.example.org`)
  return undefined
}

const DATABASE = {
  name: 'PARLEY_DATABASE_URL',
  form: /^postgres(ql)?:\/\//,
  shown: 'postgres://user:password@host:5432/database',
}
const REDIS = {
  name: 'PARLEY_REDIS_URL',
  form: /^rediss?:\/\/[^/]/,
  shown: 'redis://user:password@host:6379 (or rediss:// for TLS)',
}

/** An address that may hold a password, so it is never repeated, and may lie in a file instead. */
function readAddress(
  environment: Environment,
  { name, form, shown }: typeof REDIS,
  complain: Complain,
): string | undefined {
  const direct = given(environment, name)
  const file = given(environment, `${name}_FILE`)
  if (direct !== undefined && file !== undefined) complain(`${name} and ${name}_FILE are both set: give one`)
  const text = direct ?? (file === undefined ? undefined : readSecretFile(`${name}_FILE`, file, complain))
  if (text !== undefined && text !== '' && !(form.test(text) && URL.canParse(text))) {
    complain(`${name} is not an address of the form ${shown}`)
  }
  return text
}

function readSecret(environment: Environment, complain: Complain): string | undefined {
  const file = given(environment, 'PARLEY_SECRET_FILE')
  if (file === undefined) return undefined
  const secret = readSecretFile('PARLEY_SECRET_FILE', file, complain)
  if (secret !== '' && secret.length < 32)
    complain(`PARLEY_SECRET_FILE: ${file} holds fewer than 32 characters; put random ones there`)
  return secret
}

function unknownNames(environment: Environment): string[] {
  const names = [...NAMES, ...providerSettingNames(environment)]
  return Object.keys(environment)
    .filter((name) => name.startsWith('PARLEY_') && !names.includes(name))
    .sort()
    .map((name) => {
      const near = nearest(name, names)
      return `${name} is not a setting of Parley${near ? `; did you mean ${near}?` : ''}`
    })
}
