import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

// A socket's path has room for little more in the kernel's structure.
const LONGEST_PATH = 100

/** Where the server of a data folder listens to the command line: in the folder, or where `control.path` says. (SPEC B4) */
export function controlPath(dataFolder: string): string {
  const pointer = join(resolve(dataFolder), 'control.path')
  if (existsSync(pointer)) return readFileSync(pointer, 'utf8').trim()
  return join(resolve(dataFolder), 'control.sock')
}

/** Where a server that begins now shall listen. A path that is too long is replaced by one in a private folder. */
export async function newControlPath(dataFolder: string): Promise<string> {
  const pointer = join(resolve(dataFolder), 'control.path')
  rmSync(pointer, { force: true })
  const path = join(resolve(dataFolder), 'control.sock')
  if (Buffer.byteLength(path) <= LONGEST_PATH) return path
  const folder = await mkdtemp(join(tmpdir(), 'parley-')) // Made 0700.
  writeFileSync(pointer, `${join(folder, 'control.sock')}\n`, { mode: 0o600 })
  return join(folder, 'control.sock')
}
