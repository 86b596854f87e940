import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { memoryKb } from '../lib/proc.ts'
import { median } from '../lib/quantiles.ts'
import { keepResult } from '../lib/report.ts'
import { startServer } from '../lib/server-process.ts'

const STARTS = 7

/** From the start of the server's process to its first `200` at `/readyz`, on a database that exists; and idle memory. */
export async function startUp(): Promise<void> {
  const dataFolder = mkdtempSync(join(tmpdir(), 'parley-bench-'))
  const readyMs: number[] = []
  let memory = { rss: 0, own: 0 }
  try {
    for (let start = 0; start <= STARTS; start++) {
      const server = await startServer({ dataFolder })
      if (start > 0) readyMs.push(server.readyAfterMs) // The first one makes the database.
      if (start === STARTS) {
        await new Promise((resolve) => setTimeout(resolve, 5_000))
        memory = memoryKb(server.pid)
      }
      await server.stop()
    }
  } finally {
    rmSync(dataFolder, { recursive: true, force: true })
  }
  const middle = median(readyMs)
  console.log(
    `ready after ${middle.toFixed(0)} ms (median of ${STARTS}; ${readyMs.map((ms) => ms.toFixed(0)).join(', ')})`,
  )
  console.log(`target 300 ms: ${middle <= 300 ? 'met' : 'not met'}`)
  console.log(`idle memory ${(memory.rss / 1024).toFixed(0)} MB resident, ${(memory.own / 1024).toFixed(0)} MB its own`)
  keepResult('start-up', { readyMs, memory })
}
