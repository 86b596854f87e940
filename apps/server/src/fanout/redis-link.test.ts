import { afterAll, beforeAll, expect, test } from 'bun:test'
import { createServer } from 'node:net'
import { type Redis, startRedis } from '../../../../scripts/services/redis.ts'
import { openLog } from '../log.ts'
import { StartError } from '../start-error.ts'
import { openRedisLink, type RedisLink } from './redis-link.ts'

let redis: Redis
beforeAll(async () => {
  redis = await startRedis({ password: 'right' })
})
afterAll(() => redis.stop())

const lines: string[] = []
const open = (url: string): Promise<RedisLink> =>
  openRedisLink({ url, prefix: 'parley:test:', log: openLog('info', (line) => lines.push(JSON.parse(line).msg)) })

async function reasonFor(url: string): Promise<string> {
  const error = await open(url).then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (!(error instanceof StartError)) throw new Error(`Not a StartError: ${error}`)
  return error.message
}

test('[X5] a Redis that is not there, or of another password, is named with the remedy, and no password is repeated', async () => {
  expect(await reasonFor('redis://:right@127.0.0.1:1')).toMatch(
    /cannot be reached .*ECONNREFUSED.*Start it, or correct/,
  )
  const { port } = redis
  expect(await reasonFor(`redis://127.0.0.1:${port}`)).toContain('refused the user or password of PARLEY_REDIS_URL')
  const wrong = await reasonFor(`redis://:sesame@127.0.0.1:${port}`)
  expect(wrong).toContain('refused the user or password of PARLEY_REDIS_URL')
  expect(wrong).not.toContain('sesame')
})

test('[X5] a server that answers nothing is given up after a while', async () => {
  redis.pause()
  try {
    expect(await reasonFor(redis.url)).toContain('no answer within 5 s')
  } finally {
    redis.resume()
  }
}, 15_000)

test.each([
  ['6.0.20', true],
  ['5.0.7', true],
  ['6.2.0', false],
  ['7.2.4', false],
  ['10.0.0', false],
])('[X5] version %s: too old is %p', async (version, isTooOld) => {
  const info = `redis_version:${version}\r\nloading:0\r\n`
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.on('data', (data) => {
      const asked = data.toString().match(/\$\d+\r\n(?:info|client|ping)/gi) ?? []
      for (const it of asked) socket.write(/info/i.test(it) ? `$${info.length}\r\n${info}\r\n` : '+OK\r\n')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : 0
  try {
    const url = `redis://127.0.0.1:${port}`
    if (isTooOld) expect(await reasonFor(url)).toContain(`too old (${version}): Parley needs version 6.2 or newer`)
    else await (await open(url)).close()
  } finally {
    server.close()
  }
})

test('a Redis that goes and comes back is told of once each, and commands fail at once meanwhile', async () => {
  const link = await open(redis.url)
  const changes: boolean[] = []
  const { promise: isBack, resolve } = Promise.withResolvers<void>()
  link.onChange((isUp) => {
    changes.push(isUp)
    if (isUp) resolve()
  })
  lines.length = 0
  await redis.kill9()
  while (link.isUp) await new Promise(setImmediate)
  await expect(link.commands.publish('x', 'y')).rejects.toThrow()
  await redis.restart()
  await isBack
  expect(await link.commands.publish('x', 'y')).toBe(0)
  expect(changes).toEqual([false, true])
  expect(lines).toEqual([
    'Redis is away: news of other instances is read from the database until it is back.',
    'Redis is back.',
  ])
  await link.close()
}, 15_000)
