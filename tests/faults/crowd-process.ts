import type { RoomId } from '@parley/protocol'
import { does, entersAt } from '../cluster/support/device.ts'
import type { Answer, Findings, Gathering, Order } from './crowd.ts'
import { CrowdClient } from './crowd-client.ts'

// A process of its own: one of them may have 20,000 files open, and clients must not wait for whoever measures.

const clients: CrowdClient[] = []
const roomOf: RoomId[] = []
const LANES = 32
const LOOK_MS = 100
let writing: ReturnType<typeof setInterval> | undefined
let written = 0

process.on('message', async ({ n, order }: { n: number; order: Order }) => {
  try {
    answer({ n, value: await obey(order) })
  } catch (error) {
    answer({ n, fault: String(error) })
  }
})
process.on('disconnect', () => process.exit(0))

async function obey(order: Order): Promise<unknown> {
  switch (order.say) {
    case 'gather':
      return gather(order)
    case 'write':
      return write(order)
    case 'hush':
      return clearInterval(writing)
    case 'forget journeys':
      for (const client of clients) client.forgetJourney()
      return undefined
    case 'come back':
      return until(() => clients.every(({ journey }) => journey.currentAt !== undefined), order.withinMs)
    case 'journeys':
      return clients.map(({ journey }) => journey)
    case 'settle':
      return until(() => clients.every(({ unanswered }) => unanswered === 0), order.withinMs)
    case 'reach':
      return until(() => behind(order.heads).length === 0, order.withinMs).catch(() => undefined) // `findings` tells.
    case 'findings':
      return findings(order.heads)
  }
}

async function gather({ url, label, count, roomIds }: Gathering): Promise<void> {
  let next = 0
  const lane = async () => {
    for (let index = next++; index < count; index = next++) {
      const { token } = await entersAt(url, `${label} ${index}`)
      const roomId = roomIds[index % roomIds.length]
      if (roomId === undefined) throw new Error('There is no room.')
      await does(url, { token }, { name: 'enter-room', input: { roomId } })
      clients[index] = new CrowdClient({ url, token, roomId })
      roomOf[index] = roomId
      await clients[index]?.connect()
    }
  }
  await Promise.all(Array.from({ length: LANES }, lane))
}

/** The first clients write in turn, whether the server is there or not. */
function write({ everyMs, writers }: { readonly everyMs: number; readonly writers: number }): void {
  writing = setInterval(() => {
    written += 1
    const body = `${process.pid} ${written} ${'word '.repeat(12).trim()}`
    clients[written % Math.min(writers, clients.length)]?.posts(body)
  }, everyMs)
}

function findings(heads: Readonly<Record<string, number>>): Findings {
  const problems = clients.flatMap(({ problems }, index) => problems.map((words) => `client ${index} ${words}`))
  return {
    problems: [...problems, ...behind(heads)],
    acknowledged: clients.flatMap(({ acknowledged }) => acknowledged),
  }
}

function behind(heads: Readonly<Record<string, number>>): string[] {
  return clients.flatMap(({ cursor }, index) => {
    const head = heads[roomOf[index] ?? '']
    return cursor === head ? [] : [`client ${index} stands at ${cursor} of ${head}`]
  })
}

async function until(isTrue: () => boolean, withinMs: number): Promise<void> {
  const deadline = performance.now() + withinMs
  while (!isTrue()) {
    if (performance.now() > deadline) {
      const away = clients.filter((client) => !client.isCurrent).length
      throw new Error(`${away} of ${clients.length} clients are away after ${withinMs} ms.`)
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
  }
}

function answer(words: Answer): void {
  process.send?.(words)
}
