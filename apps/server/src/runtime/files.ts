import { readdirSync, statfsSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** Paths of all files under a folder, relative to it, with forward slashes; none when the folder is missing. */
export function filesUnder(folder: string): string[] {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return []
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
}

export function readBytes(path: string): Promise<Uint8Array<ArrayBuffer>> {
  return Bun.file(path).bytes()
}

/** When the file was last written, epoch ms; 0 when it is missing. */
export function modifiedAt(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0
}

/** Bytes that are left for us on the disk that holds `path`. */
export function freeBytes(path: string): number {
  const { bavail, bsize } = statfsSync(path)
  return bavail * bsize
}
