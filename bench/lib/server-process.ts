import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort } from '../../scripts/services/free-port.ts'

export const root = fileURLToPath(new URL('../..', import.meta.url))
export const bun = join(root, 'node_modules/.bin/bun')

export interface ServerOptions {
  /** Default: a temporary one that goes with the server. */
  readonly dataFolder?: string
  /** Pins the process to this core. */
  readonly core?: number
  readonly port?: number
  /** Default: the server as shipped. */
  readonly entry?: string
  readonly env?: Readonly<Record<string, string>>
  /** Called with whatever the server writes to its log. */
  readonly onOutput?: (text: string) => void
}

/** Far beyond what any scenario asks, so that the limits of a public server do not become the result. */
export const NO_LIMITS = 'guests=999999999/s,all-guests=999999999/s,posts=999999999/s,queries=999999999/s'

export interface BenchServer {
  readonly pid: number
  readonly port: number
  readonly dataFolder: string
  /** Milliseconds from the start of the process to the first 200 of `/readyz`. */
  readonly readyAfterMs: number
  /** Resolves when the process has ended, for whatever reason. */
  readonly ended: Promise<void>
  stop(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>
}

/** Starts a real Parley on loopback and waits until it is ready. It ends with this process at the latest. */
export async function startServer(options: ServerOptions = {}): Promise<BenchServer> {
  const dataFolder = options.dataFolder ?? mkdtempSync(join(tmpdir(), 'parley-bench-'))
  const port = options.port ?? (await freePort())
  const words = [...pinned(options.core), bun, options.entry ?? 'apps/server/src/main.ts']
  const [program = '', ...rest] = [...dieWithParent, ...words]
  const startedAt = performance.now()
  const child = spawn(program, rest, {
    cwd: root,
    env: { ...cleanEnvironment(), ...settings(port, dataFolder), ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8')
    stream.on('data', (text: string) => {
      output = (output + text).slice(-20_000)
      options.onOutput?.(text)
    })
  }
  running.add(child)
  void ended.then(() => running.delete(child))
  const forget = () => {
    if (options.dataFolder === undefined) rmSync(dataFolder, { recursive: true, force: true })
  }
  try {
    await ready(child, port)
  } catch (error) {
    child.kill('SIGKILL')
    forget()
    throw new Error(`The server did not start.\n${output}`, { cause: error })
  }
  return {
    pid: child.pid ?? 0,
    port,
    dataFolder,
    readyAfterMs: performance.now() - startedAt,
    ended,
    async stop(signal = 'SIGTERM') {
      child.kill(signal)
      await ended
      forget()
    },
  }
}

export function pinned(core: number | undefined): string[] {
  return core === undefined ? [] : ['taskset', '-c', String(core)]
}

function settings(port: number, dataFolder: string): Record<string, string> {
  return {
    PARLEY_HOST: '127.0.0.1',
    PARLEY_PORT: String(port),
    PARLEY_DATA: dataFolder,
    PARLEY_LIMITS: NO_LIMITS,
    PARLEY_LOG: 'warn',
  }
}

const START_LIMIT_MS = 20_000

async function ready(child: ChildProcess, port: number): Promise<void> {
  const deadline = performance.now() + START_LIMIT_MS
  while (child.exitCode === null && performance.now() < deadline) {
    try {
      const response = await fetch(`http://127.0.0.1:${port}/readyz`)
      await response.body?.cancel()
      if (response.ok) return
    } catch {
      // Not listening yet.
    }
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  throw new Error(child.exitCode === null ? 'It was not ready in time.' : `It ended with ${child.exitCode}.`)
}

const running = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

const setpriv = ['/usr/bin/setpriv', '/bin/setpriv'].find((path) => existsSync(path))
export const dieWithParent = setpriv ? [setpriv, '--pdeathsig=KILL'] : []

/** What surrounds the bench must not configure the server. */
export function cleanEnvironment(): Record<string, string> {
  const kept = Object.entries(process.env).filter(([name]) => !/^(PARLEY_|PG|NODE_OPTIONS|NODE_ENV)/.test(name))
  return Object.fromEntries(kept.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])))
}
