import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { newId, type RoomId } from '@parley/protocol'
import { type Redis, startRedis } from '../../../../scripts/services/redis.ts'
import { testDatabase } from '../../../../scripts/test-services.ts'
import { startFaultProxy } from '../../../../tests/support/fault-proxy.ts'
import { inRoom, type Peer, startTestServer, type TestServer } from '../testing/test-server.contract.ts'

// Two whole servers in this process, with one PostgreSQL and one Redis between them.

let redis: Redis
let database: Awaited<ReturnType<typeof testDatabase>>
let a: TestServer
let b: TestServer
beforeAll(async () => {
  redis = await startRedis()
  database = await testDatabase()
  const settings = { PARLEY_DATABASE_URL: database.url, PARLEY_REDIS_URL: redis.url }
  a = await startTestServer({ settings })
  b = await startTestServer({ settings })
}, 60_000)
afterAll(async () => {
  await Promise.all([a.stop(), b.stop()])
  await Promise.all([database.drop(), redis.stop()])
}, 60_000)

let people = 0
const named = (name: string) => `${name} ${++people}`

type Guest = Awaited<ReturnType<TestServer['guest']>>

/** Somebody with a device at each instance. */
async function onBoth(name: string): Promise<{ guest: Guest; there: Peer }> {
  const guest = await a.guest(named(name))
  return { guest, there: await b.connect(guest.token) }
}

async function post(peer: Peer, roomId: RoomId, body: string): Promise<number> {
  return (await peer.does('post-message', { roomId, body })).seq as number
}

const seesMessage = (peer: Peer, body: string) =>
  peer.sees('events', ({ events }) =>
    events.some((event) => event.type === 'message-posted' && 'message' in event && event.message?.body === body),
  )

/** Ann's room on A, Bob in it on B. */
async function annAndBob(): Promise<{ ann: Guest; bob: Guest; roomId: RoomId }> {
  const [ann, bob] = [await a.guest(named('Ann')), await b.guest(named('Bob'))]
  const roomId = await ann.createsRoom(`Room ${newId().slice(-6)}`)
  await ann.opens(inRoom(roomId))
  await bob.does('enter-room', { roomId })
  await bob.opens(inRoom(roomId))
  return { ann, bob, roomId }
}

async function within<T>(ms: number, what: Promise<T>): Promise<T> {
  const since = performance.now()
  const result = await what
  expect(performance.now() - since).toBeLessThan(ms)
  return result
}

describe('two instances', () => {
  test('[T1] what is said on one is heard on the other, in one order, once', async () => {
    const { ann, bob, roomId } = await annAndBob()
    const posts = Array.from({ length: 40 }, (_, index) => post(index % 2 ? ann : bob, roomId, `m${index}`))
    await Promise.all(posts)
    await post(ann, roomId, 'last')
    await Promise.all([seesMessage(ann, 'last'), seesMessage(bob, 'last')])
    const seqs = (peer: Peer) => peer.eventsOf(roomId).map(({ seq }) => seq)
    const head = seqs(ann).at(-1) ?? 0
    // Ann was there from the first event on (the snapshot), Bob since he came.
    const all = (from: number) => Array.from({ length: head - from + 1 }, (_, index) => from + index)
    expect(seqs(ann)).toEqual(all(seqs(ann)[0] ?? 0))
    expect(seqs(bob)).toEqual(all(seqs(bob)[0] ?? 0))
    expect(seqs(bob).length).toBeGreaterThanOrEqual(41)
  })

  test('[T1] members who look elsewhere on another instance get the activity', async () => {
    const { ann, bob, roomId } = await annAndBob()
    bob.send({ type: 'open', place: { kind: 'lobby' } })
    await bob.sees('opened', ({ place }) => place.kind === 'lobby')
    await post(ann, roomId, 'for later')
    const heard = await bob.sees('signals', ({ signals }) =>
      signals.some((signal) => signal.name === 'activity' && signal.roomId === roomId && signal.unread === 1),
    )
    expect(heard).toBeDefined()
  })

  test('[T3] a removal on one ends delivery on the other at its very event', async () => {
    const { ann, bob, roomId } = await annAndBob()
    await post(ann, roomId, 'before')
    const removal = ann.does('remove-member', { roomId, userId: bob.user.id })
    const after = Array.from({ length: 5 }, (_, index) => post(ann, roomId, `after ${index}`))
    await Promise.all([removal, ...after])
    await bob.sees('closed', ({ code }) => code === 'not-a-member')
    await seesMessage(ann, 'after 4')
    // Whatever is still under way to Bob comes before the answer to what he asks now.
    await bob.asks({ type: 'query', id: newId(), name: 'list-my-rooms', input: {} })
    const heard = bob.eventsOf(roomId)
    expect(heard.at(-1)?.type).toBe('member-removed')
    expect(heard.some((event) => event.type === 'message-posted' && event.seq > (heard.at(-1)?.seq ?? 0))).toBe(false)
  })

  test('[T4] a session that ends on one closes its sockets on the other within a second', async () => {
    const { guest, there } = await onBoth('Cleo')
    const response = await fetch(`${a.url}/api/commands/sign-out`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${guest.token}` },
    })
    expect(response.status).toBeLessThan(300)
    const { reason } = await within(1_000, there.closed)
    expect(reason).toContain('session')
  })

  test('[T1] markers, names, typing and closing reach the other instance', async () => {
    const { guest: ann, there } = await onBoth('Ann')
    const bob = await b.guest(named('Bob'))
    const roomId = await ann.createsRoom(named('Shared'))
    await bob.does('enter-room', { roomId })
    await Promise.all([ann.opens(inRoom(roomId)), bob.opens(inRoom(roomId))])
    await post(bob, roomId, 'hello')
    await ann.does('mark-read', { roomId, number: 1 })
    await there.sees('signals', ({ signals }) => signals.some((it) => it.name === 'marker' && it.number === 1))
    ann.send({ type: 'signal', name: 'typing', input: { roomId, isTyping: true } })
    await bob.sees('signals', ({ signals }) =>
      signals.some((it) => it.name === 'typing' && it.people.some(({ id }) => id === ann.user.id)),
    )
    ann.send({ type: 'close' })
    await bob.sees('signals', ({ signals }) => signals.some((it) => it.name === 'typing' && it.people.length === 0))
    const bobElsewhere = await a.connect(bob.token)
    await bob.does('change-name', { name: named('Robert') })
    await bobElsewhere.sees('signals', ({ signals }) =>
      signals.some((it) => it.name === 'profile' && it.user.displayName.startsWith('Robert')),
    )
    await ann.does('close-room', { roomId })
    await bob.sees('closed', ({ code }) => code === 'room-closed')
  })

  test('[G1] a lobby shows rooms that are made, renamed and closed elsewhere', async () => {
    const [ann, bob] = [await a.guest(named('Ann')), await b.guest(named('Bob'))]
    bob.send({ type: 'open', place: { kind: 'lobby' } })
    await bob.sees('opened')
    const [first, second] = [named('First name'), named('Second name')]
    const roomId = await ann.createsRoom(first)
    const shows = (name: string) =>
      bob.sees('signals', ({ signals }) =>
        signals.some((it) => it.name === 'lobby' && it.rooms.some((room) => room.id === roomId && room.name === name)),
      )
    await within(1_500, shows(first))
    await ann.does('rename-room', { roomId, name: second })
    await within(1_500, shows(second))
    await ann.does('close-room', { roomId })
    await within(
      1_500,
      bob.sees('signals', ({ signals }) => signals.some((it) => it.name === 'lobby' && it.gone.includes(roomId))),
    )
  })

  test('readiness tells of Redis, and does not depend on it', async () => {
    const readyz = async () => (await fetch(`${b.url}/readyz`)).json() as Promise<{ ok: boolean; redis: boolean }>
    expect(await readyz()).toMatchObject({ ok: true, redis: true })
    await redis.kill9()
    try {
      for (let it = await readyz(); it.redis; it = await readyz()) await Bun.sleep(10)
      expect(await readyz()).toMatchObject({ ok: true, redis: false })
    } finally {
      await redis.restart()
    }
    for (let it = await readyz(); !it.redis; it = await readyz()) await Bun.sleep(10)
  }, 20_000)
})

describe.each(['killed', 'paused'] as const)('Redis %s', (how) => {
  const fail = async () => (how === 'killed' ? redis.kill9() : redis.pause())
  const mend = async () => (how === 'killed' ? redis.restart() : redis.resume())

  test('[T4] everything arrives all the same, and all is well when it is back', async () => {
    const { ann, bob, roomId } = await annAndBob()
    const cleo = await onBoth('Cleo')
    const dora = await b.guest(named('Dora'))
    await ann.does('change-topic', { roomId, topic: 'x' })
    await dora.does('enter-room', { roomId })
    await dora.opens(inRoom(roomId))
    await fail()
    try {
      await post(ann, roomId, 'one')
      await within(3_000, seesMessage(bob, 'one'))
      await post(ann, roomId, 'two')
      await within(3_000, seesMessage(bob, 'two'))
      const revoked = fetch(`${a.url}/api/commands/sign-out`, {
        method: 'POST',
        headers: { Authorization: `Bearer ${cleo.guest.token}` },
      })
      await within(5_000, Promise.all([revoked, cleo.there.closed]))
      await ann.does('remove-member', { roomId, userId: dora.user.id })
      await post(ann, roomId, 'three')
      await within(
        5_000,
        dora.sees('closed', ({ code }) => code === 'not-a-member'),
      )
      expect(dora.eventsOf(roomId).at(-1)?.type).toBe('member-removed')
      // Somebody who comes meanwhile is served as well.
      const eve = await b.guest(named('Eve'))
      await eve.does('enter-room', { roomId })
      await eve.opens(inRoom(roomId))
      await post(ann, roomId, 'four')
      await within(3_000, seesMessage(eve, 'four'))
    } finally {
      await mend()
    }
    const isWell = async () => ((await (await fetch(`${b.url}/readyz`)).json()) as { redis: boolean }).redis
    while (!(await isWell())) await Bun.sleep(20)
    await post(ann, roomId, 'five')
    await within(1_000, seesMessage(bob, 'five'))
    const closing = ann.does('close-room', { roomId })
    await within(
      1_000,
      bob.sees('closed', ({ code }) => code === 'room-closed'),
    )
    await closing
    const seqs = bob.eventsOf(roomId).map(({ seq }) => seq)
    expect(seqs).toEqual(Array.from(seqs, (_, index) => (seqs[0] ?? 0) + index))
  }, 60_000)
})

test('[T4] markers, blocks and closings that were said into the void are made right', async () => {
  const { guest: ann, there } = await onBoth('Ann')
  const bob = await b.guest(named('Bob'))
  const roomId = await ann.createsRoom(named('To read'))
  const closing = await ann.createsRoom(named('To close'))
  await bob.does('enter-room', { roomId })
  await bob.does('enter-room', { roomId: closing })
  await bob.opens(inRoom(closing))
  await post(bob, roomId, 'hello')
  await redis.kill9()
  try {
    await ann.does('mark-read', { roomId, number: 1 })
    await ann.does('block-person', { userId: bob.user.id })
    await ann.does('close-room', { roomId: closing })
    await within(
      5_000,
      bob.sees('closed', ({ code }) => code === 'room-closed'),
    )
    const said = (fits: (signal: { name: string }) => boolean) =>
      there.sees('signals', ({ signals }) => signals.some(fits))
    await within(
      5_000,
      said((it) => it.name === 'marker'),
    )
    await within(
      5_000,
      said((it) => it.name === 'blocks'),
    )
  } finally {
    await redis.restart()
  }
}, 60_000)

test('[T4] new names that were said into the void are shown, whoever was named and however', async () => {
  const carol = await a.guest(named('Carol'))
  const roomId = await carol.createsRoom(named('Of Carol'))
  await post(carol, roomId, 'from one who is elsewhere now')
  const [bob, dora] = [await b.guest(named('Bob')), await b.guest(named('Dora'))]
  await bob.does('enter-room', { roomId })
  await bob.opens(inRoom(roomId))
  await dora.does('start-direct', { userId: carol.user.id })
  const isWell = async () => ((await (await fetch(`${b.url}/readyz`)).json()) as { redis: boolean }).redis
  await redis.kill9()
  try {
    while (await isWell()) await Bun.sleep(10)
    await carol.does('change-name', { name: 'Caroline' })
  } finally {
    await redis.restart()
  }
  const isNamed = ({ signals }: { signals: readonly { name: string }[] }) =>
    signals.some((it) => it.name === 'profile' && JSON.stringify(it).includes('Caroline'))
  await within(10_000, Promise.all([bob.sees('signals', isNamed), dora.sees('signals', isNamed)]))
}, 60_000)

test('[T4] what an instance commits that is cut off from Redis alone is looked for by the others', async () => {
  const proxy = await startFaultProxy({ target: { port: redis.port }, isOpaque: true })
  const url = `redis://127.0.0.1:${proxy.port}`
  const c = await startTestServer({ settings: { PARLEY_DATABASE_URL: database.url, PARLEY_REDIS_URL: url } })
  try {
    const [bob, cleo] = [await b.guest(named('Bob')), await c.guest(named('Cleo'))]
    const cleoElsewhere = await a.connect(cleo.token)
    const roomId = await cleo.createsRoom(named('Cut off'))
    await bob.does('enter-room', { roomId })
    await Promise.all([cleo.opens(inRoom(roomId)), bob.opens(inRoom(roomId))])
    proxy.pause()
    for (const body of ['one', 'two', 'three']) {
      await post(cleo, roomId, body)
      await within(3_500, seesMessage(bob, body))
      await post(bob, roomId, `${body} too`)
      await within(3_500, seesMessage(cleo, `${body} too`))
    }
    const revoked = fetch(`${c.url}/api/commands/sign-out`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${cleo.token}` },
    })
    await within(5_000, Promise.all([revoked, cleoElsewhere.closed]))
  } finally {
    proxy.resume()
    await c.stop()
    await proxy.close()
  }
}, 60_000)

test('[T4] instances that hear each other by no Redis know of each other by the database', async () => {
  // As after a failover that reached one of them only.
  const elsewhere = await startRedis()
  const start = (url: string) =>
    startTestServer({ settings: { PARLEY_DATABASE_URL: database.url, PARLEY_REDIS_URL: url } })
  const c = await start(elsewhere.url)
  const d = await start(redis.url)
  try {
    const [bob, cleo] = [await d.guest(named('Bob')), await c.guest(named('Cleo'))]
    const cleoThere = await d.connect(cleo.token)
    const roomId = await cleo.createsRoom(named('Split'))
    await bob.does('enter-room', { roomId })
    await Promise.all([cleo.opens(inRoom(roomId)), bob.opens(inRoom(roomId))])
    for (const body of ['one', 'two']) {
      await post(cleo, roomId, body)
      await within(3_500, seesMessage(bob, body))
    }
    const revoked = fetch(`${c.url}/api/commands/sign-out`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${cleo.token}` },
    })
    await within(5_000, Promise.all([revoked, cleoThere.closed]))
  } finally {
    await Promise.all([c.stop(), d.stop()])
    await elsewhere.stop()
  }
}, 60_000)
