import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openFilling } from '../lib/fill.ts'

const ROOMS = 64
const OUTSTANDING = 4

/**
 * Memory against the size of the database: posts as fast as the state takes them, without sockets, and says every few seconds
 * what the process weighs. Flat from the moment the page cache is full, or something grows with what is stored.
 */
export async function growth({ seconds }: { seconds: number }): Promise<void> {
  const dataFolder = mkdtempSync(join(tmpdir(), 'parley-growth-'))
  try {
    await postAndWeigh(dataFolder, seconds * 1_000)
  } finally {
    rmSync(dataFolder, { recursive: true, force: true })
  }
}

async function postAndWeigh(dataFolder: string, forMs: number): Promise<void> {
  const filling = await openFilling(dataFolder, ROOMS)
  let posted = 0
  const startedAt = performance.now()
  const weigh = () => {
    Bun.gc(true)
    const { rss, heapUsed } = process.memoryUsage()
    const database = statSync(join(dataFolder, 'parley.db')).size
    const [rssMb, heapMb, databaseMb] = [rss, heapUsed, database].map((bytes) => Math.round(bytes / 1e6))
    console.log(`${posted} posts: ${rssMb} MB resident, ${heapMb} MB heap, database ${databaseMb} MB`)
  }
  const timer = setInterval(weigh, forMs / 10)
  const sender = async (room: number) => {
    while (performance.now() - startedAt < forMs) {
      await filling.post(room)
      posted += 1
    }
  }
  await Promise.all(filling.rooms.flatMap((_, room) => Array.from({ length: OUTSTANDING }, () => sender(room))))
  clearInterval(timer)
  weigh()
  await filling.close()
}
