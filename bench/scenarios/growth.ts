import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type CommandId, newId, type RoomId } from '@parley/protocol'
import { localFanout } from '../../apps/server/src/fanout/local-fanout.ts'
import { openLog } from '../../apps/server/src/log.ts'
import { openState } from '../../apps/server/src/open-state.ts'

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
  const { state, accounts } = await openState({
    config: { dataFolder },
    log: openLog('silent'),
    fanout: localFanout((error) => console.error(error)),
    occupancy: {
      occupants: (roomId) => ({ roomId, version: 0, count: 0, people: [] }),
      activeRooms: () => new Map(),
    },
  })
  const { token } = await accounts.enter({ id: newId<CommandId>(), name: 'Bench', secret: 'sixteen characters' })
  const session = await accounts.authenticate(token)
  if (!session) throw new Error('The bench could not enter.')
  const { actor } = session
  const perform = (name: string, input: object, lane: object) =>
    state.perform({ id: newId<CommandId>(), name, input, actor, lane, isKnownMember: true })
  const rooms: RoomId[] = []
  for (let index = 0; index < ROOMS; index++) {
    const made = (await perform('create-room', { name: `Room ${index}` }, {})) as { roomId: RoomId } // as: its output
    rooms.push(made.roomId)
  }

  let posted = 0
  const startedAt = performance.now()
  const body = 'about as long as what people type '.repeat(3)
  const weigh = () => {
    Bun.gc(true)
    const { rss, heapUsed } = process.memoryUsage()
    const database = statSync(join(dataFolder, 'parley.db')).size
    const [rssMb, heapMb, databaseMb] = [rss, heapUsed, database].map((bytes) => Math.round(bytes / 1e6))
    console.log(`${posted} posts: ${rssMb} MB resident, ${heapMb} MB heap, database ${databaseMb} MB`)
  }
  const timer = setInterval(weigh, forMs / 10)
  const sender = async (roomId: RoomId, lane: object) => {
    while (performance.now() - startedAt < forMs) {
      await perform('post-message', { roomId, body }, lane)
      posted += 1
    }
  }
  await Promise.all(
    rooms.flatMap((roomId) => {
      const lane = {}
      return Array.from({ length: OUTSTANDING }, () => sender(roomId, lane))
    }),
  )
  clearInterval(timer)
  weigh()
  await state.close()
}
