import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openFilling } from '../lib/fill.ts'
import { count, keepResult, printTable } from '../lib/report.ts'

const ROOMS = 64
const OUTSTANDING = 4

/**
 * Memory against the size of the database: posts as fast as the state takes them, without sockets, and says every few seconds
 * what the process weighs. Flat from the moment the page cache is full, or something grows with what is stored.
 */
export async function growth({ seconds }: { seconds: number }): Promise<void> {
  const dataFolder = mkdtempSync(join(tmpdir(), 'parley-growth-'))
  try {
    const weighed = await postAndWeigh(dataFolder, seconds * 1_000)
    printTable([
      ['posts', 'resident MB', 'heap MB', 'database MB'],
      ...weighed.map(({ posts, ...mb }) => [count(posts), ...Object.values(mb).map(String)]),
    ])
    keepResult('growth', weighed)
  } finally {
    rmSync(dataFolder, { recursive: true, force: true })
  }
}

interface Weighed {
  readonly posts: number
  readonly residentMb: number
  readonly heapMb: number
  readonly databaseMb: number
}

async function postAndWeigh(dataFolder: string, forMs: number): Promise<Weighed[]> {
  const filling = await openFilling(dataFolder, ROOMS)
  const weighed: Weighed[] = []
  let posts = 0
  const startedAt = performance.now()
  const weigh = () => {
    Bun.gc(true)
    const { rss, heapUsed } = process.memoryUsage()
    const database = statSync(join(dataFolder, 'parley.db')).size
    const mb = (bytes: number) => Math.round(bytes / 1e6)
    weighed.push({ posts, residentMb: mb(rss), heapMb: mb(heapUsed), databaseMb: mb(database) })
  }
  const timer = setInterval(weigh, forMs / 10)
  const sender = async (room: number) => {
    while (performance.now() - startedAt < forMs) {
      await filling.post(room)
      posts += 1
    }
  }
  await Promise.all(filling.rooms.flatMap((_, room) => Array.from({ length: OUTSTANDING }, () => sender(room))))
  clearInterval(timer)
  weigh()
  await filling.close()
  return weighed
}
