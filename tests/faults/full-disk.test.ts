import { afterAll, expect, test } from 'bun:test'
import { fillDisk } from '../support/full-disk.ts'
import { startServer, stopServers } from '../support/harness.ts'
import { people } from '../support/people.ts'

afterAll(stopServers)

/** The outbox asks a failing server again after at most 8 s. */
const WITHIN_MS = 40_000

test('[X4] a full disk: nothing is acknowledged that is not stored, nothing is lost, and it goes on by itself', async () => {
  const server = await startServer()
  using company = people(server)
  const { ann, bob } = await company.room('Archive').with('ann', 'bob')
  await ann.posts('before')
  const refused = new Promise<string>((resolve) => {
    ann.client.notices.subscribe((notice) => {
      if (notice.kind === 'server-fault') resolve(notice.refusal.code)
    })
  })
  const free = fillDisk(server, 100_000)
  const bodies = Array.from({ length: 40 }, (_, index) => `${index} ${'x'.repeat(7_000)}`)
  for (const body of bodies) ann.writes(body)
  expect(await refused).toBe('storage-full')

  // What bob sees was acknowledged to ann; the rest waits on her device, and nothing is in "Not sent".
  const waiting = ann.client.outbox.value
  expect(waiting.entries.length).toBeGreaterThan(0)
  expect(waiting.notSent).toEqual([])
  expect((await fetch(`${server.url}/healthz`)).status).toBe(200)

  free()
  await ann.waitsFor('an empty outbox', () => ann.client.outbox.value.entries.length === 0, WITHIN_MS)
  await bob.waitsFor('the last one', () => bob.texts.at(-1)?.startsWith('39 '), WITHIN_MS)
  expect(bob.texts.map((text) => text.split(' ')[0])).toEqual(['before', ...bodies.map((_, index) => `${index}`)])
}, 90_000)
