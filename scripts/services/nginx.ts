import { chmodSync, closeSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isAlive, signal, withChildren } from './processes.ts'
import { programPath } from './programs.ts'

/** An Nginx of one's own on a free loopback port, in front of the given ports. */
export type Nginx = {
  readonly url: string
  readonly port: number
  stop: () => Promise<void>
  kill9: () => Promise<void>
  restart: () => Promise<void>
  pause: () => void
  resume: () => void
}

type NginxOptions = {
  /** A whole configuration with one `upstream`, such as deploy/nginx.conf; only its addresses are replaced. */
  readonly configuration: string
  /** On loopback, or `address:port`. */
  readonly upstreamPorts: readonly (number | string)[]
}

const startLimitMs = 10_000

export async function startNginx({ configuration, upstreamPorts }: NginxOptions): Promise<Nginx> {
  sweep()
  const program = programPath('nginx')
  const folder = mkdtempSync(join(tmpdir(), `parley-nginx-${process.pid}-`))
  chmodSync(folder, 0o711) // Started as root, its workers are somebody else.
  const port = await freePort()
  const places = { ports: [port, await freePort()], upstreamPorts } as const
  const text = withAddresses(readFileSync(configuration, 'utf8'), places)
  writeFileSync(join(folder, 'nginx.conf'), text)
  let server = await launch()
  let isStopped = false
  const killNow = () => {
    if (isStopped) return
    isStopped = true
    for (const pid of withChildren(server.pid)) signal(pid, 'SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  }
  process.once('exit', killNow)

  async function launch(): Promise<Bun.Subprocess> {
    const log = openSync(join(folder, 'log'), 'a')
    const started = Bun.spawn(
      [...dieWithParent(), program, '-p', folder, '-c', 'nginx.conf', '-e', 'stderr', '-g', 'daemon off; pid pid;'],
      { cwd: folder, env: { PATH: process.env.PATH ?? '', LC_ALL: 'C', TZ: 'UTC' }, stdio: ['ignore', log, log] },
    )
    closeSync(log)
    started.unref()
    await ready(port, started, join(folder, 'log'))
    return started
  }

  async function end(kind: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const all = withChildren(server.pid)
    for (const pid of all) signal(pid, 'SIGCONT')
    for (const pid of kind === 'SIGKILL' ? all : [server.pid]) signal(pid, kind)
    await server.exited
    while (all.some(isAlive)) await Bun.sleep(5) // A worker may outlive its master by a moment and hold the port.
  }

  return {
    url: `http://127.0.0.1:${port}`,
    port,
    stop: async () => {
      if (isStopped) return
      await end('SIGTERM')
      killNow()
      process.off('exit', killNow)
    },
    kill9: () => end('SIGKILL'),
    restart: async () => {
      if (server.exitCode === null && server.signalCode === null) await end('SIGTERM')
      server = await launch()
    },
    pause: () => {
      for (const pid of withChildren(server.pid)) signal(pid, 'SIGSTOP')
    },
    resume: () => {
      for (const pid of withChildren(server.pid)) signal(pid, 'SIGCONT')
    },
  }
}

/** The configuration as it is, but for where it listens, whom it asks, and where its files lie. Errors: it has no such places. */
function withAddresses(
  text: string,
  { ports, upstreamPorts }: { ports: readonly [number, number]; upstreamPorts: readonly (number | string)[] },
): string {
  const servers = [...text.matchAll(/^ +server [a-z0-9.-]+:\d+( .*)?;\n/gm)]
  const [first] = servers
  if (!first) throw new Error('The configuration names no instances.')
  const kinds = [...new Set(servers.map(([, more]) => more ?? ''))]
  const places = upstreamPorts.map((port) => (typeof port === 'number' ? `127.0.0.1:${port}` : port))
  const own = kinds.flatMap((more) => places.map((place) => `    server ${place}${more};\n`)).join('')
  const among = servers.reduce((rest, [line], index) => rest.replace(line, index === 0 ? own : ''), text)
  const listening = among
    .replace(/listen 80 /, `listen 127.0.0.1:${ports[0]} `)
    .replace(/listen \[::\]:80 /, `listen 127.0.0.1:${ports[1]} `)
  if (listening === among) throw new Error('The configuration does not say where to listen.')
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `  ${name}_temp_path ${name};\n`)
  return listening.replace(/^http \{\n/m, (line) => line + paths.join(''))
}

async function ready(port: number, server: Bun.Subprocess, log: string): Promise<void> {
  const deadline = Date.now() + startLimitMs
  for (;;) {
    if (server.exitCode !== null) throw new Error(`Nginx did not start:\n${readFileSync(log, 'utf8').slice(-2000)}`)
    try {
      // Of Nginx itself: the instances may come later.
      const response = await fetch(`http://127.0.0.1:${port}/metrics`)
      await response.body?.cancel()
      return
    } catch (error) {
      if (Date.now() > deadline) throw error
      await Bun.sleep(10)
    }
  }
}

// TERM, because the workers outlive a master that is killed.
function dieWithParent(): string[] {
  return Bun.which('setpriv') ? ['setpriv', '--pdeathsig=TERM'] : []
}

/** Removes what runs that were killed have left behind; the folder's name carries the process that made it. */
function sweep(): void {
  for (const name of readdirSync(tmpdir())) {
    const pid = /^parley-nginx-(\d+)-/.exec(name)?.[1]
    if (pid !== undefined && !isAlive(Number(pid))) rmSync(join(tmpdir(), name), { recursive: true, force: true })
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      const port = typeof address === 'object' && address ? address.port : 0
      server.close(() => resolve(port))
    })
  })
}
