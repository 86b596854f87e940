import { Api, inParallel } from '../lib/api.ts'
import { BenchSocket } from '../lib/bench-socket.ts'
import { Meter } from '../lib/meter.ts'
import { memoryKb } from '../lib/proc.ts'
import { count, keepResult, printTable, say } from '../lib/report.ts'
import { startServer } from '../lib/server-process.ts'

const MEMBERS_PER_ROOM = 100
const SETTLE_MS = 15_000
const IDLE_MS = 30_000
const MOST_KB = 4

/** Connections that do nothing: what each weighs in the server's own memory, and what all of them cost in time. */
export async function idle({ connections }: { connections: number }): Promise<void> {
  const server = await startServer({ core: 0 })
  try {
    const api = new Api(server.port)
    const guests = await api.enterAll(Array.from({ length: connections }, (_, index) => `Member ${index}`))
    const before = await settled(server.pid)
    const sockets = await inParallel(guests, 32, ({ token }) => BenchSocket.connects(server.port, token))
    const connected = await settled(server.pid)
    const [owner] = guests
    if (!owner) throw new Error('There is at least one connection.')
    const rooms = await inParallel(Array.from({ length: Math.ceil(connections / MEMBERS_PER_ROOM) }), 4, (_, index) =>
      api.createRoom(owner, `Room ${index}`),
    )
    await inParallel(sockets, 32, async (socket, index) => {
      const [guest, roomId] = [guests[index], rooms[index % rooms.length]]
      if (!guest || !roomId) return
      await api.enterRoom(guest, roomId)
      await socket.opens(roomId)
    })
    const opened = await settled(server.pid)
    const meter = new Meter(server.pid)
    await new Promise((resolve) => setTimeout(resolve, IDLE_MS))
    const { cpuNs, seconds, void: reasons } = meter.stop()
    for (const socket of sockets) socket.drops()
    const each = (after: number) => (after - before) / connections
    const rows = [
      ['connected', `${(connected / 1_024).toFixed(0)} MB`, each(connected).toFixed(1)],
      [`and in rooms of ${MEMBERS_PER_ROOM}`, `${(opened / 1_024).toFixed(0)} MB`, each(opened).toFixed(1)],
    ]
    say(`${count(connections)} connections; ${(before / 1_024).toFixed(0)} MB before.\n`)
    printTable([['connections are', 'own memory', 'KB each'], ...rows])
    const share = cpuNs / 1e9 / seconds
    const note = reasons.length > 0 ? ` (${reasons.join('; ')})` : ''
    say(`\n- idle, all of them cost ${(share * 100).toFixed(1)} % of a core${note}`)
    say(`- S6: at most ${MOST_KB} KB each: ${each(connected) <= MOST_KB ? 'met' : 'not met'} for those connected`)
    keepResult('idle', { connections, before, connected, opened, share, void: reasons })
  } finally {
    await server.stop()
  }
}

/** The server's own memory in kilobytes, once what was needed on the way is given back. */
async function settled(pid: number): Promise<number> {
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS))
  return memoryKb(pid).own
}
