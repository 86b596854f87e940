import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../../scripts/services/free-port.ts'
import { cleanEnvironment, dieWithParent, pinned } from '../lib/server-process.ts'
import { namedRooms, type PeerServer } from './peer.ts'

/** Where and how a peer runs: it gets a free port and a folder that goes with it. */
export interface Launch {
  command(port: number, folder: string): readonly string[]
  environment?(folder: string): Readonly<Record<string, string>>
  storedPosts?(folder: string): number
}

const START_LIMIT_MS = 30_000

/** Starts a peer on core 0 and waits until it listens. It ends with this process at the latest. */
export async function startPeer(launch: Launch): Promise<PeerServer> {
  const [port, folder] = [await freePort(), mkdtempSync(join(tmpdir(), 'parley-peer-'))]
  const [program = '', ...words] = [...dieWithParent, ...pinned(0), ...launch.command(port, folder)]
  const env = { ...cleanEnvironment(), ...launch.environment?.(folder) }
  const child = spawn(program, words, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8')
    stream.on('data', (text: string) => {
      output = (output + text).slice(-20_000)
    })
  }
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const end = () => {
    child.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  }
  process.on('exit', end)
  const stop = async () => {
    child.kill('SIGKILL')
    await ended
    process.off('exit', end)
    end()
  }
  const deadline = performance.now() + START_LIMIT_MS
  while (!(await listens(port))) {
    if (child.exitCode === null && performance.now() < deadline) continue
    await stop()
    throw new Error(`It does not listen.\n${output}`)
  }
  const { storedPosts } = launch
  return {
    pids: [child.pid ?? 0],
    port,
    seats: namedRooms(),
    ...(storedPosts && { storedPosts: () => storedPosts(folder) }),
    stop,
  }
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => setTimeout(resolve, 20, false))
  })
}

/** Why a program cannot run here, in a line; undefined when it can. */
export function missingFile(path: string, remedy: string): string | undefined {
  return existsSync(path) ? undefined : `${path} is not there: ${remedy}`
}

/** The version of a Debian package. */
export function debianVersion(name: string): string {
  const [, version = 'unknown'] = execFileSync('dpkg-query', ['-W', name], { encoding: 'utf8' }).trim().split('\t')
  return version
}
