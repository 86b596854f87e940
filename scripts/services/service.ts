import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isAlive, signal, withChildren } from './processes.ts'

/** A system program that runs for a test, in a folder of its own. */
export type Service = {
  /** Ends it gently and removes its folder. */
  stop: () => Promise<void>
  kill9: () => Promise<void>
  /** At the same place; what runs is ended gently before. */
  restart: () => Promise<void>
  pause: () => void
  resume: () => void
}

type ServiceOptions = {
  readonly name: string
  /** Made by `ownFolder`. */
  readonly folder: string
  readonly command: readonly string[]
  /** How its operator asks it to stop. */
  readonly gently: 'SIGTERM' | 'SIGINT'
  readonly startLimitMs: number
  /** Answers false, or fails, while it is not. */
  readonly isReady: () => Promise<boolean>
}

/** A new folder for a service; those of runs that were killed are removed: their names carry the process that made them. */
export function ownFolder(kind: string): string {
  for (const name of readdirSync(tmpdir())) {
    const pid = new RegExp(`^parley-${kind}-(\\d+)-`).exec(name)?.[1]
    if (pid !== undefined && !isAlive(Number(pid))) rmSync(join(tmpdir(), name), { recursive: true, force: true })
  }
  return mkdtempSync(join(tmpdir(), `parley-${kind}-${process.pid}-`))
}

/** Put before a command, it ends the program with the process that started it, where the system can. */
export function dieWithParent(by: 'KILL' | 'TERM' = 'KILL'): string[] {
  return Bun.which('setpriv') ? ['setpriv', `--pdeathsig=${by}`] : []
}

/** PGPORT and the like must not leak in. */
export function plainEnv(): Record<string, string> {
  return { PATH: process.env.PATH ?? '', LC_ALL: 'C', TZ: 'UTC' }
}

/** Starts it and waits until it is ready. Errors: it did not start, with the end of what it said. */
export async function startService(options: ServiceOptions): Promise<Service> {
  const { folder, gently } = options
  let server = await launch(options)
  let isStopped = false
  const all = () => withChildren(server.pid)
  const killNow = () => {
    if (isStopped) return
    isStopped = true
    for (const pid of all()) signal(pid, 'SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  }
  process.once('exit', killNow)

  async function end(how: typeof gently | 'SIGKILL'): Promise<void> {
    const present = all()
    for (const pid of present) signal(pid, 'SIGCONT') // What is paused hears nothing else.
    for (const pid of how === 'SIGKILL' ? present : [server.pid]) signal(pid, how)
    await server.exited
    while (present.some(isAlive)) await Bun.sleep(5) // A child may outlive it by a moment and hold its memory or port.
  }

  return {
    stop: async () => {
      if (isStopped) return
      await end(gently)
      killNow()
      process.off('exit', killNow)
    },
    kill9: () => end('SIGKILL'),
    restart: async () => {
      if (server.exitCode === null && server.signalCode === null) await end(gently)
      server = await launch(options)
    },
    pause: () => {
      for (const pid of all()) signal(pid, 'SIGSTOP')
    },
    resume: () => {
      for (const pid of all()) signal(pid, 'SIGCONT')
    },
  }
}

async function launch({ name, folder, command, startLimitMs, isReady }: ServiceOptions): Promise<Bun.Subprocess> {
  const path = join(folder, 'log')
  const log = openSync(path, 'a')
  const server = Bun.spawn([...command], { cwd: folder, env: plainEnv(), stdio: ['ignore', log, log] })
  closeSync(log)
  server.unref()
  const deadline = Date.now() + startLimitMs
  for (;;) {
    if (server.exitCode !== null) throw new Error(`${name} did not start:\n${readFileSync(path, 'utf8').slice(-2000)}`)
    if (await isReady().catch(() => false)) return server
    if (Date.now() > deadline) throw new Error(`${name} is not ready after ${startLimitMs / 1_000} s.`)
    await Bun.sleep(10)
  }
}
