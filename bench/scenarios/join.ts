import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join as joinPath } from 'node:path'
import { BenchSocket } from '../lib/bench-socket.ts'
import { fill } from '../lib/fill.ts'
import { Meter } from '../lib/meter.ts'
import { memoryKb } from '../lib/proc.ts'
import { median, quantile } from '../lib/quantiles.ts'
import { count, keepResult, printTable, say } from '../lib/report.ts'
import { root, startServer } from '../lib/server-process.ts'
import { lineChart } from '../lib/svg-chart.ts'

const JOINS = 2_000
const BLOCKS = 4
const STARTS = 7
const MOST_RATIO = 1.2
const MOST_READY_MS = 300

interface Block {
  readonly messages: number
  readonly p50: number
  readonly p99: number
  readonly cpuUs: number
  readonly void: readonly string[]
}

/**
 * What a long history costs: joining rooms of 1,000 messages up to `messages`, one after the other on one server, and the
 * start of that server. Both should cost the same whatever lies in the database.
 */
export async function join({ messages }: { messages: number }): Promise<void> {
  const sizes = [1_000, 10_000, 100_000, 1_000_000, 10_000_000].filter((size) => size <= messages)
  const dataFolder = mkdtempSync(joinPath(tmpdir(), 'parley-bench-'))
  try {
    const { owner, rooms } = await fill(dataFolder, sizes)
    const readyMs: number[] = []
    const blocks: Block[] = []
    for (let start = 0; start < STARTS; start++) {
      const server = await startServer({ dataFolder, core: 0 })
      readyMs.push(server.readyAfterMs)
      if (start === STARTS - 1) {
        const socket = await BenchSocket.connects(server.port, owner.token)
        const joinAll = async (room: number, times: number) => {
          const roomId = rooms[room]
          if (!roomId) throw new Error(`There is no room ${room}.`)
          const ms: number[] = []
          for (let index = 0; index < times; index++) ms.push((await socket.opens(roomId)).ms)
          return ms
        }
        for (const room of sizes.keys()) await joinAll(room, 50) // Compiled, and its pages read.
        for (let block = 0; block < BLOCKS; block++) {
          const order = block % 2 === 0 ? [...sizes.keys()] : [...sizes.keys()].reverse()
          for (const room of order) {
            const meter = new Meter(server.pid)
            const ms = await joinAll(room, JOINS)
            const { cpuNs, void: reasons } = meter.stop()
            const cpuUs = cpuNs / JOINS / 1_000
            blocks.push({ messages: sizes[room] ?? 0, p50: median(ms), p99: quantile(ms, 0.99), cpuUs, void: reasons })
          }
        }
        console.log(`${count(memoryKb(server.pid).rss / 1_024)} MB resident afterwards`)
        socket.drops()
      }
      await server.stop()
    }
    report(sizes, blocks, readyMs)
  } finally {
    rmSync(dataFolder, { recursive: true, force: true })
  }
}

function report(sizes: readonly number[], blocks: readonly Block[], readyMs: readonly number[]): void {
  const valid = (size: number) => blocks.filter((block) => block.messages === size && block.void.length === 0)
  const middle = (size: number, of: (block: Block) => number) => median(valid(size).map(of))
  const rows = sizes.map((size) => [
    count(size),
    `${valid(size).length}/${BLOCKS}`,
    middle(size, ({ p50 }) => p50).toFixed(2),
    middle(size, ({ p99 }) => p99).toFixed(2),
    middle(size, ({ cpuUs }) => cpuUs).toFixed(0),
  ])
  printTable([['messages in the room', 'valid', 'p50 ms', 'p99 ms', 'CPU µs'], ...rows])
  const [least = 0, most = 0] = [sizes[0], sizes.at(-1)]
  const ratio = middle(most, ({ p99 }) => p99) / middle(least, ({ p99 }) => p99)
  say(
    `\n- S4: p99 at ${count(most)} is ${ratio.toFixed(2)} × that at ${count(least)}, at most ${MOST_RATIO}: ${ratio <= MOST_RATIO ? 'met' : 'not met'}`,
  )
  const ready = median(readyMs)
  say(
    `- S11: ready after ${ready.toFixed(0)} ms with ${count(sizes.reduce((sum, size) => sum + size, 0))} messages, at most ${MOST_READY_MS}: ${ready <= MOST_READY_MS ? 'met' : 'not met'}`,
  )
  const chart = lineChart({
    title: 'Joining a room, by the length of its history',
    xLabel: 'messages, 10^x',
    yLabel: 'ms',
    series: [
      { name: 'p50', colour: '#2a7', points: sizes.map((size) => [Math.log10(size), middle(size, ({ p50 }) => p50)]) },
      { name: 'p99', colour: '#c63', points: sizes.map((size) => [Math.log10(size), middle(size, ({ p99 }) => p99)]) },
    ],
  })
  writeFileSync(joinPath(root, 'docs/join.svg'), chart)
  say('\n![Joining a room, by the length of its history](join.svg)')
  keepResult('join', { blocks, readyMs, ratio })
}
