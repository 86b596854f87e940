import { afterAll, beforeAll, expect, test } from 'bun:test'
import { testDatabase } from '../../../../scripts/test-services.ts'
import { inRoom, startTestServer, type TestServer } from '../testing/test-server.contract.ts'

// Somebody starts a second instance on the same PostgreSQL and forgets Redis.

let database: Awaited<ReturnType<typeof testDatabase>>
let first: TestServer
let second: TestServer
beforeAll(async () => {
  database = await testDatabase()
  const settings = { PARLEY_DATABASE_URL: database.url }
  first = await startTestServer({ settings })
  second = await startTestServer({ settings })
}, 60_000)
afterAll(async () => {
  await Promise.all([first.stop(), second.stop()])
  await database.drop()
}, 60_000)

test('[T7] without Redis an instance finds the others in the database, and hears late what they say', async () => {
  const [ann, bob] = [await first.guest('Ann'), await second.guest('Bob')]
  const roomId = await ann.createsRoom('Harbour')
  await bob.does('enter-room', { roomId })
  await bob.opens(inRoom(roomId))
  const since = performance.now()
  await ann.does('post-message', { roomId, body: 'late, but here' })
  await bob.sees('events', ({ events }) => events.some((event) => event.type === 'message-posted'))
  expect(performance.now() - since).toBeLessThan(4_000)
}, 30_000)
