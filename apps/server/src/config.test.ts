import { afterAll, expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readConfig } from './config.ts'
import { StartError } from './start-error.ts'

const folder = mkdtempSync(join(tmpdir(), 'parley-config-'))
afterAll(() => rmSync(folder, { recursive: true }))

function problemsOf(environment: Record<string, string>): string[] {
  try {
    readConfig(environment)
  } catch (error) {
    if (error instanceof StartError) return error.message.split('\n')
    throw error
  }
  return []
}

test('needs nothing', () => {
  const { config, warnings } = readConfig({})
  expect(config).toMatchObject({ host: '127.0.0.1', port: 8000, logLevel: 'info' })
  expect(config.dataFolder.endsWith('/data')).toBe(true)
  expect(config.databaseUrl).toBeUndefined()
  expect(warnings).toEqual([])
})

test('an empty variable counts as unset', () => {
  expect(readConfig({ PARLEY_URL: '', PARLEY_PORT: ' ' }).config.port).toBe(8000)
})

test('every wrong value is named at once, with what is allowed', () => {
  const problems = problemsOf({
    PARLEY_PORT: '80000',
    PARLEY_LOG: 'loud',
    PARLEY_URL: 'chat.example.org/parley',
    PARLEY_LIMITS: 'guests=300/min,posts=fast',
    PARLEY_DATABASE_URL: 'mysql://root:hunter2@localhost/chat',
  })
  expect(problems).toHaveLength(5)
  expect(problems.join()).toContain('0 (any free port) to 65535')
  expect(problems.join()).toContain('trace, debug, info, warn, error, silent')
  expect(problems.join()).toContain('"posts=fast"')
  expect(problems.join()).not.toContain('hunter2')
})

test.each(['-1', '1.5', '8e3', 'http', '65536'])('port %s is refused', (port) => {
  expect(problemsOf({ PARLEY_PORT: port })).toHaveLength(1)
})

test('an unknown name is warned about, with the nearest known one', () => {
  const { warnings } = readConfig({ PARLEY_PROT: '80', PARLEY_COFFEE_MACHINE: 'on', PATH: '/bin' })
  expect(warnings).toEqual([
    'PARLEY_COFFEE_MACHINE is not a setting of Parley',
    'PARLEY_PROT is not a setting of Parley; did you mean PARLEY_PORT?',
  ])
})

test('limits change one by one', () => {
  const { limits } = readConfig({ PARLEY_LIMITS: 'posts=20/s, guests = 5 / h' }).config
  expect(limits.posts).toEqual({ count: 20, perMs: 1_000 })
  expect(limits.guests).toEqual({ count: 5, perMs: 3_600_000 })
  expect(limits.queries.count).toBeGreaterThan(0)
})

test('PARLEY_URL becomes an origin', () => {
  expect(readConfig({ PARLEY_URL: 'https://Chat.example.org:443/' }).config.origin).toBe('https://chat.example.org')
})

test('secrets come from files', () => {
  const path = join(folder, 'secret')
  writeFileSync(path, `${'s'.repeat(40)}\n`)
  expect(readConfig({ PARLEY_SECRET_FILE: path }).config.secret).toBe('s'.repeat(40))
  writeFileSync(path, 'short')
  expect(problemsOf({ PARLEY_SECRET_FILE: path })[0]).toContain('fewer than 32')
  expect(problemsOf({ PARLEY_SECRET_FILE: join(folder, 'none') })[0]).toContain('cannot be read')
})

test('Redis is for several instances, which need PostgreSQL; wrong addresses are named and not repeated', () => {
  const database = { PARLEY_DATABASE_URL: 'postgres://db/parley' }
  const { config } = readConfig({ ...database, PARLEY_REDIS_URL: 'rediss://user:pw@cache:6380' })
  expect(config.redisUrl).toBe('rediss://user:pw@cache:6380')
  expect(problemsOf({ PARLEY_REDIS_URL: 'redis://cache' })).toEqual([expect.stringContaining('need one PostgreSQL')])
  for (const wrong of ['http://:hunter2@cache', 'redis:hunter2', 'cache:6379', 'redis://']) {
    const [problem = '', ...others] = problemsOf({ ...database, PARLEY_REDIS_URL: wrong })
    expect(problem).toContain('PARLEY_REDIS_URL is not an address of the form redis://')
    expect(problem).not.toContain('hunter2')
    expect(others).toEqual([])
  }
  const path = join(folder, 'redis')
  writeFileSync(path, 'redis://from-a-file\n')
  expect(readConfig({ ...database, PARLEY_REDIS_URL_FILE: path }).config.redisUrl).toBe('redis://from-a-file')
  const both = { ...database, PARLEY_REDIS_URL: 'redis://cache', PARLEY_REDIS_URL_FILE: path }
  expect(problemsOf(both)).toEqual(['PARLEY_REDIS_URL and PARLEY_REDIS_URL_FILE are both set: give one'])
})
