import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'bun:test'
import { newId, type RoomId, roomStream, type SessionId } from '@parley/protocol'
import { type Redis, startRedis } from '../../../../scripts/services/redis.ts'
import { type FaultProxy, startFaultProxy } from '../../../../tests/support/fault-proxy.ts'
import { systemClock } from '../clock.ts'
import { openLog } from '../log.ts'
import type { InstanceId } from '../rules/instance-id.ts'
import type { Publication } from '../rules/publication.ts'
import { eventsOf, fanoutContract, someone } from './fanout.contract.ts'
import type { Fanout } from './fanout.ts'
import { tellOthers } from './open-fanout.ts'
import type { PeerMessage } from './peers.ts'
import { openRedisLink } from './redis-link.ts'

let redis: Redis
beforeAll(async () => {
  redis = await startRedis()
})
afterAll(() => redis.stop())

/** One instance, and all that it hears. */
class Instance {
  readonly heard: Publication[] = []
  readonly doubts: boolean[] = []
  readonly met: InstanceId[] = []
  readonly gone: InstanceId[] = []
  readonly letters: { from: InstanceId; message: PeerMessage }[] = []
  readonly faults: unknown[] = []
  readonly fanout: Fanout
  readonly close: () => Promise<void>
  #looks: (() => void)[] = []

  constructor(fanout: Fanout, close: () => Promise<void>) {
    this.fanout = fanout
    this.close = close
    fanout.subscribe((publication) => this.#note(this.heard, publication))
    fanout.onDoubt((isDoubtful) => this.#note(this.doubts, isDoubtful))
    fanout.peers?.onMet((instance) => this.#note(this.met, instance))
    fanout.peers?.onGone((instance) => this.#note(this.gone, instance))
    fanout.peers?.listen((from, message) => this.#note(this.letters, { from, message }))
  }

  get id(): InstanceId {
    if (!this.fanout.peers) throw new Error('An instance among others has peers.')
    return this.fanout.peers.self
  }

  /** Resolves when this holds, looked at with everything that happens. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) await new Promise<void>((resolve) => this.#looks.push(resolve))
  }

  #note<T>(list: T[], item: T): void {
    list.push(item)
    const looks = this.#looks
    this.#looks = []
    for (const look of looks) look()
  }
}

async function join(epoch: string, redisUrl = redis.url): Promise<Instance> {
  const faults: unknown[] = []
  const telling = await tellOthers({
    redisUrl,
    epoch,
    clock: systemClock,
    log: openLog('silent'),
    fault: (error) => faults.push(error),
  })
  return Object.assign(new Instance(telling.fanout, () => telling.close()), { faults })
}

fanoutContract('redis', async () => {
  const { fanout, faults, close } = await join(newId())
  return { fanout, faults, close }
})

describe('two instances', () => {
  const epoch = newId()
  let one: Instance
  let other: Instance
  beforeEach(async () => {
    one = await join(epoch)
    other = await join(epoch)
    await Promise.all([one.until(() => one.met.includes(other.id)), other.until(() => other.met.includes(one.id))])
  })
  afterEach(async () => {
    await Promise.all([one.close(), other.close()])
    expect([...one.faults, ...other.faults]).toEqual([])
  })

  test('hear of each other only the streams that they follow, in order and whole', async () => {
    const [wanted, foreign] = [newId<RoomId>(), newId<RoomId>()]
    await other.fanout.follow([roomStream(wanted)])
    one.fanout.publish([eventsOf(foreign, 1), eventsOf(wanted, 1, 2)])
    one.fanout.publish([
      { kind: 'typing', roomId: wanted, user: someone, isTyping: true, head: 2 },
      eventsOf(wanted, 3),
    ])
    await other.until(() => other.heard.some((it) => it.kind === 'events' && it.events[0]?.seq === 3))
    const listed = (it: Publication) => it.kind !== 'listed'
    expect(other.heard.filter(listed)).toEqual([
      eventsOf(wanted, 1, 2),
      { kind: 'typing', roomId: wanted, user: someone, isTyping: true, head: 2 },
      eventsOf(wanted, 3),
    ])
  })

  test('who publishes does not hear it again as an echo', async () => {
    const roomId = newId<RoomId>()
    await Promise.all([one.fanout.follow([roomStream(roomId)]), other.fanout.follow([roomStream(roomId)])])
    one.fanout.publish([eventsOf(roomId, 1)])
    await other.until(() => other.heard.length > 0)
    other.fanout.publish([eventsOf(roomId, 2)])
    await one.until(() => one.heard.length > 1)
    expect(one.heard).toEqual([eventsOf(roomId, 1), eventsOf(roomId, 2)])
  })

  test('what everybody must hear at once reaches all, followed or not', async () => {
    const sessionId = newId<SessionId>()
    one.fanout.publish([
      { kind: 'session-ended', sessionId },
      { kind: 'profile', user: someone },
    ])
    await other.until(() => other.heard.length === 2)
    expect(other.heard.map(({ kind }) => kind)).toEqual(['session-ended', 'profile'])
  })

  test('a stream that is followed no more is not heard, however soon it was given up', async () => {
    const [left, kept] = [roomStream(newId<RoomId>()), newId<RoomId>()]
    await other.fanout.follow([left, roomStream(kept)])
    other.fanout.unfollow([left])
    one.fanout.publish([{ ...eventsOf(kept, 1), stream: left }, eventsOf(kept, 1)])
    await other.until(() => other.heard.some(({ kind }) => kind === 'events'))
    expect(other.heard.filter(({ kind }) => kind === 'events')).toEqual([eventsOf(kept, 1)])
  })

  test('tell each other of themselves, all or one', async () => {
    const third = await join(epoch)
    try {
      await Promise.all([one.until(() => one.met.includes(third.id)), third.until(() => third.met.includes(one.id))])
      one.fanout.peers?.tell({ kind: 'only-you' }, other.id)
      one.fanout.peers?.tell({ kind: 'all' })
      await Promise.all([other.until(() => other.letters.length === 2), third.until(() => third.letters.length === 1)])
      expect(other.letters).toEqual([
        { from: one.id, message: { kind: 'only-you' } },
        { from: one.id, message: { kind: 'all' } },
      ])
      expect(third.letters).toEqual([{ from: one.id, message: { kind: 'all' } }])
      expect(one.met.filter((id) => id === other.id).length).toBe(1)
    } finally {
      await third.close()
    }
    // It has said goodbye: nobody waits for its lease of 10 s to end.
    const since = performance.now()
    await Promise.all([one.until(() => one.gone.includes(third.id)), other.until(() => other.gone.includes(third.id))])
    expect(performance.now() - since).toBeLessThan(3_000)
  })
})

test('another deployment on the same Redis is not heard', async () => {
  const [one, stranger] = await Promise.all([join(newId()), join(newId())])
  const echo = await join('echo of the first')
  try {
    stranger.fanout.publish([{ kind: 'profile', user: someone }])
    one.fanout.publish([{ kind: 'profile', user: someone }])
    await stranger.until(() => stranger.heard.length === 1)
    expect(echo.heard).toEqual([])
    expect([...one.met, ...stranger.met]).toEqual([])
  } finally {
    await Promise.all([one.close(), stranger.close(), echo.close()])
  }
})

test('[T6] a user of Redis who may not speak or listen is named at the start', async () => {
  const link = await openRedisLink({ url: redis.url, prefix: '', log: openLog('silent') })
  try {
    const url = new URL(redis.url)
    Object.assign(url, { username: 'narrow', password: 'secret' })
    for (const rules of [
      ['~parley:*', 'resetchannels', '+@all'],
      ['~parley:*', '&parley:*', '+@all', '-publish'],
      ['~parley:*', '&parley:*', '+@all', '-subscribe'],
    ]) {
      await link.commands.call('ACL', 'SETUSER', 'narrow', 'reset', 'on', '>secret', ...rules)
      await expect(join(newId(), url.href)).rejects.toThrow('may not do what Parley needs')
    }
    // As docs/self-hosting.md says.
    const enough = ['+publish', '+subscribe', '+unsubscribe', '+eval', '+info', '+time', '+get', '+set', '+del']
    await link.commands.call('ACL', 'SETUSER', 'enough', 'reset', 'on', '>secret', '~parley:*', '&parley:*', ...enough)
    Object.assign(url, { username: 'enough' })
    const instance = await join(newId(), url.href)
    expect(instance.fanout.isDoubtful).toBe(false)
    await instance.close()
  } finally {
    await link.close()
  }
})

test('[T4] what is no publication of ours harms nobody, and what comes after it is heard', async () => {
  const epoch = newId()
  const [one, other] = [await join(epoch), await join(epoch)]
  const link = await openRedisLink({ url: redis.url, prefix: '', log: openLog('silent') })
  try {
    const roomId = newId<RoomId>()
    await other.fanout.follow([roomStream(roomId)])
    const channels = await link.commands.pubsub('CHANNELS', `*${roomId}`)
    const channel = String(channels[0])
    const good = eventsOf(roomId, 1)
    const [event] = good.events
    const bad: unknown[] = [
      null,
      7,
      {},
      { kind: 'events' },
      { ...good, events: [] },
      { ...good, events: 'none' },
      { ...good, events: [null] },
      { ...good, events: [{ ...event, seq: '1' }] },
      { ...good, events: [{ ...event, seq: 0.5 }] },
      { ...good, events: [event, event] },
      { ...good, users: 'none' },
      // Said where it does not belong.
      eventsOf(newId<RoomId>(), 1),
      { kind: 'session-ended', sessionId: newId<SessionId>() },
    ]
    const texts = ['', 'x', `${newId()} {`, ...bad.map((it) => `${newId()} ${JSON.stringify(it)}`)]
    for (const text of texts) await link.commands.publish(channel, text)
    const peers = `${channel.slice(0, channel.indexOf('stream:'))}peers`
    const letters = ['', 'x', `${newId()} {`, `${newId()} null`, `${newId()} [1]`, `${newId()} [1,0,null]`]
    for (const text of letters) await link.commands.publish(peers, text)
    await link.commands.publish(channel, `${newId()} {"kind":"of a newer version"}`)
    one.fanout.publish([good])
    await other.until(() => other.heard.some(({ kind }) => kind === 'events'))
    expect(other.heard.filter(({ kind }) => kind !== 'listed')).toEqual([good])
    expect(other.met).toEqual([one.id])
    expect(other.faults).toHaveLength(texts.length + letters.length)
  } finally {
    await Promise.all([one.close(), other.close(), link.close()])
  }
})

describe('when Redis fails', () => {
  let one: Instance
  let other: Instance
  beforeEach(async () => {
    const epoch = newId()
    one = await join(epoch)
    other = await join(epoch)
    await Promise.all([one.until(() => one.met.includes(other.id)), other.until(() => other.met.includes(one.id))])
  })
  afterEach(() => Promise.all([one.close(), other.close()]))

  test('[T4] a dead one is doubted at once, and what is followed is heard again when it is back', async () => {
    const roomId = newId<RoomId>()
    await other.fanout.follow([roomStream(roomId)])
    const again = { met: other.met.length, doubts: other.doubts.length }
    await redis.kill9()
    await Promise.all([one.until(() => one.fanout.isDoubtful), other.until(() => other.fanout.isDoubtful)])
    // Nothing to wait for: it cannot be promised.
    expect(other.fanout.follow([roomStream(newId<RoomId>())])).toBeUndefined()
    one.fanout.publish([eventsOf(roomId, 1)])
    expect(one.heard).toEqual([eventsOf(roomId, 1)])
    await redis.restart()
    await Promise.all([one.until(() => !one.fanout.isDoubtful), other.until(() => !other.fanout.isDoubtful)])
    await other.until(() => other.met.length > again.met)
    expect(other.doubts.slice(again.doubts)).toContain(true)
    one.fanout.publish([eventsOf(roomId, 2)])
    await other.until(() => other.heard.some(({ kind }) => kind === 'events'))
    expect(other.heard.filter(({ kind }) => kind === 'events')).toEqual([eventsOf(roomId, 2)])
  }, 20_000)

  test('[T4] one that says nothing is doubted within two seconds', async () => {
    const since = performance.now()
    const late = newId<RoomId>()
    redis.pause()
    try {
      await Promise.all([one.until(() => one.fanout.isDoubtful), other.until(() => other.fanout.isDoubtful)])
      expect(performance.now() - since).toBeLessThan(2_500)
      // Whoever wants to listen now is told to go on without a promise, and is listened for all the same.
      await other.fanout.follow([roomStream(late)])
    } finally {
      redis.resume()
    }
    await Promise.all([one.until(() => !one.fanout.isDoubtful), other.until(() => !other.fanout.isDoubtful)])
    one.fanout.publish([eventsOf(late, 1)])
    await other.until(() => other.heard.some(({ kind }) => kind === 'events'))
  }, 20_000)
})

describe('one instance alone', () => {
  let proxy: FaultProxy
  let one: Instance
  let other: Instance
  beforeEach(async () => {
    const epoch = newId()
    proxy = await startFaultProxy({ target: { port: redis.port }, isOpaque: true })
    one = await join(epoch, `redis://127.0.0.1:${proxy.port}`)
    other = await join(epoch)
    await Promise.all([one.until(() => one.met.includes(other.id)), other.until(() => other.met.includes(one.id))])
  })
  afterEach(async () => {
    await Promise.all([one.close(), other.close()])
    await proxy.close()
  })

  test('[T4] who falls silent is doubted, then gone, and met again', async () => {
    proxy.pause()
    await Promise.all([one.until(() => one.fanout.isDoubtful), other.until(() => other.fanout.isDoubtful)])
    await other.until(() => other.gone.includes(one.id))
    // Whether it runs all the same, out of hearing, the database knows.
    await other.until(() => !other.fanout.isDoubtful)
    expect(one.fanout.isDoubtful).toBe(true)
    proxy.resume()
    await other.until(() => other.met.filter((id) => id === one.id).length === 2)
    await one.until(() => !one.fanout.isDoubtful)
    // What it published meanwhile was missed.
    expect(other.doubts.slice(other.doubts.lastIndexOf(false))).toContain(true)
  }, 30_000)

  test('[T4] who was cut off for a moment meets all again, for their words may be lost', async () => {
    proxy.cut()
    await one.until(() => one.met.filter((id) => id === other.id).length === 2)
    one.fanout.publish([{ kind: 'profile', user: someone }])
    await other.until(() => other.heard.length === 1)
    expect(one.doubts).toContain(true)
  }, 30_000)
})
