import { afterAll, beforeAll, expect, test } from 'bun:test'
import { newId } from '@parley/protocol'
import { type Redis, startRedis } from '../../../../scripts/services/redis.ts'
import { systemClock } from '../clock.ts'
import { DEFAULT_LIMITS, type Limits } from '../limits.ts'
import { openLog } from '../log.ts'
import { FakeClock } from '../testing/fake-clock.ts'
import { openRedisLink, type RedisLink } from './redis-link.ts'
import { SharedLimits, type Spending } from './shared-limits.ts'

let redis: Redis
let links: RedisLink[]
beforeAll(async () => {
  redis = await startRedis()
  const open = () => openRedisLink({ url: redis.url, prefix: 'parley:test:', log: openLog('silent') })
  links = await Promise.all([open(), open(), open()])
}, 30_000)
afterAll(async () => {
  await Promise.all(links.map((link) => link.close()))
  await redis.stop()
})

const limits: Limits = {
  ...DEFAULT_LIMITS,
  guests: { count: 10, perMs: 600_000 },
  'all-guests': { count: 1_000, perMs: 600_000 },
  posts: { count: 20, perMs: 2_000 },
}

function instances(changed: Partial<Limits> = {}) {
  const [one, other, third] = links.map(
    (link) => new SharedLimits({ limits: { ...limits, ...changed }, clock: systemClock, redis: link }),
  )
  if (!one || !other || !third) throw new Error('There are three.')
  return [one, other, third] as const
}
const guest = (key: string): Spending[] => [
  { limit: 'guests', key },
  { limit: 'all-guests', key: '' },
]

test('[H6] two instances together let pass what one would', async () => {
  const both = instances()
  const key = newId<string>()
  const waits = await Promise.all(Array.from({ length: 40 }, (_, index) => both[index % 2 ? 1 : 0].take(guest(key))))
  expect(waits.filter((wait) => wait === 0)).toHaveLength(10)
  for (const wait of waits.filter((one) => one > 0)) expect(wait).toBeWithin(1, 600_001)
  expect(await both[0].take(guest(newId<string>()))).toBe(0)
})

test('[H6] an instance that learns it answers by itself from then on', async () => {
  const [one, other] = instances()
  const key = newId<string>()
  for (let index = 0; index < 10; index++) expect(await one.take(guest(key))).toBe(0)
  expect(await other.take(guest(key))).toBeWithin(50_000, 60_001)
  await links[1]?.commands.flushall()
  expect(await other.take(guest(key))).toBeWithin(50_000, 60_001)
})

test('[U2] what is given back counts nowhere', async () => {
  const [one, other] = instances()
  const key = newId<string>()
  for (let index = 0; index < 30; index++) {
    expect(await one.take(guest(key))).toBe(0)
    one.giveBack(guest(key))
    await counted(one)
  }
  expect(await other.take(guest(key))).toBe(0)
})

test('[H6] what must be answered at once is answered here, and felt by the others soon after', async () => {
  const [one, other] = instances()
  const key = newId<string>()
  const [here, there] = [one.soon('posts'), other.soon('posts')]
  for (let index = 0; index < 20; index++) expect(here.take(key, Date.now())).toBe(0)
  await counted(one)
  // This one has said nothing of them yet, so its first passes; then it knows.
  expect(there.take(key, Date.now())).toBe(0)
  await counted(other)
  expect(there.take(key, Date.now())).toBeGreaterThan(0)
})

test('[T8] three instances asked one after the other let pass what one would, and a few', async () => {
  const all = instances({ posts: DEFAULT_LIMITS.posts })
  const key = newId<string>()
  const begun = performance.now()
  let passed = 0
  for (let round = 0; round < 200; round++) {
    for (const one of all) if (one.soon('posts').take(key, Date.now()) === 0) passed += 1
    await links[0]?.commands.ping()
  }
  const { count, perMs } = DEFAULT_LIMITS.posts
  const allowed = count + ((performance.now() - begun) * count) / perMs
  expect(passed).toBeWithin(count, allowed + count / 2)
})

test('[T8] three instances asked all at once let pass three bursts, and what was too much is waited for', async () => {
  const rate = { count: 20, perMs: 200 }
  const all = instances({ posts: rate })
  const key = newId<string>()
  const buckets = all.map((one) => one.soon('posts'))
  const take = () => buckets.reduce((sum, one) => sum + (one.take(key, Date.now()) === 0 ? 1 : 0), 0)
  const begun = performance.now()
  let passed = 0
  for (let round = 0; round < 100; round++) passed += take()
  const burst = passed
  expect(burst).toBeWithin(3 * rate.count, 3 * rate.count + 10)
  // Two bursts too many are owed, and paid back.
  while (performance.now() - begun < 2_000) {
    passed += take()
    await new Promise((resolve) => setImmediate(resolve))
  }
  const allowed = rate.count + ((performance.now() - begun) * rate.count) / rate.perMs
  expect(passed).toBeWithin(allowed * 0.8, allowed + 2 * rate.count)
})

test('[H6] addresses and handles do not lie in Redis, and what lies there goes by itself', async () => {
  const [one] = instances()
  await one.take([{ limit: 'sign-in-tries', key: 'ann 203.0.113.0/24' }])
  const keys = (await links[0]?.commands.keys('*')) ?? []
  expect(keys.filter((key) => key.startsWith('parley:test:limit:sign-in-tries:'))).toHaveLength(1)
  expect(keys.join()).not.toMatch(/ann|203/)
  for (const key of keys) expect(await links[0]?.commands.pttl(key)).toBeGreaterThan(0)
})

test('[H6] a clock of Redis that is set back by an hour locks nobody out for an hour', async () => {
  const [one, other] = instances()
  const key = newId<string>()
  const commands = links[0]?.commands
  await commands?.flushall()
  expect(await one.take(guest(key))).toBe(0)
  const ahead = Date.now() + 3_600_000
  for (const name of (await commands?.keys('*:guests:*')) ?? []) await commands?.set(name, `${ahead}`, 'PX', 3_600_000)
  expect(await other.take(guest(key))).toBeLessThanOrEqual(1_300_000)
  for (const name of (await commands?.keys('*:guests:*')) ?? []) {
    expect(Number(await commands?.get(name))).toBeLessThanOrEqual(Date.now() + 1_300_000)
    expect(await commands?.pttl(name)).toBeLessThanOrEqual(1_300_000)
  }
})

test('[H6] without Redis each instance counts alone, and nobody waits for it', async () => {
  const clock = new FakeClock()
  const alone = new SharedLimits({ limits, clock })
  for (let index = 0; index < 10; index++) expect(await alone.take(guest('x'))).toBe(0)
  expect(await alone.take(guest('x'))).toBe(60_000)
  alone.giveBack([{ limit: 'guests', key: 'x' }])
  expect(await alone.take(guest('x'))).toBe(0)
  expect(clock.pending).toBe(0)

  redis.pause()
  const [one, other] = instances()
  const since = performance.now()
  expect(await one.take(guest('paused'))).toBe(0)
  expect(performance.now() - since).toBeWithin(150, 2_000)
  redis.resume()
  await links[0]?.commands.ping()
  await redis.kill9()
  for (let index = 0; index < 10; index++) expect(await other.take(guest('killed'))).toBe(0)
  expect(await other.take(guest('killed'))).toBeGreaterThan(0)
  await redis.restart()
  while (!links.every((link) => link.isUp)) await new Promise((resolve) => setImmediate(resolve))
  expect(await one.take(guest('back'))).toBe(0)
}, 30_000)

/** Resolves when what this instance let pass is counted. */
async function counted(one: SharedLimits): Promise<void> {
  await one.settled()
}
