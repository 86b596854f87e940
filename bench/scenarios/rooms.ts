import { Api, inParallel } from '../lib/api.ts'
import { type LoadResult, percent, runLoad, type Seat } from '../lib/loadgen.ts'
import { median } from '../lib/quantiles.ts'
import { count, keepResult, printTable, say } from '../lib/report.ts'
import { startServer } from '../lib/server-process.ts'

const MEMBERS = 5
const RATE = 2_500
const BIG_ROOM = 1_000
const BIG_ROOM_RATE = 40
const MOST_RATIO = 1.5
const WARM_UP_SECONDS = 5
const KINDS = ['one big room', 'many small rooms', 'alone'] as const
type Kind = (typeof KINDS)[number]

interface Block {
  readonly kind: Kind
  readonly round: number
  readonly result: LoadResult
}

export interface RoomsOptions {
  readonly connections: number
  readonly seconds: number
  readonly blocks: number
}

/**
 * What a delivery costs when it goes to few at a time: posts by Zipf's law to many rooms of five, against as many posts to
 * rooms where the sender is alone while the same connections sit in the same rooms, and against one big quiet room.
 */
export async function rooms({ connections, seconds, blocks: rounds }: RoomsOptions): Promise<void> {
  const server = await startServer({ core: 0 })
  try {
    const api = new Api(server.port)
    const roomCount = Math.floor(connections / (MEMBERS + 1))
    const guests = await api.enterAll(Array.from({ length: connections }, (_, index) => `Member ${index}`))
    const [owner] = guests
    if (!owner) throw new Error('There is at least one connection.')
    const seat = async (index: number, room: number, roomId: Seat['roomId']): Promise<Seat> => {
      const guest = guests[index] ?? owner
      await api.enterRoom(guest, roomId)
      return { token: guest.token, room, roomId }
    }
    // The owner can be in 1,000 rooms: those are of everybody's own making.
    const ownRooms = await inParallel(guests.slice(0, roomCount), 16, (guest, index) =>
      api.createRoom(guest, `Alone ${index}`),
    )
    const alone = await inParallel(ownRooms, 16, (roomId, index) => seat(index, index, roomId))
    const sharedRooms = await inParallel(guests.slice(roomCount, 2 * roomCount), 16, (guest, index) =>
      api.createRoom(guest, `Five ${index}`),
    )
    // The first of each room come first, because the first seats send.
    const shared = await inParallel(
      Array.from({ length: MEMBERS * roomCount }, (_, index) => index),
      16,
      (index) => {
        const room = index % roomCount
        const roomId = sharedRooms[room]
        if (!roomId) throw new Error(`There is no room ${room}.`)
        return seat(roomCount + index, roomCount + room, roomId)
      },
    )
    const bigRoom = await api.createRoom(owner, 'Big')
    const big = await inParallel(guests.slice(0, Math.min(BIG_ROOM, connections)), 16, (_, index) =>
      seat(index, 0, bigRoom),
    )
    const loads: Record<Kind, { seats: readonly Seat[]; senders: number; rate: number; zipf?: boolean }> = {
      'one big room': { seats: big, senders: 1, rate: BIG_ROOM_RATE },
      'many small rooms': { seats: [...shared, ...alone], senders: roomCount, rate: RATE, zipf: true },
      alone: { seats: [...alone, ...shared], senders: roomCount, rate: RATE, zipf: true },
    }
    const blocks: Block[] = []
    for (let round = -1; round < rounds; round++) {
      for (const kind of round % 2 === 0 ? KINDS : KINDS.toReversed()) {
        const common = { port: server.port, serverPid: server.pid, core: 1, outstanding: 8, warmUp: 2 }
        const result = await runLoad({ ...common, ...loads[kind], seconds: round < 0 ? WARM_UP_SECONDS : seconds })
        if (round < 0) continue // Compiled.
        blocks.push({ kind, round, result })
        const note = result.void.length > 0 ? `  VOID: ${result.void.join('; ')}` : ''
        console.log(
          `${kind.padEnd(16)} ${count(result.deliveriesPerSecond)} deliveries/s, ${percent(result.serverShare)}${note}`,
        )
      }
    }
    report(blocks, { connections, roomCount })
  } finally {
    await server.stop()
  }
}

function report(
  blocks: readonly Block[],
  { connections, roomCount }: { connections: number; roomCount: number },
): void {
  const valid = (kind: Kind) => blocks.filter((block) => block.kind === kind && block.result.void.length === 0)
  const middle = (kind: Kind, of: (result: LoadResult) => number) => median(valid(kind).map(({ result }) => of(result)))
  const perPost = ({ serverNs, acks }: LoadResult) => serverNs / Math.max(1, acks)
  say(
    `${count(connections)} connections in ${count(roomCount)} rooms of ${MEMBERS} and ${count(roomCount)} rooms of one, ${RATE} posts/s by Zipf's law; the big room of ${count(Math.min(BIG_ROOM, connections))} gets ${BIG_ROOM_RATE} posts/s.\n`,
  )
  printTable([
    ['posts to', 'valid', 'CPU µs per post', 'deliveries/s', 'ack p99 ms', 'delivery p99 ms'],
    ...KINDS.map((kind) => [
      kind,
      `${valid(kind).length}/${blocks.filter((block) => block.kind === kind).length}`,
      (middle(kind, perPost) / 1_000).toFixed(0),
      count(middle(kind, ({ deliveriesPerSecond }) => deliveriesPerSecond)),
      middle(kind, ({ ackMs }) => ackMs[1]).toFixed(1),
      middle(kind, ({ deliveryMs }) => deliveryMs[1]).toFixed(1),
    ]),
  ])
  // Alone, one's own delivery is in it as well: four more come with the others. By pairs that ran side by side, because the
  // difference is small beside what the post itself costs, and that changes from minute to minute.
  const pairs = valid('many small rooms').flatMap(({ round, result }) => {
    const alone = valid('alone').find((block) => block.round === round)
    return alone ? [(perPost(result) - perPost(alone.result)) / (MEMBERS - 1)] : []
  })
  const small = median(pairs)
  const large = middle('one big room', ({ serverNs, deliveries }) => serverNs / Math.max(1, deliveries))
  const ratio = small / large
  const isMeasured = pairs.length > 0 && valid('one big room').length > 0
  const found = `${(small / 1_000).toFixed(1)} µs, in the big quiet room ${(large / 1_000).toFixed(1)} µs: ${ratio.toFixed(2)} ×`
  say(
    isMeasured
      ? `\n- S2: a delivery in a small room, less what the durable post costs, is ${found} (${pairs.length} pairs: ${pairs.map((ns) => (ns / 1_000).toFixed(1)).join(', ')}), at most ${MOST_RATIO}: ${ratio <= MOST_RATIO ? 'met' : 'not met'}`
      : '\n- S2: void: a side has no valid block',
  )
  keepResult('rooms', { blocks, small, large, ratio })
}
