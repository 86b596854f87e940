import { afterAll, expect, test } from 'bun:test'
import { connect, type Socket } from 'node:net'
import { memoryKb } from '../../bench/lib/proc.ts'
import { startServer, stopServers } from '../support/harness.ts'
import { Bystander } from './bystander.ts'

afterAll(stopServers)

const EACH = 200
const FOR_MS = 8_000

/** What each begins with, and what it sends of the rest twice a second; the last one reads nothing of what it asks for. */
const KINDS = {
  headers: { first: 'GET / HTTP/1.1\r\nHost: localhost\r\n', drop: 'X-A: b\r\n' },
  bodies: {
    first:
      'POST /api/commands/enter HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 60000\r\n\r\n{',
    drop: ' ',
  },
  reading: { first: 'GET /api/session HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(20), drop: '' },
}

test('[G14] 600 slow connections, by headers, bodies and reading, keep nobody else waiting', async () => {
  const server = await startServer()
  const bystander = await Bystander.arrives(server, 'Bystander')
  const before = memoryKb(server.pid ?? 0).rss
  const sockets: Socket[] = []
  let open = 0
  let cut = 0
  for (const { first, drop } of Object.values(KINDS)) {
    for (let count = 0; count < EACH; count++) {
      const socket = connect(server.port, '127.0.0.1')
      socket.pause()
      socket.on('error', () => undefined) // The close that follows tells.
      socket.once('connect', () => {
        open += 1
        socket.write(first)
      })
      const dripping = setInterval(() => drop !== '' && socket.write(drop), 500)
      socket.once('close', () => {
        cut += 1
        clearInterval(dripping)
      })
      sockets.push(socket)
    }
  }
  // Slowness is a time by its nature.
  await new Promise((resolve) => setTimeout(resolve, FOR_MS))
  expect(open).toBe(3 * EACH)
  const entered = await fetch(`${server.url}/readyz`)
  expect(entered.status).toBe(200)
  const { asked, stayedS, p99, most } = await bystander.leaves()
  const grownMb = Math.round((memoryKb(server.pid ?? 0).rss - before) / 1024)
  console.log(`${cut} cut; bystander: ${asked} answers, p99 ${p99} ms, at most ${most} ms; memory ${grownMb} MiB more`)
  for (const socket of sockets) socket.destroy()
  // Generous, since others share the machine: a stopped loop would answer nobody for all of the time.
  expect(asked).toBeGreaterThan(stayedS)
  expect(p99).toBeLessThan(3_000)
  expect(grownMb).toBeLessThan(150)
}, 40_000)
