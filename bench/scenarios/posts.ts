import { Database } from 'bun:sqlite'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { RoomId } from '@parley/protocol'
import { Api, type Guest, inParallel } from '../lib/api.ts'
import { type LoadResult, percent, runLoad, type Seat } from '../lib/loadgen.ts'
import { buildNative } from '../lib/native.ts'
import { median } from '../lib/quantiles.ts'
import { count, keepResult, printTable, say, verdict } from '../lib/report.ts'
import { type BenchServer, startServer } from '../lib/server-process.ts'

export interface PostsOptions {
  readonly seconds: number
  readonly blocks: number
}

interface Shape {
  readonly senders: number
  readonly outstanding: number
}

const SHAPES: readonly Shape[] = [
  { senders: 1, outstanding: 1 },
  { senders: 1, outstanding: 8 },
  { senders: 16, outstanding: 8 },
  { senders: 64, outstanding: 1 },
  { senders: 64, outstanding: 8 },
  { senders: 256, outstanding: 8 },
]
const MAIN: Shape = { senders: 64, outstanding: 8 }
export const MOST_SENDERS = 256

interface Block extends Shape {
  readonly sync: 'full' | 'none'
  readonly result: LoadResult
  readonly audited: number
}

/** Durable posts per second, each sender alone in its room, the server on one core; the same without sync beside it. */
export async function posts(options: PostsOptions): Promise<void> {
  const blocks: Block[] = []
  const durable = await prepare('full')
  try {
    for (const shape of SHAPES) blocks.push(await runBlock(durable, shape, options))
    // With and without sync, alternating, so that both see the same machine.
    const unsafe = await prepare('none')
    try {
      for (let block = 0; block < options.blocks; block++) {
        const order = block % 2 === 0 ? [unsafe, durable] : [durable, unsafe]
        for (const stage of order) blocks.push(await runBlock(stage, MAIN, options))
      }
    } finally {
      await unsafe.server.stop()
    }
  } finally {
    await durable.server.stop()
  }
  report(blocks, options)
}

export interface Stage {
  readonly sync: Block['sync']
  readonly server: BenchServer
  readonly seats: readonly Seat[]
}

export async function prepare(sync: Block['sync'], env: Readonly<Record<string, string>> = {}): Promise<Stage> {
  const withoutSync = { LD_PRELOAD: buildNative().sync, PARLEY_BENCH_SYNC: 'none' }
  const server = await startServer({ core: 0, env: { ...(sync === 'none' && withoutSync), ...env } })
  return { sync, server, seats: await soloRooms(server.port) }
}

/** Everybody alone in a room of their own. */
export async function soloRooms(port: number): Promise<Seat[]> {
  const api = new Api(port)
  const guests: Guest[] = await api.enterAll(Array.from({ length: MOST_SENDERS }, (_, index) => `Sender ${index}`))
  return inParallel(guests, 16, async (guest, room) => {
    const roomId: RoomId = await api.createRoom(guest, `Room ${room}`)
    return { token: guest.token, room, roomId }
  })
}

async function runBlock(stage: Stage, shape: Shape, { seconds }: PostsOptions): Promise<Block> {
  const acksFile = join(buildNative().folder, 'acks.txt')
  const seats = stage.seats.slice(0, shape.senders)
  const result = await runLoad({
    port: stage.server.port,
    serverPid: stage.server.pid,
    seats,
    ...shape,
    seconds,
    core: 1,
    acksFile,
  })
  const { found, missing } = audit(acksFile, stage.server.dataFolder, seats)
  const reasons = [
    ...result.void,
    ...(missing > 0 ? [`${missing} acknowledged posts are not stored as acknowledged`] : []),
  ]
  const block = { ...shape, sync: stage.sync, result: { ...result, void: reasons }, audited: found }
  console.log(line(block).join('  '))
  return block
}

/** Looks up every acknowledged post by command id, room, seq, number and body. */
export function audit(
  acksFile: string,
  dataFolder: string,
  seats: readonly Seat[],
): { found: number; missing: number } {
  const db = new Database(join(dataFolder, 'parley.db'), { readonly: true })
  const find = db.prepare<{ body: string; subject: string; id: string }, [string, string, number, string, number]>(
    `select cast(t.body as text) as body, e.subject, m.id from events e
     join messages m on m.room_id = ? join texts t on t.id = m.text_id
     where e.stream = ? and e.seq = ? and e.command_id = ? and m.number = ? and m.command_id = e.command_id`,
  )
  let found = 0
  let missing = 0
  for (const text of readFileSync(acksFile, 'utf8').split('\n')) {
    if (text === '') continue
    const [id = '', room = '', seq = '', number = '', mark = ''] = text.split(' ')
    const roomId = seats[Number(room)]?.roomId ?? ''
    const row = find.get(roomId, `room:${roomId}`, Number(seq), id, Number(number))
    if (row?.subject === row?.id && row?.body.startsWith(`^M${mark}.`)) found += 1
    else missing += 1
  }
  find.finalize()
  db.close()
  return { found, missing }
}

function line({ senders, outstanding, sync, result, audited }: Block): string[] {
  const isVoid = result.void.length > 0
  const perPost = result.serverNs / Math.max(1, result.acks) / 1_000
  return [
    `${senders} × ${outstanding}`,
    sync,
    isVoid ? `void: ${result.void.join('; ')}` : count(result.acksPerSecond),
    `${perPost.toFixed(1)} µs`,
    count(1e6 / perPost),
    percent(result.serverShare),
    percent(result.generatorShare),
    `${result.ackMs[0].toFixed(1)}/${result.ackMs[1].toFixed(1)}`,
    String(audited),
  ]
}

function report(blocks: readonly Block[], options: PostsOptions): void {
  say('Posts stored, acknowledged after the sync, then each looked up in the database.\n')
  printTable([
    [
      'senders × outstanding',
      'sync',
      'posts/s',
      'CPU per post',
      'posts per CPU s',
      'server core',
      'generator',
      'ack p50/p99 ms',
      'audited',
    ],
    ...blocks.map(line),
  ])
  const main = blocks.filter(
    ({ senders, outstanding, result }) =>
      senders === MAIN.senders && outstanding === MAIN.outstanding && result.void.length === 0,
  )
  const rate = (sync: Block['sync']) =>
    median(main.filter((block) => block.sync === sync).map(({ result }) => result.acksPerSecond))
  const [full, none] = [rate('full'), rate('none')]
  say(`\n- 64 × 8, durable posts/s: ${verdict(full, 30_000)}`)
  say(`- 64 × 8, against no sync: ${verdict(full / none, 0.8)}`)
  keepResult('posts', { options, blocks, full, none })
}
