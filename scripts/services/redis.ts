import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isAlive, signal } from './processes.ts'
import { programPath } from './programs.ts'

/** A Redis (or Valkey) of one's own on a free loopback port, which keeps nothing on disk. */
export type Redis = {
  readonly url: string
  readonly port: number
  stop: () => Promise<void>
  kill9: () => Promise<void>
  /** On the same port, empty. */
  restart: () => Promise<void>
  pause: () => void
  resume: () => void
}

type RedisOptions = {
  readonly password?: string
  /** An address of this machine to listen on as well. */
  readonly also?: string
}

const startLimitMs = 10_000

export async function startRedis({ password, also }: RedisOptions = {}): Promise<Redis> {
  sweep()
  const program = programPath('redis')
  const folder = mkdtempSync(join(tmpdir(), `parley-redis-${process.pid}-`))
  const port = await freePort()
  let server = await launch()
  let isStopped = false
  const killNow = () => {
    if (isStopped) return
    isStopped = true
    signal(server.pid, 'SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  }
  process.once('exit', killNow)

  async function launch(): Promise<Bun.Subprocess> {
    const log = openSync(join(folder, 'log'), 'a')
    const settings = [
      '--port',
      String(port),
      '--bind',
      '127.0.0.1',
      ...(also === undefined ? [] : [also, '--protected-mode', 'no']),
      '--save',
      '',
      '--appendonly',
      'no',
    ]
    const secret = password === undefined ? [] : ['--requirepass', password]
    const started = Bun.spawn([...dieWithParent(), program, ...settings, ...secret], {
      cwd: folder,
      env: { PATH: process.env.PATH ?? '', LC_ALL: 'C', TZ: 'UTC' },
      stdio: ['ignore', log, log],
    })
    closeSync(log)
    started.unref()
    await ready(port, started, join(folder, 'log'))
    return started
  }

  async function end(kind: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    signal(server.pid, 'SIGCONT')
    signal(server.pid, kind)
    await server.exited
  }

  return {
    url: password === undefined ? `redis://127.0.0.1:${port}` : `redis://:${password}@127.0.0.1:${port}`,
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
    pause: () => signal(server.pid, 'SIGSTOP'),
    resume: () => signal(server.pid, 'SIGCONT'),
  }
}

async function ready(port: number, server: Bun.Subprocess, log: string): Promise<void> {
  const deadline = Date.now() + startLimitMs
  for (;;) {
    if (server.exitCode !== null) throw new Error(`Redis did not start:\n${readFileSync(log, 'utf8').slice(-2000)}`)
    if (await answers(port)) return
    if (Date.now() > deadline) throw new Error(`Redis does not answer on port ${port}.`)
    await Bun.sleep(10)
  }
}

/** `PING` is answered by a server that is ready; one that wants a password first says so, and is ready too. */
function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\n'))
    const done = (isReady: boolean) => {
      socket.destroy()
      resolve(isReady)
    }
    socket.setTimeout(1_000, () => done(false))
    socket.on('error', () => done(false))
    socket.on('data', (data) => done(/^(\+PONG|-NOAUTH)/.test(data.toString())))
  })
}

function dieWithParent(): string[] {
  return Bun.which('setpriv') ? ['setpriv', '--pdeathsig=KILL'] : []
}

/** Removes what runs that were killed have left behind; the folder's name carries the process that made it. */
function sweep(): void {
  for (const name of readdirSync(tmpdir())) {
    const pid = /^parley-redis-(\d+)-/.exec(name)?.[1]
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
