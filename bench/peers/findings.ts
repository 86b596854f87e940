import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Bar, barChart } from '../lib/bar-chart.ts'
import type { LoadResult } from '../lib/loadgen.ts'
import { median } from '../lib/quantiles.ts'
import { count, printTable, say } from '../lib/report.ts'
import { root } from '../lib/server-process.ts'
import { type Block, type Drive, nsPerDelivery } from './block.ts'
import { batched, naive, parley } from './own.ts'
import type { Peer } from './peer.ts'

export interface Measured {
  readonly peers: readonly Peer[]
  readonly blocks: readonly Block[]
}

/** A peer's median beside the medians of those who ran in the same group of blocks; 0 without a valid block. */
interface Beside {
  readonly peer: Peer
  readonly drive: Drive
  readonly valid: string
  readonly result: (server: string, pick: (result: LoadResult) => number) => number
}

/** Prints what was found as the lines and tables of the document. */
export function tellFindings(measured: Measured): void {
  const [steady, loop] = (['steady', 'loop'] as const).map((name) => besides(measured, name))
  say('Blocks of each peer stand between blocks of Parley and of the references. ×: times as much as theirs.\n')
  say('**At a steady rate**, which leaves everybody unsaturated: server CPU per delivery, less is better.\n')
  tellSteady(measured, steady ?? [])
  say('\n**In a closed loop**: deliveries a second on one core, more is better.\n')
  tellLoop(loop ?? [])
  say('')
  for (const name of ['inspircd', 'ngircd']) tellAhead(name, steady ?? [], loop ?? [])
}

const besides = ({ peers, blocks }: Measured, drive: Drive['name']): Beside[] => {
  const rows = peers.flatMap((peer) => beside(peer, blocks, (block) => block.beside === peer.name, drive))
  const [first] = rows
  const isAlike = ({ drive: other }: Block) =>
    other.connections === first?.drive.connections &&
    other.senders === first.drive.senders &&
    other.rate === first.drive.rate
  return [...OWN.flatMap((own) => beside(own, blocks, isAlike, drive)), ...rows]
}

/** Parley and the references come first, with all of their blocks that were driven like those of the first peer. */
const OWN = [parley, naive, batched]

function beside(peer: Peer, blocks: readonly Block[], isIn: (block: Block) => boolean, drive: Drive['name']): Beside[] {
  const ran = blocks.filter((block) => block.drive.name === drive && isIn(block))
  const of = (server: string) => ran.filter((block) => block.server === server)
  const valid = (server: string) => of(server).filter(({ result }) => result.void.length === 0)
  const [first] = of(peer.name)
  if (!first) return []
  const row: Beside = {
    peer,
    drive: first.drive,
    valid: `${valid(peer.name).length}/${of(peer.name).length}`,
    result: (server, pick) => median(valid(server).map(({ result }) => pick(result))),
  }
  return [row]
}

/** What a server grew by from its start until all were in its first room, accounts and all, in kilobytes a connection. */
const kilobytesEach = ({ peers, blocks }: Measured, { name }: Peer): number =>
  median(
    peers.flatMap((peer) => {
      const block = blocks.find(({ server, beside }) => server === name && beside === peer.name)
      return block ? [(block.result.ownKb - block.emptyKb) / block.drive.connections] : []
    }),
  )

function tellSteady(measured: Measured, rows: readonly Beside[]): void {
  printTable([
    ['server', 'stored', 'room, posts/s', 'valid', 'CPU', '× Parley', '× naive C', '× batched C', 'p99', 'KB each'],
    ...rows.map(({ peer, drive, valid, result }) => {
      const own = result(peer.name, nsPerDelivery)
      return [
        peer.title,
        peer.durability,
        `${count(drive.connections)}, ${drive.rate}`,
        valid,
        own > 0 ? `${(own / 1_000).toFixed(2)} µs` : 'void',
        ...['parley', 'naive', 'batched'].map((name) => times(own, result(name, nsPerDelivery))),
        milliseconds(result(peer.name, p99)),
        kilobytes(kilobytesEach(measured, peer)),
      ]
    }),
  ])
}

function tellLoop(rows: readonly Beside[]): void {
  printTable([
    [
      'server',
      'stored',
      'room, senders',
      'valid',
      'deliveries/s',
      '× Parley',
      '× naive C',
      '× batched C',
      'CPU',
      'p99',
    ],
    ...rows.map(({ peer, drive, valid, result }) => {
      const own = result(peer.name, rate)
      const cost = result(peer.name, nsPerDelivery)
      return [
        peer.title,
        peer.durability,
        `${count(drive.connections)}, ${drive.senders}`,
        valid,
        own > 0 ? count(own) : 'void',
        ...['parley', 'naive', 'batched'].map((name) => times(own, result(name, rate))),
        cost > 0 ? `${(cost / 1_000).toFixed(2)} µs` : 'void',
        milliseconds(result(peer.name, p99)),
      ]
    }),
  ])
}

const rate = (result: LoadResult): number => result.deliveriesPerSecond
const p99 = (result: LoadResult): number => result.deliveryMs[1]

function times(own: number, other: number): string {
  if (own <= 0 || other <= 0) return 'void'
  const ratio = own / other
  return ratio < 0.095 ? ratio.toPrecision(2) : ratio.toFixed(2)
}

const milliseconds = (value: number): string => (value > 0 ? `${value.toFixed(value < 10 ? 1 : 0)} ms` : '–')
const kilobytes = (value: number): string => (value > 0 ? value.toFixed(1) : '–')

function tellAhead(name: string, steady: readonly Beside[], loop: readonly Beside[]): void {
  const [cost, speed] = [steady, loop].map((rows) => rows.find(({ peer }) => peer.name === name))
  if (!cost || !speed) return
  const lead = cost.result(name, nsPerDelivery) / cost.result('parley', nsPerDelivery)
  const faster = speed.result('parley', rate) / speed.result(name, rate)
  say(`- ahead of ${cost.peer.title} while storing: steady, ${ahead(lead)}; in a closed loop, ${ahead(faster)}`)
}

function ahead(ratio: number): string {
  if (!Number.isFinite(ratio) || ratio === 0) return 'void: a side has no valid block'
  return ratio >= 1 ? `met (${ratio.toFixed(2)} ≥ 1)` : `not met (${ratio.toFixed(2)} < 1)`
}

/** Writes the plots beside the document. */
export function plot(measured: Measured): void {
  const bars = (drive: Drive['name'], pick: (result: LoadResult) => number, note: (value: number) => string): Bar[] =>
    besides(measured, drive).map(({ peer, drive: driven, result }) => {
      const value = result(peer.name, pick)
      const size = driven.connections === 1_000 ? '' : `, room of ${driven.connections}`
      return { name: peer.title, value, colour: colourOf(peer), note: value > 0 ? `${note(value)}${size}` : 'void' }
    })
  const microseconds = (result: LoadResult) => nsPerDelivery(result) / 1_000
  const cost = bars('steady', microseconds, (value) => `${value.toFixed(1)} µs`)
  const speed = bars('loop', rate, (value) => `${count(value)}/s`)
  const write = (file: string, svg: string) => writeFileSync(join(root, 'docs', file), svg)
  const label = 'blue: every message survives power loss (D2) · orange: nothing is stored, or later · logarithmic scale'
  write(
    'peers-cost.svg',
    barChart({ title: 'Server CPU per delivery, steady rate (less is better)', label, bars: cost }),
  )
  write(
    'peers-rate.svg',
    barChart({ title: 'Deliveries a second on one core, closed loop (more is better)', label, bars: speed }),
  )
}

const colourOf = ({ durability }: Peer): string => (durability === 'D2' ? '#4a7dff' : '#e0712c')
