import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { RoomId } from '@parley/protocol'
import { Api, type Guest, inParallel } from '../../../bench/lib/api.ts'
import { type Load, runLoad, type Seat } from '../../../bench/lib/loadgen.ts'
import { buildNative } from '../../../bench/lib/native.ts'
import { bun, dieWithParent, pinned, startServer } from '../../../bench/lib/server-process.ts'
import { freePort } from '../../../scripts/services/free-port.ts'
import { type Driven, runSocketLoad } from './socket-load.ts'

export interface GuardServer {
  readonly port: number
  readonly pid: number
  /** So many people, in one room where nothing was said yet or each alone in a room of their own. */
  seats(people: number, where: 'together' | 'alone'): Promise<Seat[]>
  stop(): Promise<void>
}

const hasCompiler = ['cc', 'gcc', 'clang'].some((name) => Bun.which(name) !== null)
const mayPin = availableParallelism() > 1 && Bun.which('taskset') !== null
const [serverCore, generatorCore] = mayPin ? [0, 1] : [undefined, undefined]

/** Drives a server with the generator of the bench, or where nothing compiles that with plain sockets. */
export function drive(load: Omit<Load, 'core' | 'serverPid'> & { readonly serverPid: number }): Promise<Driven> {
  return hasCompiler
    ? runLoad({ ...load, ...(generatorCore !== undefined && { core: generatorCore }) })
    : runSocketLoad(load)
}

/** As shipped, on SQLite with FULL sync, without the limits of a public server. */
export async function startParley(): Promise<GuardServer> {
  const server = await startServer(serverCore === undefined ? {} : { core: serverCore })
  const api = new Api(server.port)
  let guests: Guest[] = []
  let rooms = 0
  return {
    port: server.port,
    pid: server.pid,
    async seats(people, where) {
      if (guests.length < people)
        guests = await api.enterAll(Array.from({ length: people }, (_, index) => `Member ${index}`))
      const chosen = guests.slice(0, people)
      const [owner] = chosen as [Guest] // as: at least one
      if (where === 'alone')
        return inParallel(chosen, 16, async (guest, room) => {
          const roomId = await api.createRoom(guest, `Room ${++rooms}`)
          return { token: guest.token, room, roomId }
        })
      const roomId = await api.createRoom(owner, `Room ${++rooms}`)
      await inParallel(chosen, 32, (guest) => api.enterRoom(guest, roomId))
      return chosen.map(({ token }) => ({ token, room: 0, roomId }))
    },
    stop: () => server.stop(),
  }
}

/** Forwards and stores nothing: the naive one in C, or where nothing compiles that one in this runtime. */
export function startForwarder(): Promise<GuardServer> {
  return startReference((port) => (hasCompiler ? [buildNative().reference, 'naive', String(port)] : inJavaScript(port)))
}

/** Stores each message in one table before it is told, with FULL sync, and does nothing else. */
export function startPlainStore(): Promise<GuardServer> {
  return startReference((port, folder) => [...inJavaScript(port), join(folder, 'reference.db')])
}

const inJavaScript = (port: number): string[] => [
  bun,
  fileURLToPath(new URL('./reference-server.ts', import.meta.url)),
  String(port),
]

async function startReference(command: (port: number, folder: string) => string[]): Promise<GuardServer> {
  const [port, folder] = [await freePort(), mkdtempSync(join(tmpdir(), 'parley-guard-'))]
  const [program = '', ...words] = [...dieWithParent, ...pinned(serverCore), ...command(port, folder)]
  const child = spawn(program, words, { stdio: ['ignore', 'inherit', 'inherit'] })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const stop = async () => {
    child.kill('SIGKILL')
    await ended
    rmSync(folder, { recursive: true, force: true })
  }
  if (!(await listens(port, () => child.exitCode === null))) {
    await stop()
    throw new Error('The reference does not listen.')
  }
  return {
    port,
    pid: child.pid ?? 0,
    seats: async (people, where) =>
      Array.from({ length: people }, (_, index) => {
        const room = where === 'alone' ? index : 0
        const roomId = `00000000-0000-7000-8000-${String(room).padStart(12, '0')}` as RoomId // as: any will do
        return { token: 'none', room, roomId }
      }),
    stop,
  }
}

const START_LIMIT_MS = 20_000

async function listens(port: number, isAlive: () => boolean): Promise<boolean> {
  const deadline = performance.now() + START_LIMIT_MS
  while (isAlive() && performance.now() < deadline) {
    try {
      const socket = await Bun.connect({ hostname: '127.0.0.1', port, socket: { data() {} } })
      socket.end()
      return true
    } catch {
      await Bun.sleep(20) // Not listening yet, and nothing tells when it does.
    }
  }
  return false
}
