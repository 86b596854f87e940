import { spawnSync } from 'node:child_process'
import { isAlive } from '../../../scripts/services/processes.ts'
import type { Line } from './cluster.ts'

/**
 * A network of its own for each instance, joined by a bridge on which this machine has an address too. What passes between is
 * the kernel's TCP: packets that are dropped are sent again, as on a real line. Needs root, iproute2 and nftables.
 */
export class Namespaces {
  /** Of this machine, where PostgreSQL, Redis and Nginx are reached. */
  readonly address: string
  readonly network: string
  readonly #name: string
  readonly #bridge: string
  readonly #spaces: string[] = []

  constructor() {
    sweep()
    const { pid } = process
    const prefix = `10.${100 + (pid % 100)}.${Math.floor(pid / 100) % 250}`
    this.address = `${prefix}.1`
    this.network = `${prefix}.0/24`
    this.#name = `parley-${pid}`
    this.#bridge = `plb${pid}`
    run('ip', 'link', 'add', this.#bridge, 'type', 'bridge')
    run('ip', 'address', 'add', `${this.address}/24`, 'dev', this.#bridge)
    run('ip', 'link', 'set', this.#bridge, 'up')
    process.once('exit', this.remove)
  }

  /** One more network; `within` brings a program there. */
  add(): { readonly host: string; readonly within: readonly string[]; readonly space: string } {
    const index = this.#spaces.length
    const space = `${this.#name}-${index}`
    const host = this.address.replace(/\.1$/, `.${10 + index}`)
    const [here, there] = [`plv${process.pid}${index}`, `eth0`]
    run('ip', 'netns', 'add', space)
    this.#spaces.push(space)
    run('ip', 'link', 'add', here, 'type', 'veth', 'peer', 'name', there, 'netns', space)
    run('ip', 'link', 'set', here, 'master', this.#bridge)
    run('ip', 'link', 'set', here, 'up')
    const inside = (...words: string[]) => run('ip', 'netns', 'exec', space, ...words)
    inside('ip', 'address', 'add', `${host}/24`, 'dev', there)
    inside('ip', 'link', 'set', there, 'up')
    inside('ip', 'link', 'set', 'lo', 'up')
    return { host, within: ['ip', 'netns', 'exec', space], space }
  }

  /** The line between an instance and whoever listens on the port, or comes to it, as seen from the instance. */
  line(space: string, { port, isOwn }: { port: number; isOwn: boolean }): Line {
    return new NetworkLine({ space, port, isOwn })
  }

  readonly remove = (): void => {
    process.off('exit', this.remove)
    for (const space of this.#spaces.splice(0)) spawnSync('ip', ['netns', 'delete', space])
    spawnSync('ip', ['link', 'delete', this.#bridge])
  }
}

/** Whether networks can be made here. */
export function mayMakeNamespaces(): boolean {
  const name = `parley-${process.pid}-try`
  const isMade = spawnSync('ip', ['netns', 'add', name]).status === 0
  if (isMade) spawnSync('ip', ['netns', 'delete', name])
  return isMade && spawnSync('nft', ['--version']).status === 0
}

/** Breaks by the packet filter: silently both ways, silently in one direction, or loudly. */
class NetworkLine implements Line {
  readonly faults: Line['faults']
  readonly #space: string
  readonly #port: number
  readonly #isOwn: boolean
  readonly #table: string

  constructor({ space, port, isOwn }: { space: string; port: number; isOwn: boolean }) {
    this.#space = space
    this.#port = port
    this.#isOwn = isOwn
    this.#table = `parley${port}`
    const set = (isRefused: boolean) => (isRefused ? this.#filter('reject with tcp reset', 'both') : this.#open())
    this.faults = {
      set refuses(isRefused: boolean) {
        set(isRefused)
      },
    }
  }

  pause(): void {
    this.#filter('drop', 'both')
  }

  resume(): void {
    this.#open()
  }

  blackhole(): void {
    this.#filter('drop', 'incoming')
  }

  heal(): void {
    this.#open()
  }

  /** What is refused is cut as soon as anybody speaks. */
  cut(): void {}

  #filter(verdict: string, which: 'both' | 'incoming'): void {
    this.#open()
    const [incoming, outgoing] = this.#isOwn ? ['dport', 'sport'] : ['sport', 'dport']
    const chain = (name: string, side: string) =>
      `chain ${name} {\ntype filter hook ${name} priority 0;\ntcp ${side} ${this.#port} ${verdict};\n}`
    const chains = [chain('input', incoming), ...(which === 'both' ? [chain('output', outgoing)] : [])]
    this.#nft(`table inet ${this.#table} {\n${chains.join('\n')}\n}`)
  }

  #open(): void {
    // Named first, so that deleting it never fails.
    this.#nft(`table inet ${this.#table} { }\ndelete table inet ${this.#table}`)
  }

  #nft(rules: string): void {
    run('ip', 'netns', 'exec', this.#space, 'nft', rules)
  }
}

/** Removes the networks that runs which were killed have left behind. */
function sweep(): void {
  const { stdout } = spawnSync('ip', ['netns', 'list'], { encoding: 'utf8' })
  for (const [name, pid] of stdout.matchAll(/^parley-(\d+)-\d+/gm)) {
    if (isAlive(Number(pid))) continue
    spawnSync('ip', ['netns', 'delete', name])
    spawnSync('ip', ['link', 'delete', `plb${pid}`])
  }
}

function run(...[program = '', ...words]: string[]): void {
  const { status, stderr } = spawnSync(program, words, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${program} ${words.join(' ')} failed: ${stderr}`)
}
