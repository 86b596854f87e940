import { buildNative } from '../lib/native.ts'
import { keepResult, say } from '../lib/report.ts'
import { type Block, type Drive, type Pace, type Running, run, runBlock } from '../peers/block.ts'
import { ejabberd } from '../peers/ejabberd.ts'
import { fastapi } from '../peers/fastapi.ts'
import { plot, tellFindings } from '../peers/findings.ts'
import { inspircd } from '../peers/inspircd.ts'
import { socketIo, wsOnBun, wsOnNode } from '../peers/javascript-peers.ts'
import { ngircd } from '../peers/ngircd.ts'
import { batched, naive, parley } from '../peers/own.ts'
import type { Peer } from '../peers/peer.ts'

export interface PeersOptions {
  readonly connections: number
  readonly seconds: number
  /** One block of each instead of two in mirrored order. */
  readonly quick: boolean
  /** Only these. */
  readonly names?: readonly string[]
}

const PEERS: readonly Peer[] = [inspircd, ngircd, wsOnNode, wsOnBun, socketIo, ejabberd, fastapi]
const STEADY_RATE = 40
const STEADY_SENDERS = 20
const LOOP_SENDERS = 200
const REPEATING_MS = { quick: 60_000, full: 15 * 60_000 }

/** The same room on everybody's server: what a delivery costs, and how many there can be. */
export async function peers(options: PeersOptions): Promise<void> {
  const wanted = PEERS.filter(({ name }) => options.names?.includes(name) ?? true)
  if (wanted.length < (options.names?.length ?? 0))
    throw new Error(`The peers are ${PEERS.map(({ name }) => name).join(', ')}.`)
  buildNative()
  const repeatsUntil = performance.now() + REPEATING_MS[options.quick ? 'quick' : 'full']
  const measured: Peer[] = []
  const blocks: Block[] = []
  for (const peer of wanted) {
    const missing = peer.missing()
    if (missing) {
      say(`- **${peer.title} was not measured.** ${missing}`)
      continue
    }
    console.log(`-- ${peer.title} (${peer.version()})`)
    blocks.push(...(await runBeside(peer, { ...options, repeatsUntil })))
    measured.push(peer)
  }
  if (measured.length === 0) return
  const versions = Object.fromEntries(measured.map((peer) => [peer.name, peer.version()]))
  tellFindings({ peers: measured, blocks })
  say(`\n${measured.map((peer) => `${peer.title}: ${versions[peer.name]}`).join(' · ')}`)
  if (options.names) console.log('\nnot kept: it takes all peers to fill the document')
  else {
    plot({ peers: measured, blocks })
    say('\n![Server CPU per delivery](peers-cost.svg)\n\n![Deliveries a second](peers-rate.svg)')
    keepResult('peers', { options, versions, blocks })
  }
}

/** Runs a peer in the middle of Parley and the references, in mirrored order. */
async function runBeside(peer: Peer, options: PeersOptions & Pace): Promise<Block[]> {
  const running: Running[] = []
  const blocks: Block[] = []
  try {
    for (const one of [parley, peer, naive, batched]) running.push(await run(one))
    const order = options.quick ? running : [...running, ...running.toReversed()]
    for (const drive of drives(peer, options)) {
      for (const one of order) {
        const result = await runBlock(one, drive, options)
        blocks.push({ server: one.peer.name, beside: peer.name, drive, result, emptyKb: one.emptyKb })
      }
    }
  } catch (error) {
    say(`- **${peer.title} gave no figure.** ${error instanceof Error ? error.message.split('\n')[0] : error}`)
  } finally {
    for (const { server } of running) await server.stop()
  }
  return blocks
}

function drives(peer: Peer, options: PeersOptions): Drive[] {
  const connections = Math.min(options.connections, peer.mostConnections ?? options.connections)
  const [fewest, loopSenders] = [Math.ceil(connections / 2), peer.senders ?? LOOP_SENDERS]
  // The loop comes first: it also warms up what compiles while it runs.
  return [
    { name: 'loop', connections, senders: Math.min(loopSenders, fewest) },
    { name: 'steady', connections, senders: Math.min(STEADY_SENDERS, fewest), rate: peer.rate ?? STEADY_RATE },
  ]
}
