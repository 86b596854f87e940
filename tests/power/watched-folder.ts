import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { programPath } from '../../scripts/services/programs.ts'
import type { Files } from './disk.ts'

/** Slow enough that an answer which did not wait for the disk is there long before the sync has ended. */
const LONGEST_SYNC_US = 8_000

/** What makes a server write down all that it does to its data folder. */
export function watching(folder: string, journal: string): Readonly<Record<string, string>> {
  return {
    LD_PRELOAD: compiled(),
    PARLEY_POWER_FOLDER: folder,
    PARLEY_POWER_JOURNAL: journal,
    PARLEY_POWER_SYNC_US: String(LONGEST_SYNC_US),
  }
}

/** Compiles `disk.c`, once for each of its versions. */
function compiled(): string {
  const source = join(import.meta.dirname, 'disk.c')
  const version = createHash('sha256').update(readFileSync(source)).digest('hex').slice(0, 12)
  const library = join(tmpdir(), `parley-power-${process.getuid?.()}-${version}.so`)
  if (existsSync(library)) return library
  const draft = `${library}.${process.pid}`
  const { exitCode, stderr } = Bun.spawnSync([
    programPath('cc'),
    ...['-std=gnu11', '-Wall', '-Wextra', '-O2', '-shared', '-fPIC', '-o', draft, source, '-ldl', '-pthread'],
  ])
  if (exitCode !== 0) throw new Error(`disk.c could not be compiled:\n${stderr}`)
  renameSync(draft, library)
  return library
}

/** Makes a folder hold these files and nothing else. */
export function fill(folder: string, files: Files): void {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  for (const [path, bytes] of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true, mode: 0o700 })
    writeFileSync(join(folder, path), bytes, { mode: 0o600 })
  }
}

/** What a folder holds that a disk would keep: regular files, without what is shared memory. */
export function contentsOf(folder: string): Files {
  const names = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isFile())
  const kept = names.filter(({ name }) => !name.endsWith('-shm'))
  return new Map(kept.map(({ name }) => [name, new Uint8Array(readFileSync(join(folder, name)))]))
}
