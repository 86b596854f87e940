import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RoomId } from '@parley/protocol'
import { Api, type Guest, inParallel } from '../lib/api.ts'
import { BenchSocket, type Place } from '../lib/bench-socket.ts'
import { fill } from '../lib/fill.ts'
import { Meter } from '../lib/meter.ts'
import { median } from '../lib/quantiles.ts'
import { keepResult, printTable, say } from '../lib/report.ts'
import { startServer } from '../lib/server-process.ts'

const MEMBERS_PER_ROOM = 100
const MESSAGES_PER_ROOM = 5_200
const AT_ONCE = 64

/** What a client asks for that comes back, and what it may cost at most beside the bare handshake. */
const KINDS = [
  { name: 'bare handshake', missed: undefined, most: 1 },
  { name: '0 missed', missed: 0, most: 3 },
  { name: '50 missed', missed: 50, most: 4 },
  { name: '5,000 missed', missed: 5_000, most: 6 },
] as const
type Kind = (typeof KINDS)[number]

interface Block {
  readonly kind: Kind['name']
  readonly cpuUs: number
  readonly void: readonly string[]
}

/** Clients that lost their connection and come back: what the server spends on each. */
export async function resume({ connections, blocks: rounds }: { connections: number; blocks: number }): Promise<void> {
  const dataFolder = mkdtempSync(join(tmpdir(), 'parley-bench-'))
  try {
    const roomCount = Math.ceil(connections / MEMBERS_PER_ROOM)
    const { rooms } = await fill(
      dataFolder,
      Array.from({ length: roomCount }, () => MESSAGES_PER_ROOM),
    )
    const server = await startServer({ dataFolder, core: 0 })
    const api = new Api(server.port)
    const guests = await api.enterAll(Array.from({ length: connections }, (_, index) => `Member ${index}`))
    const seats = guests.map((guest, index) => ({ guest, roomId: rooms[index % roomCount] as RoomId })) // as: below the count
    await inParallel(seats, 32, ({ guest, roomId }) => api.enterRoom(guest, roomId))
    const heads = new Map<RoomId, Place>()
    for (const { guest, roomId } of seats.slice(0, roomCount)) {
      const socket = await BenchSocket.connects(server.port, guest.token)
      heads.set(roomId, { epoch: socket.epoch, cursor: (await socket.opens(roomId)).head })
      socket.drops()
    }
    const blocks: Block[] = []
    for (const kind of KINDS) await comeBack(kind, seats.slice(0, 500)) // Compiled.
    for (let round = 0; round < rounds; round++)
      for (const kind of round % 2 === 0 ? KINDS : KINDS.toReversed()) blocks.push(await runBlock(kind))
    await server.stop()
    report(blocks, connections)

    async function runBlock(kind: Kind): Promise<Block> {
      const meter = new Meter(server.pid)
      const resets = await comeBack(kind, seats)
      const { cpuNs, seconds, void: reasons } = meter.stop()
      const expected = kind.missed === 5_000 ? seats.length : 0
      if (resets !== expected) reasons.push(`${resets} resets instead of ${expected}`)
      const cpuUs = cpuNs / seats.length / 1_000
      const note = reasons.length > 0 ? `  VOID: ${reasons.join('; ')}` : ''
      console.log(`${kind.name.padEnd(14)} ${cpuUs.toFixed(0).padStart(6)} µs each, in ${seconds.toFixed(1)} s${note}`)
      return { kind: kind.name, cpuUs, void: reasons }
    }

    /** All of them; answers how many were sent the whole history. */
    async function comeBack(kind: Kind, who: readonly { guest: Guest; roomId: RoomId }[]): Promise<number> {
      let resets = 0
      const sockets = await inParallel(who, AT_ONCE, async ({ guest, roomId }) => {
        const socket = await BenchSocket.connects(server.port, guest.token)
        const head = heads.get(roomId)
        if (kind.missed === undefined || !head) return socket
        // A cursor before the first message of the log is a fresh client's.
        const { isReset } = await socket.opens(roomId, { ...head, cursor: Math.max(0, head.cursor - kind.missed) })
        if (isReset) resets += 1
        return socket
      })
      for (const socket of sockets) socket.drops()
      return resets
    }
  } finally {
    rmSync(dataFolder, { recursive: true, force: true })
  }
}

function report(blocks: readonly Block[], connections: number): void {
  const cost = (name: Kind['name']) =>
    median(blocks.filter((block) => block.kind === name && block.void.length === 0).map(({ cpuUs }) => cpuUs))
  const bare = cost('bare handshake')
  const rows = KINDS.map(({ name, most }) => {
    const ratio = cost(name) / bare
    if (!(bare > 0 && ratio > 0)) return [name, 'void', 'void', String(most), 'void']
    return [name, cost(name).toFixed(0), ratio.toFixed(2), String(most), ratio <= most ? 'met' : 'not met']
  })
  say(`${connections} clients, ${MEMBERS_PER_ROOM} in each room, ${AT_ONCE} at once.\n`)
  printTable([['came back with', 'CPU µs each', '× bare', 'at most', 'S3'], ...rows])
  keepResult('resume', { blocks, rows })
}
