import { afterAll, expect, test } from 'bun:test'
import { removeNative } from '../../bench/lib/native.ts'
import { compare, holds, type Limits, type Side } from './support/compare.ts'
import { drive, type GuardServer, startForwarder, startParley, startPlainStore } from './support/servers.ts'

const started: GuardServer[] = []
afterAll(async () => {
  for (const server of started) await server.stop()
  removeNative()
})

async function running(server: Promise<GuardServer>): Promise<GuardServer> {
  started.push(await server)
  return server
}

/** About twice what it costs today: two cores that share their machine move it by less than a half. */
const FAN_OUT: Limits = { limit: 4, whenNoisy: 5 }
const POSTS: Limits = { limit: 7, whenNoisy: 9 }

test('[S1] a message in a quiet room of 200 costs at most a few times what plain forwarding costs', async () => {
  const side = (name: string, server: GuardServer, load: { senders: number; rate?: number }): Side => ({
    name,
    run: async () => {
      const seats = await server.seats(200, 'together')
      return drive({ port: server.port, serverPid: server.pid, seats, ...load, warmUp: 0.3, seconds: 1.2 })
    },
  })
  const [parley, forwarder] = [await running(startParley()), await running(startForwarder())]
  await side('Parley', parley, { senders: 20 }).run() // For the compiler of the runtime, which the reference has not.
  const quiet = { senders: 1, rate: 40 }
  const own = side('Parley', parley, quiet)
  const reference = side('forwarder', forwarder, quiet)
  expect(await holds(() => compare(own, reference, 'deliveries'), FAN_OUT)).toBeLessThan(FAN_OUT.whenNoisy)
}, 120_000)

test('[S7] a durable post costs at most a few times what storing a row and answering costs', async () => {
  const side = (name: string, server: GuardServer): Side => ({
    name,
    run: async () => {
      const seats = await server.seats(16, 'alone')
      const load = { seats, senders: 16, outstanding: 8, warmUp: 0.5, seconds: 1 }
      return drive({ port: server.port, serverPid: server.pid, ...load })
    },
  })
  const own = side('Parley', await running(startParley()))
  const reference = side('plain store', await running(startPlainStore()))
  await own.run()
  expect(await holds(() => compare(own, reference, 'acks'), POSTS)).toBeLessThan(POSTS.whenNoisy)
}, 120_000)
